/** Seedream draws from pictures that come in: alone, mixed, and as a group in one call. */

import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import { doubao } from "../../src/providers/doubao/provider.ts";
import type {
  CallContext,
  ImageRequest,
  InputImage,
  InputRole,
} from "../../src/providers/provider.ts";
import { type FakeArk, fakeArk } from "../fakes/ark.ts";
import { drawJpeg, drawPng } from "../fakes/pictures.ts";
import { shortPauses } from "../support/wait.ts";
import { openProvider } from "./open_provider.ts";

const LITE = "doubao-seedream-5-0-260128";
const FOUR = "doubao-seedream-4-0-20260415";

Deno.test("doubao sends one picture alone and several as a list, as data URIs in small letters", async () => {
  await using ark = fakeArk();
  const base = input("base");
  const jpeg = { ...input("reference"), bytes: drawJpeg(64, 64, "x"), mediaType: "image/jpeg" };
  await edit(ark, { inputs: [base] });
  await edit(ark, { inputs: [base, jpeg] });
  const [one, two] = ark.requests.map(({ json }) => json as { readonly image: unknown });
  const address = `data:image/png;base64,${base.bytes.toBase64()}`;
  assert.equal(one?.image, address);
  assert.deepEqual(two?.image, [address, `data:image/jpeg;base64,${jpeg.bytes.toBase64()}`]);
});

Deno.test("doubao is told in the prompt's language what pictures are for", async () => {
  await using ark = fakeArk();
  const inputs = [input("base"), input("style")];
  await edit(ark, { inputs });
  await edit(ark, { inputs, prompt: "天空变红" });
  assert.deepEqual(ark.edits.map(({ prompt }) => prompt), [
    "Image 1 is the one to change, of image 2 take the style only.\nmake the sky red",
    "图1是要修改的图，图2只参考其风格。\n天空变红",
  ]);
});

Deno.test("doubao draws what it changes in the shape of the picture, where no size is asked for", async () => {
  await using ark = fakeArk();
  const wide = { ...input("base"), width: 1600, height: 900 };
  await edit(ark, { inputs: [wide] });
  await edit(ark, { inputs: [wide], size: "1024x1024" });
  await edit(ark, { inputs: [{ ...wide, role: "reference" }] });
  assert.deepEqual(sizes(ark), ["2736x1536", "1024x1024", "2048x2048"]);
});

for (const [width, height] of [[16, 1], [1, 16], [1000, 63], [15, 15], [7000, 5000]] as const) {
  Deno.test(`doubao has a size for a picture of ${width} to ${height} with every model`, async () => {
    await using ark = fakeArk();
    const base = { ...input("base"), width: width * 20, height: height * 20 };
    for (const model of [undefined, LITE, "doubao-seedream-4-5-251128", FOUR]) {
      const { warnings } = await edit(ark, { inputs: [base], model });
      assert.deepEqual(warnings, []);
    }
  });
}

Deno.test("doubao draws a group from pictures in one call, and says how many in the prompt", async () => {
  await using ark = fakeArk();
  const { images, warnings } = await edit(ark, {
    inputs: [input("reference")],
    count: 3,
    model: LITE,
  });
  const { body } = ark.requests[0]!;
  const json = JSON.parse(body);
  assert.equal(ark.requests.length, 1);
  assert.match(json.prompt, /make the sky red\nDraw a group of 3 pictures\.$/);
  assert.equal(json.sequential_image_generation, "auto");
  assert.deepEqual(json.sequential_image_generation_options, { max_images: 3 });
  assert.ok(!body.includes('"stream"'), "nobody looks on");
  assert.deepEqual(images.map(({ bytes }) => bytes), ark.pictures);
  assert.deepEqual([images.length, warnings], [3, []]);
});

Deno.test("doubao says in Chinese how many pictures make a group", async () => {
  await using ark = fakeArk();
  const request = { inputs: [input("base")], count: 2, model: FOUR, prompt: "四季" };
  const { images } = await edit(ark, request);
  assert.equal(images.length, 2);
  assert.match(ark.edits[0]!.prompt, /^四季\n生成一组共2张图片。$/);
});

Deno.test("doubao's groups are 15 pictures together with those that come in", () => {
  const provider = openProvider(doubao, { DOUBAO_API_KEY: "key" });
  const together = (model: string) => provider.capabilities(model).inputs?.maxTogether;
  assert.deepEqual([LITE, FOUR, undefined!].map(together), [15, 15, undefined]);
});

Deno.test("doubao shows each picture of a group while the next one is drawn", async () => {
  await using ark = fakeArk();
  ark.waitForDownloads();
  const seen: Uint8Array[] = [];
  const messages: string[] = [];
  const { images, usage, model } = await edit(
    ark,
    { inputs: [input("base")], count: 3, model: LITE },
    {
      onPartialImage: (bytes) => void seen.push(bytes),
      onProgress: ({ message }) => void messages.push(message),
    },
  );
  assert.deepEqual(images.map(({ bytes }) => bytes), ark.pictures);
  assert.deepEqual(new Set(seen), new Set(ark.pictures));
  assert.equal(ark.downloads.length, 3, "each picture is fetched once");
  assert.ok(messages.includes("Doubao has drawn picture 2 of 3"));
  assert.equal(model, LITE);
  assert.equal(usage?.generated_images, 3);
});

Deno.test("doubao gives the pictures that came before a stream broke off, which are paid for", async () => {
  await using ark = fakeArk();
  ark.waitForDownloads();
  ark.breakStreamsAfter(2);
  const { images, warnings } = await edit(ark, WATCHED_GROUP, WATCHED);
  assert.deepEqual(images.map(({ bytes }) => bytes), ark.pictures);
  assert.equal(images.length, 2);
  assert.match(warnings.join("\n"), /broke off.*\nDoubao drew 2 of the 3 pictures/s);
  assert.equal(ark.requests.length, 1);
});

Deno.test("doubao says that a stream broke off before any picture came", async () => {
  await using ark = fakeArk();
  ark.breakStreamsAfter(0);
  const error = await failing(edit(ark, WATCHED_GROUP, WATCHED));
  assert.equal(error.code, "network_error");
  assert.equal(ark.requests.length, 1);
});

for (const context of [{}, { wantsProgress: true }]) {
  const how = "wantsProgress" in context ? "stream" : "answer";
  Deno.test(`doubao gives the rest of a group where moderation took one out of the ${how}`, async () => {
    await using ark = fakeArk();
    ark.refusePicture(1);
    const { images, warnings } = await edit(ark, WATCHED_GROUP, context);
    assert.deepEqual(images.map(({ bytes }) => bytes), ark.pictures);
    assert.deepEqual(warnings, [
      "Doubao left out one of the pictures: OutputImageSensitiveContentDetected",
    ]);
  });

  Deno.test(`doubao's moderation may refuse a whole group in the ${how}`, async () => {
    await using ark = fakeArk();
    for (const index of [0, 1, 2]) ark.refusePicture(index);
    const error = await failing(edit(ark, WATCHED_GROUP, context));
    assert.equal(error.code, "content_refused");
    assert.equal(error.details.stage, "output");
  });

  Deno.test(`doubao gives the rest of a group of which one is lost, in the ${how}`, async () => {
    await using ark = fakeArk();
    ark.losePicture(1);
    using _ = shortPauses();
    const { images, warnings } = await edit(ark, WATCHED_GROUP, context);
    assert.equal(images.length, 2);
    assert.match(warnings.join("\n"), /no longer keeps it/);
  });
}

Deno.test("doubao reads a refusal of a stream like any other", async () => {
  await using ark = fakeArk();
  ark.misbehave("wrong key");
  const error = await failing(edit(ark, WATCHED_GROUP, WATCHED));
  assert.equal(error.code, "authentication_failed");
});

Deno.test("doubao says that a picture that came in was refused", async () => {
  await using ark = fakeArk();
  const code = "InputImageSensitiveContentDetected";
  ark.answerNext({ status: 400, body: { error: { code, message: "The image was refused." } } });
  const error = await failing(edit(ark, { inputs: [input("base")] }));
  assert.equal(error.code, "content_refused");
  assert.match(error.message, /a picture that came in/);
});

Deno.test("doubao sends no more than 30 MB of pictures in one request", async () => {
  await using ark = fakeArk();
  const bytes = new Uint8Array(10_100_000);
  const large = { ...input("base"), bytes, sizeBytes: bytes.length };
  const error = await failing(edit(ark, { inputs: [large, large, large] }));
  assert.equal(error.code, "invalid_parameters");
  assert.match(error.message, /30000000 bytes together.*30300000/);
  assert.equal(ark.requests.length, 0);
});

Deno.test("doubao takes no more, larger or other pictures than Ark does", () => {
  const provider = openProvider(doubao, { DOUBAO_API_KEY: "key" });
  const bounds = (model?: string) => {
    const { maxImages, maxBytes, maxPixels, minSide, maxRatio } = provider.capabilities(model)
      .inputs!;
    return [maxImages, maxBytes, maxPixels, minSide, maxRatio];
  };
  assert.deepEqual(bounds(), [10, 30_000_000, 36_000_000, 15, 16]);
  assert.deepEqual(bounds("seedream-5-5-261028"), bounds());
  assert.deepEqual(bounds(LITE), [14, 10_000_000, 36_000_000, 15, 16]);
  const takesHeic = (model?: string) =>
    provider.capabilities(model).inputs!.mediaTypes.includes("image/heic");
  assert.deepEqual([takesHeic(), takesHeic(LITE)], [true, false]);
});

const WATCHED: Partial<CallContext> = { wantsProgress: true };
const WATCHED_GROUP: Partial<ImageRequest> = { inputs: [input("base")], count: 3, model: LITE };

function edit(ark: FakeArk, request: Partial<ImageRequest>, context: Partial<CallContext> = {}) {
  return openProvider(doubao, ark.environment).generate(
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

function input(role: InputRole): InputImage {
  const bytes = drawPng(320, 256, role);
  const info = { mediaType: "image/png", width: 320, height: 256, sizeBytes: bytes.length };
  return { hash: role, role, bytes, ...info };
}

function sizes(ark: FakeArk): unknown[] {
  return ark.requests.map(({ json }) => (json as { readonly size: unknown }).size);
}

async function failing(asking: Promise<unknown>): Promise<ImageError> {
  const outcome = await asking.catch((thrown: unknown) => thrown);
  assert.ok(outcome instanceof ImageError, Deno.inspect(outcome));
  return outcome;
}
