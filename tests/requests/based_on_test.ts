import assert from "node:assert/strict";
import { basedOn, type MadePicture } from "../../src/requests/based_on.ts";

const PICTURE: MadePicture = {
  id: "img_one_1_ab",
  provider: "one",
  width: 1024,
  height: 768,
  operation: "generate",
  prompt: "a cat",
  parameters: {
    negativePrompt: "dogs",
    style: "anime",
    size: "1024x768",
    count: 4,
    seed: 7,
    model: "one-large",
    options: { quality: "high" },
    conversion: { format: "webp", quality: 80, background: "opaque" },
    job: "job_1",
  },
};

Deno.test("options of a model are the picture's as long as its model is", () => {
  const parameters = { ...PICTURE.parameters, modelOptions: { guidance: 3 } };
  const picture = { ...PICTURE, parameters };
  assert.deepEqual(basedOn(picture, { prompt: "" }).options, { guidance: 3 });
  assert.deepEqual(basedOn(picture, { prompt: "", options: { steps: 4 } }).options, { steps: 4 });
  assert.equal(basedOn(picture, { prompt: "", model: "two-large" }).options, undefined);
  assert.equal(basedOn(picture, { prompt: "", provider: "two" }).options, undefined);
});

Deno.test("every parameter that is not given anew is the picture's", () => {
  assert.deepEqual(basedOn(PICTURE, { prompt: "" }), {
    prompt: "a cat",
    negative_prompt: "dogs",
    seed: 7,
    provider: "one",
    style: "anime",
    model: "one-large",
    resolution: "1024x768",
    aspect_ratio: undefined,
    output_format: "webp",
    output_compression: 80,
    background: "opaque",
    quality: "high",
  });
});

Deno.test("what is given anew counts, also a shape in place of a size", () => {
  const given = { prompt: "a dog", seed: 8, n: 3, aspect_ratio: "1:1", quality: "low" };
  const { resolution, ...args } = basedOn(PICTURE, given);
  assert.equal(resolution, undefined);
  assert.deepEqual({ ...args, ...given }, args);
  assert.equal(args.style, "anime");
});

Deno.test("several that are based on one picture do not have its seed, unless it is given", () => {
  assert.equal(basedOn(PICTURE, { prompt: "", n: 4 }).seed, undefined);
  assert.equal(basedOn(PICTURE, { prompt: "", n: 1 }).seed, 7);
  assert.equal(basedOn(PICTURE, { prompt: "", n: 4, seed: 9 }).seed, 9);
});

Deno.test("at another provider only what every provider knows is taken", () => {
  assert.deepEqual(basedOn(PICTURE, { prompt: "", provider: "Two" }), {
    prompt: "a cat",
    negative_prompt: "dogs",
    seed: 7,
    aspect_ratio: "1024:768",
    resolution: undefined,
    provider: "Two",
  });
  assert.equal(basedOn(PICTURE, { prompt: "", provider: "ONE" }).style, "anime");
});

Deno.test("a picture of an older record gives what it has", () => {
  const args = basedOn({ ...PICTURE, width: null, parameters: {} }, { prompt: "" });
  assert.deepEqual([args.prompt, args.provider, args.seed], ["a cat", "one", undefined]);
});

Deno.test("a picture that was made of others is not varied", () => {
  for (const operation of ["edit", "transform"]) {
    assert.throws(() => basedOn({ ...PICTURE, operation }, { prompt: "" }), /call edit_image/);
  }
});
