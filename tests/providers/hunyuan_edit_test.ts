/** Hunyuan draws from pictures, and Tencent's own actions change them: their style, their gaps, their shape. */

import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import { hunyuan } from "../../src/providers/hunyuan/provider.ts";
import type {
  CallContext,
  ImageRequest,
  InputImage,
  InputRole,
} from "../../src/providers/provider.ts";
import type { FakeVendor } from "../fakes/fake_vendor.ts";
import { drawJpeg, drawPng } from "../fakes/pictures.ts";
import { startTencent } from "../fakes/tencent.ts";
import { startTokenHub } from "../fakes/tokenhub.ts";
import { openProvider } from "./open_provider.ts";

Deno.test("hunyuan gives image 3.0 up to three pictures in base64, and says in words what they are for", async () => {
  await using tencent = await startTencent();
  const inputs = [input("base"), input("reference"), input("style")];
  const { model, warnings } = await edit(tencent, { inputs, style: "shuimo" });
  const { Prompt, Images, Resolution } = sentBy(tencent);
  assert.deepEqual(Images, inputs.map(({ bytes }) => bytes.toBase64()));
  assert.match(
    String(Prompt),
    /^Image 1 is the one to change, image 2 is an example of what to show, of image 3 take the style only\.\nmake the sky red\nStyle: 中国水墨画/,
  );
  assert.equal(Resolution, "1152:896", "the shape of the picture to change");
  assert.deepEqual([model, warnings], ["hunyuan-image-3.0", []]);
});

for (
  const [width, height, asked] of [
    [1600, 900, "1344:768"],
    [900, 1600, "768:1344"],
    [1000, 1000, "1024:1024"],
    [4900, 100, "2048:512"],
    [100, 4900, "512:2048"],
  ] as const
) {
  Deno.test(`hunyuan asks for ${asked} to change a picture of ${width}x${height}`, async () => {
    await using tencent = await startTencent();
    await edit(tencent, { inputs: [{ ...input("base"), width, height }] });
    assert.equal(sentBy(tencent).Resolution, asked);
  });
}

Deno.test("hunyuan says that a size is a hint and a strength is lost where image 3.0 draws", async () => {
  await using tencent = await startTencent();
  const { warnings } = await edit(tencent, {
    inputs: [input("base")],
    size: "1280x720",
    strength: 0.5,
  });
  assert.equal(sentBy(tencent).Resolution, "1280:720");
  assert.match(
    warnings.join("\n"),
    /strength only with .*styles, so it was left out\n.*1280x720 as a hint/,
  );
});

Deno.test("hunyuan changes a picture into one of Tencent's styles by Tencent's own action", async () => {
  await using tencent = await startTencent();
  const base = input("base");
  const { images, model, warnings } = await edit(tencent, {
    inputs: [base],
    style: "saibopengke",
    negativePrompt: "people",
    strength: 0.7,
  });
  assert.equal(actionOf(tencent), "ImageToImage");
  assert.deepEqual(sentBy(tencent), {
    RspImgType: "url",
    LogoAdd: 0,
    InputImage: base.bytes.toBase64(),
    Prompt: "make the sky red",
    NegativePrompt: "people",
    Styles: ["131"],
    ResultConfig: { Resolution: "origin" },
    Strength: 0.7,
  });
  assert.deepEqual(images.map(({ bytes }) => bytes), tencent.pictures);
  assert.deepEqual([model, warnings], ["ImageToImage", []]);
});

const TO_IMAGE_3: Readonly<Record<string, Partial<ImageRequest>>> = {
  "the style is not one of Tencent's list": { style: "shuimo" },
  "no style is asked for": { style: undefined },
  "another picture comes along": { inputs: [input("base"), input("style")] },
  "the picture is an example": { inputs: [input("reference")] },
  "a seed is asked for": { seed: 7 },
  "a size is asked for that the action lacks": { size: "1280x720" },
  "the prompt is longer than the action reads": { prompt: "x".repeat(257) },
  "what to avoid is longer than the action reads": { negativePrompt: "x".repeat(257) },
};

for (const [why, change] of Object.entries(TO_IMAGE_3)) {
  Deno.test(`hunyuan leaves a change of style to image 3.0 where ${why}`, async () => {
    await using tencent = await startTencent();
    await edit(tencent, { inputs: [input("base")], style: "riman", ...change });
    assert.equal(actionOf(tencent), "SubmitTextToImageJob");
  });
}

Deno.test("hunyuan takes every style of Tencent's list by its id, where the action is the model", async () => {
  await using tencent = await startTencent({ concurrency: 100 });
  const provider = openProvider(hunyuan, tencent.environment);
  const { styles, sizes, strength, seed } = provider.capabilities("ImageToImage");
  for (const style of Object.keys(styles)) {
    await edit(tencent, {
      inputs: [input("base")],
      model: "ImageToImage",
      style,
      size: "768x1024",
    });
  }
  const numbers = tencent.requests.map(({ json }) => (json as { Styles: string[] }).Styles[0]);
  assert.equal(new Set(numbers).size, 21);
  assert.equal(sizes.default, "auto");
  assert.deepEqual([strength, seed], [{ minimum: 0.01, maximum: 1 }, undefined]);
  const { warnings } = await edit(tencent, { inputs: [input("base")], model: "imagetoimage" });
  assert.match(warnings.join(), /draws in the style 'anime' unless/);
});

Deno.test("hunyuan takes out what a mask marks, and says that no prompt is read for it", async () => {
  await using tencent = await startTencent();
  const [base, mask] = [input("base"), input("base", "mask")];
  const model = "ImageInpaintingRemoval";
  const { images, warnings } = await edit(tencent, { inputs: [base], mask, model });
  assert.deepEqual(tencent.edits, [{ prompt: "", images: [base.bytes], mask: mask.bytes }]);
  assert.deepEqual(images.map(({ bytes }) => bytes), tencent.pictures);
  assert.match(warnings.join(), /takes no prompt/);
  assert.equal(openProvider(hunyuan, tencent.environment).capabilities(model).mask, "white");
  const error = await failing(edit(tencent, { inputs: [base], model }));
  assert.match(error.message, /pass a mask/);
});

Deno.test("hunyuan widens a picture to the shape that is asked for, which must be another one", async () => {
  await using tencent = await startTencent();
  const request = { inputs: [input("base")], model: "ImageOutpainting" };
  await edit(tencent, request);
  await edit(tencent, { ...request, size: "1024x1024" });
  const ratios = tencent.requests.map(({ json }) => (json as { Ratio: string }).Ratio);
  assert.deepEqual(ratios, ["16:9", "1:1"]);
  const square = { ...input("base"), width: 500, height: 500 };
  const error = await failing(edit(tencent, { ...request, inputs: [square], size: "1024x1024" }));
  assert.match(error.message, /is 1:1 already.*another aspect_ratio.*'16:9'/);
  assert.equal(tencent.requests.length, 2);
});

Deno.test("hunyuan's actions that change pictures say so where none comes", async () => {
  await using tencent = await startTencent();
  for (const model of ["ImageToImage", "ImageInpaintingRemoval", "ImageOutpainting"]) {
    const error = await failing(edit(tencent, { model }));
    assert.equal(error.code, "invalid_parameters");
    assert.match(error.message, /changes a picture and draws no others.*leave 'model' out/);
  }
  assert.equal(tencent.requests.length, 0);
});

Deno.test("hunyuan waits for a free slot with Tencent's actions as with its jobs", async () => {
  await using tencent = await startTencent();
  tencent.occupy();
  const heard: string[] = [];
  const { images } = await edit(tencent, { inputs: [input("base")], style: "riman" }, {
    onProgress({ message }) {
      heard.push(message);
      if (/free slot/.test(message)) tencent.release();
    },
  });
  assert.equal(images.length, 1);
  assert.ok(heard.includes("Waiting for a free slot at Tencent"));
});

Deno.test("hunyuan says that a result of Tencent's actions has expired", async () => {
  await using tencent = await startTencent();
  tencent.expire();
  const error = await failing(edit(tencent, { inputs: [input("base")], style: "riman" }));
  assert.equal(error.code, "missing_content");
  assert.match(error.message, /no longer keeps it.*again/);
});

Deno.test("hunyuan sends no more pictures than a signed request carries", async () => {
  await using tencent = await startTencent();
  const large = (size: number) => ({ ...input("base"), bytes: new Uint8Array(size) });
  const error = await failing(edit(tencent, { inputs: [large(4e6), large(4e6)] }));
  assert.equal(error.code, "invalid_parameters");
  assert.match(error.message, /7400000 bytes together.*8000000/);
  assert.equal(tencent.requests.length, 0);
});

Deno.test("hunyuan takes each picture up to the base64 that Tencent takes of it", async () => {
  await using tencent = await startTencent({ concurrency: 9 });
  const provider = openProvider(hunyuan, tencent.environment);
  const longest = { undefined: 6e6, ImageToImage: 8e6, ImageOutpainting: 6e6 };
  for (const [model, characters] of Object.entries(longest)) {
    const { maxBytes, minSide, maxSide } = provider
      .capabilities(model === "undefined" ? undefined : model).inputs!;
    const length = new Uint8Array(maxBytes).toBase64().length;
    assert.ok(length < characters && length > characters - 10, model);
    assert.deepEqual([minSide, maxSide], [51, 4999]);
  }
});

Deno.test("hunyuan says what is wrong with a picture that Tencent cannot use", async () => {
  await using tencent = await startTencent();
  tencent.refuse("FailedOperation.ImageDecodeFailed");
  const error = await failing(edit(tencent, { inputs: [input("base")] }));
  assert.equal(error.code, "invalid_parameters");
  assert.match(error.message, /cannot use a picture that came in.*PNG or JPEG/);
});

Deno.test("hunyuan sends pictures to TokenHub's image 3.0 as data URIs, and no size of its own", async () => {
  await using hub = await startTokenHub();
  const [base, style] = [input("base"), input("style")];
  await edit(hub, { inputs: [base, style] });
  await edit(hub, { inputs: [base], size: "1280x720" });
  assert.deepEqual(sentBy(hub), {
    model: "hy-image-v3",
    prompt: "Image 1 is the one to change, of image 2 take the style only.\nmake the sky red",
    images: [base, style].map(dataAddress),
    revise: true,
  });
  assert.equal(sentBy(hub, 1).size, "1280x720");
});

Deno.test("hunyuan sends pictures to TokenHub's image 3.5 after the words, in one message", async () => {
  await using hub = await startTokenHub({ model: "hy-image-v3.5-preview" });
  const bytes = drawJpeg(64, 64, "x");
  const base = { ...input("base"), bytes, mediaType: "image/jpeg" };
  await edit(hub, { inputs: [base], seed: 7 });
  assert.deepEqual(sentBy(hub), {
    model: "hy-image-v3.5-preview",
    messages: [{
      role: "user",
      content: [
        { type: "text", text: "make the sky red" },
        { type: "image_url", image_url: { url: dataAddress(base) } },
      ],
    }],
    seed: 7,
  });
});

Deno.test("hunyuan sends TokenHub no more than 30 MB of pictures in one request", async () => {
  await using hub = await startTokenHub({ model: "hy-image-v3.5-preview" });
  const large = { ...input("base"), bytes: new Uint8Array(10_100_000) };
  const error = await failing(edit(hub, { inputs: [large, large, large] }));
  assert.equal(error.code, "invalid_parameters");
  assert.match(error.message, /30000000 bytes together.*30300000/);
  assert.equal(hub.requests.length, 0);
});

function edit(
  vendor: FakeVendor,
  request: Partial<ImageRequest>,
  context: Partial<CallContext> = {},
) {
  return openProvider(hunyuan, vendor.environment).generate(
    {
      operation: "edit",
      prompt: "make the sky red",
      inputs: [],
      count: 1,
      options: {},
      ...request,
    },
    { signal: new AbortController().signal, onProgress() {}, onAccepted() {}, ...context },
  );
}

function input(role: InputRole, note: string = role): InputImage {
  const bytes = drawPng(320, 256, note);
  const info = { mediaType: "image/png", width: 320, height: 256, sizeBytes: bytes.length };
  return { hash: note, role, bytes, ...info };
}

function dataAddress({ mediaType, bytes }: InputImage): string {
  return `data:${mediaType};base64,${bytes.toBase64()}`;
}

/** The parameters of a request, by default of the first. */
function sentBy(vendor: FakeVendor, index = 0): Record<string, unknown> {
  return JSON.parse(vendor.requests[index]!.body);
}

function actionOf(vendor: FakeVendor): string | undefined {
  return vendor.requests[0]?.headers["x-tc-action"];
}

async function failing(asking: Promise<unknown>): Promise<ImageError> {
  const outcome = await asking.catch((thrown: unknown) => thrown);
  assert.ok(outcome instanceof ImageError, Deno.inspect(outcome));
  return outcome;
}
