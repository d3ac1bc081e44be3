/** Stability AI against a strict stand-in. */

import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import type {
  ImageProvider,
  ImageRequest,
  InputImage,
  InputRole,
  Size,
} from "../../src/providers/provider.ts";
import { stability } from "../../src/providers/stability/provider.ts";
import { SERVICES } from "../../src/providers/stability/services.ts";
import { drawPng } from "../fakes/pictures.ts";
import { type FakeStability, startStability } from "../fakes/stability.ts";
import { MANUAL } from "../tools/docs.ts";
import { openProvider } from "./open_provider.ts";

const ROOT = "/v2beta/stable-image";
const BASE = input("base", "base");
const STYLE = input("style", "style");
const MASK = input("base", "mask");

Deno.test("the manual says of each service what it does", async () => {
  const [page = ""] = (await Deno.readTextFile(new URL("providers.md", MANUAL)))
    .split("<!-- capabilities -->");
  assert.deepEqual(SERVICES.filter(({ id }) => !page.includes(`\`${id}\``)), []);
});

Deno.test("Stable Diffusion is asked for a shape, and for what to leave out in a field of its own", async () => {
  await using fake = startStability();
  const size = sizeOf(providerOf(fake), "21:9");
  await draw(fake, { size, negativePrompt: "people", seed: 7, style: "neon-punk" });
  assert.equal(fake.requests[0]?.path, `${ROOT}/generate/sd3`);
  assert.deepEqual(forms(fake)[0], {
    prompt: "a cat",
    model: "sd3.5-large",
    mode: "text-to-image",
    negative_prompt: "people",
    seed: "7",
    style_preset: "neon-punk",
    aspect_ratio: "21:9",
    output_format: "png",
  });
});

Deno.test("what is no preset, and what a model has no field for, is said in words", async () => {
  await using fake = startStability();
  await draw(fake, {
    model: "sd3.5-large-turbo",
    negativePrompt: "people",
    style: "watercolor",
  });
  const { prompt, negative_prompt, style_preset } = forms(fake)[0]!;
  assert.match(
    prompt ?? "",
    /^a cat\s+Style: watercolour painting.*\s+Leave out of the picture: people$/,
  );
  assert.deepEqual([negative_prompt, style_preset], [undefined, undefined]);
});

for (
  const [what, request, path, fields] of [
    ["nothing", {}, "generate/sd3", []],
    ["a picture to change", { inputs: [BASE], strength: 0.3 }, "generate/sd3", [
      "image",
      "strength",
    ]],
    ["a picture and a mask", { inputs: [BASE], mask: MASK }, "edit/inpaint", ["image", "mask"]],
    ["a picture whose style is wanted", { inputs: [STYLE] }, "control/style", ["image"]],
    [
      "a picture to change into another's style",
      { inputs: [STYLE, BASE], strength: 0.3 },
      "control/style-transfer",
      ["init_image", "style_image", "change_strength"],
    ],
  ] as const
) {
  Deno.test(`with ${what}, the service that is there for it is asked`, async () => {
    await using fake = startStability();
    const { warnings } = await draw(fake, request);
    assert.equal(fake.requests[0]?.path, `${ROOT}/${path}`);
    const form = forms(fake)[0]!;
    const sent = Object.keys(form).filter((name) => /image|mask|strength/.test(name));
    assert.deepEqual(sent.sort(), [...fields].sort());
    assert.deepEqual(warnings, []);
    if ("init_image" in form) assert.equal(form.init_image, BASE.bytes.toBase64());
    if ("change_strength" in form) assert.equal(form.change_strength, "0.3");
  });
}

Deno.test("a strength is sent as it is, within what the service takes, and some where none was said", async () => {
  await using fake = startStability();
  await draw(fake, { inputs: [BASE], strength: 0 });
  await draw(fake, { inputs: [BASE, STYLE], strength: 0 });
  await draw(fake, { inputs: [BASE] });
  const sent = forms(fake).map(({ strength, change_strength }) => strength ?? change_strength);
  assert.deepEqual(sent, ["0", "0.1", "0.7"]);
});

Deno.test("what an edit cannot honour is told", async () => {
  await using fake = startStability();
  const size = sizeOf(providerOf(fake), "16:9");
  const masked = await draw(fake, { inputs: [BASE], mask: MASK, strength: 0.5, size });
  assert.match(masked.warnings.join(), /'inpaint' keeps the shape.*'inpaint' takes no strength/);
  const erased = await draw(fake, { model: "erase", inputs: [BASE], mask: MASK });
  assert.deepEqual(erased.warnings, ["'erase' takes no prompt, so it was left out"]);
  assert.equal(forms(fake)[1]?.prompt, undefined);
});

Deno.test("Core changes no pictures, so Ultra does, in the shape asked for", async () => {
  await using fake = startStability();
  const core = openProvider(stability, { ...fake.environment, STABILITY_MODEL: "core" });
  const size = sizeOf(core, "9:16");
  await core.generate({ ...REQUEST, size }, CONTEXT);
  const { model } = await core.generate({ ...REQUEST, inputs: [BASE] }, CONTEXT);
  assert.equal(model, "stable-image-ultra");
  assert.deepEqual(fake.requests.map(({ path }) => path), [
    `${ROOT}/generate/core`,
    `${ROOT}/generate/ultra`,
  ]);
  assert.equal(forms(fake)[0]?.aspect_ratio, "9:16");
  assert.equal(core.capabilities("core").inputs, undefined);
});

Deno.test("every service takes all that it says it takes", async () => {
  await using fake = startStability();
  const provider = providerOf(fake);
  for (const { id, fields = {} } of SERVICES) {
    const words = Object.entries(fields).filter(([, field]) => "what" in field)
      .map(([name]) => [name, "the dog on the left"]);
    const needed = Object.fromEntries(words);
    const { inputs, mask, seed, strength, styles, options } = provider.capabilities(id);
    const everyStyle = Object.keys(styles);
    for (const style of id === "sd3.5-large" ? everyStyle : ["origami", "sketch"]) {
      assert.ok(everyStyle.includes(style));
      await draw(fake, {
        model: id,
        style,
        negativePrompt: "people",
        modelOptions: needed,
        inputs: inputs?.roles.map((role) => role === "base" ? BASE : STYLE) ?? [],
        ...mask ? { mask: MASK } : {},
        ...seed ? { seed: seed.maximum } : {},
        ...strength ? { strength: strength.maximum } : {},
      });
    }
    const { output_format } = options;
    assert.ok(output_format && "values" in output_format);
    for (const format of output_format.values) {
      const images = inputs?.roles.map((role) => role === "base" ? BASE : STYLE) ?? [];
      await draw(fake, {
        model: id,
        inputs: images,
        options: { output_format: format },
        modelOptions: needed,
      });
    }
  }
});

Deno.test("a picture is drawn on beyond its edges to get another shape, and stays in the middle", async () => {
  await using fake = startStability();
  const sized = { ...BASE, width: 900, height: 900 };
  const outpaint = { model: "outpaint", inputs: [sized] };
  const size = sizeOf(providerOf(fake), "16:9");
  await draw(fake, { ...outpaint, size });
  const { left, right, up, down, aspect_ratio } = forms(fake)[0]!;
  assert.deepEqual([left, right, up, down, aspect_ratio], ["350", "350", "0", "0", undefined]);
  await draw(fake, { ...outpaint, size, modelOptions: { up: 40 } });
  assert.deepEqual([forms(fake)[1]!.up, forms(fake)[1]!.left], ["40", undefined]);
  await assert.rejects(
    draw(fake, { ...outpaint, size: sizeOf(providerOf(fake), "1:1") }),
    /this one is 1:1 already.*aspect_ratio.*"left":200/,
  );
  await assert.rejects(
    draw(fake, { ...outpaint, inputs: [{ ...BASE, width: 200, height: 6000 }], size }),
    /at most 2000 pixels on each side/,
  );
});

Deno.test("what is searched for is told in an option, which has bounds and a name", async () => {
  await using fake = startStability();
  const replace = { model: "search-and-replace", inputs: [BASE] };
  await draw(fake, { ...replace, modelOptions: { search_prompt: "the dog", grow_mask: 3 } });
  assert.deepEqual(forms(fake)[0]!.search_prompt, "the dog");
  const refusals: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [{}, /must be told what the prompt takes the place of/],
    [{ search_prompt: "the dog", grow_mask: 21 }, /grow_mask.*20/],
    [{ search_prompts: "the dog" }, /search_prompt/],
  ];
  for (const [modelOptions, words] of refusals) {
    await assert.rejects(draw(fake, { ...replace, modelOptions }), words);
  }
  assert.equal(fake.requests.length, 1);
});

Deno.test("every size that is listed has a shape of the vendor's, to 1 %", async () => {
  await using fake = startStability();
  const provider = providerOf(fake);
  for (const { id } of SERVICES.filter(({ needsInput }) => !needsInput)) {
    for (const [size, shape] of Object.entries(provider.capabilities(id).sizes.listed)) {
      await draw(fake, { model: id, size: size as Size });
      assert.equal(forms(fake).at(-1)?.aspect_ratio, size === "auto" ? undefined : shape);
      if (size === "auto") continue;
      const [width = 0, height = 0] = size.split("x").map(Number);
      const [across = 0, down = 0] = shape.split(":").map(Number);
      assert.ok(Math.abs(Math.log(width / height * down / across)) < 0.01, `${id} ${size}`);
    }
  }
});

Deno.test("an unknown model is asked for as one of Stable Diffusion's", async () => {
  await using fake = startStability();
  const error = await failure(fake, { model: "sd9-huge" });
  assert.equal(error.code, "model_unavailable");
  assert.match(error.message, /no model 'sd9-huge'.*STABILITY_MODEL.*'sd3\.5-large'/);
  assert.equal(forms(fake)[0]?.model, "sd9-huge");
});

Deno.test("a picture that the filter blurred is a refusal, and no picture", async () => {
  await using fake = startStability();
  fake.filterNext();
  const error = await failure(fake);
  assert.equal(error.code, "content_refused");
  assert.match(error.message, /blurred.*charged/);
  assert.equal(fake.requests.length, 1);
});

Deno.test("a picture of several megabytes comes whole in the answer", async () => {
  await using fake = startStability();
  fake.padNext(6_000_000);
  const { images } = await draw(fake);
  assert.deepEqual(images.map(({ bytes }) => bytes), fake.pictures);
  assert.ok(images[0]!.bytes.length > 6_000_000);
});

Deno.test("the seed that drew is told", async () => {
  await using fake = startStability();
  assert.equal((await draw(fake, { seed: 11 })).images[0]?.seed, 11);
  assert.equal((await draw(fake)).images[0]?.seed, 343_940_597);
});

for (
  const [what, request, says] of [
    ["no picture for a service that changes one", { model: "inpaint" }, /changes a picture.*Pass/],
    ["two pictures of one role", { inputs: [STYLE, STYLE] }, /takes one picture of each role/],
    [
      "more than 10 MB of pictures",
      {
        inputs: [{ ...BASE, bytes: new Uint8Array(6e6) }, { ...STYLE, bytes: new Uint8Array(6e6) }],
      },
      /12000000 bytes together.*at most 10485760/,
    ],
  ] as const
) {
  Deno.test(`${what} is refused before anything is asked`, async () => {
    await using fake = startStability();
    const error = await failure(fake, request);
    assert.equal(error.code, "invalid_parameters");
    assert.match(error.message, says);
    assert.equal(fake.requests.length, 0);
  });
}

Deno.test("the vendor's words about a wrong field reach the person", async () => {
  await using fake = startStability();
  const small = { ...BASE, bytes: drawPng(32, 64, "small") };
  const error = await failure(fake, { inputs: [small] });
  assert.equal(error.code, "invalid_parameters");
  assert.match(error.message, /"image: sides must be at least 64 pixels"/);
});

Deno.test("an endpoint with its version is the same as without", async () => {
  await using fake = startStability();
  const STABILITY_ENDPOINT = `${fake.url}/v2beta`;
  const provider = openProvider(stability, { ...fake.environment, STABILITY_ENDPOINT });
  await provider.generate(REQUEST, CONTEXT);
  assert.equal(fake.requests[0]?.path, `${ROOT}/generate/sd3`);
});

Deno.test("a service that only edits as the usual model deserves a word at start", () => {
  const env = new Map([
    ["STABILITY_API_KEY", { value: "a-key", source: "a test" }],
    ["STABILITY_MODEL", { value: "inpaint", source: "a test" }],
  ]);
  const opened = stability.open(env, { fetch, now: Date.now }, []);
  assert.ok(opened.on);
  assert.match(opened.warnings.join(), /only changes pictures: set it to one that draws/);
});

const REQUEST: ImageRequest = {
  operation: "generate",
  prompt: "a cat",
  inputs: [],
  count: 1,
  options: {},
};

const CONTEXT = { signal: new AbortController().signal, onProgress() {}, onAccepted() {} };

function draw(fake: FakeStability, changes: Partial<ImageRequest> = {}) {
  return providerOf(fake).generate({ ...REQUEST, ...changes }, CONTEXT);
}

async function failure(
  fake: FakeStability,
  changes: Partial<ImageRequest> = {},
): Promise<ImageError> {
  const outcome = await draw(fake, changes).catch((thrown: unknown) => thrown);
  assert.ok(outcome instanceof ImageError, Deno.inspect(outcome));
  return outcome;
}

function providerOf({ environment }: FakeStability): ImageProvider {
  return openProvider(stability, environment);
}

function sizeOf(provider: ImageProvider, shape: string): Size {
  const { listed } = provider.capabilities().sizes;
  return Object.keys(listed).find((size) => listed[size] === shape) as Size;
}

/** What was sent, oldest first; pictures in base64. */
function forms({ requests }: FakeStability): readonly Readonly<Record<string, string>>[] {
  return requests.map(({ json }) => json as Record<string, string>);
}

function input(role: InputRole, note: string): InputImage {
  const bytes = drawPng(320, 256, note);
  const info = { mediaType: "image/png", width: 320, height: 256, sizeBytes: bytes.length };
  return { hash: note, role, bytes, ...info };
}
