/** Pictures in the format, quality and background that were asked for, whoever drew them. */

import assert from "node:assert/strict";
import { identifyImage } from "../../src/images/media_type.ts";
import { decodeImage } from "../../src/images/transform.ts";
import type { Capabilities } from "../../src/providers/provider.ts";
import { parseRequest, type RequestArguments } from "../../src/requests/parse.ts";
import { fakeArk } from "../fakes/ark.ts";
import { fakeOpenAI } from "../fakes/openai.ts";
import { png } from "../fakes/png.ts";
import { smallPicture } from "../fakes/small_pictures.ts";
import { startTencent } from "../fakes/tencent.ts";
import { openTestApp, type TestApp } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startServer } from "../support/process.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const CLEAR = png(60, 40, 6, (x, y) => [x * 4, y * 6, 90, x < 30 ? 100 : 255]);
const OPAQUE = png(60, 40, 2, (x, y) => [x * 4, y * 6, 90]);

Deno.test("a picture is recorded and named as what it was converted to", async () => {
  await using test = await openDrawing(CLEAR);
  const { picture, bytes, warnings } = await test.draw({ output_format: "webp" });
  assert.deepEqual(warnings, []);
  assert.equal(picture.mediaType, "image/webp");
  assert.match(picture.fileName!, /\.webp$/);
  assert.equal(picture.sizeBytes, bytes.length);
  assert.deepEqual([picture.width, picture.height], [60, 40]);
  assert.deepEqual((await decodeImage(bytes)).pixels, (await decodeImage(CLEAR)).pixels);
});

Deno.test("what is so already stays byte for byte, without a word", async () => {
  await using test = await openDrawing(OPAQUE);
  const requests: readonly Partial<RequestArguments>[] = [
    { output_format: "png" },
    { background: "opaque" },
    { background: "auto" },
    { output_format: "png", background: "opaque" },
  ];
  for (const args of requests) {
    const { bytes, warnings } = await test.draw(args);
    assert.deepEqual([bytes, warnings], [OPAQUE, []]);
  }
});

Deno.test("a lower compression gives a smaller file, from 0 to 100", async () => {
  const noise = crypto.getRandomValues(new Uint8Array(60 * 40 * 3));
  await using test = await openDrawing(
    png(60, 40, 2, (x, y) => [...noise.subarray((y * 60 + x) * 3, (y * 60 + x) * 3 + 3)]),
  );
  for (const output_format of ["jpeg", "webp"]) {
    const sizes: number[] = [];
    for (const output_compression of [100, 80, 40, 0]) {
      sizes.push((await test.draw({ output_format, output_compression })).bytes.length);
    }
    assert.deepEqual(sizes, sizes.toSorted((one, other) => other - one), output_format);
    assert.ok(sizes[0]! > sizes[3]!);
  }
});

Deno.test("a picture that can be seen through is laid on white where that was asked for", async () => {
  await using test = await openDrawing(CLEAR);
  const opaque = await test.draw({ background: "opaque" });
  assert.deepEqual([opaque.picture.mediaType, opaque.warnings], ["image/png", []]);
  const { pixels, isOpaque } = await decodeImage(opaque.bytes);
  assert.ok(isOpaque);
  assert.deepEqual([...pixels.subarray(0, 4)], [155, 155, 190, 255]);
  const jpeg = await test.draw({ output_format: "jpeg" });
  assert.match(jpeg.warnings.join(), /^JPEG has no transparency, so the picture was laid on white/);
});

Deno.test("a picture that cannot be converted is kept as it came, and says so", async () => {
  const tiff = smallPicture("TIFF");
  await using test = await openDrawing(tiff);
  const { picture, bytes, warnings } = await test.draw({
    output_format: "webp",
    background: "opaque",
  });
  assert.deepEqual([picture.mediaType, bytes], ["image/tiff", tiff]);
  assert.deepEqual(warnings, [
    "The picture is kept as it came, since it cannot be converted to an opaque background and " +
    "WEBP: TIFF pictures cannot be decoded here",
  ]);
});

Deno.test("every picture of a request is converted, and the same word is said once", async () => {
  await using test = await openDrawing(CLEAR);
  const { images, warnings } = await test.answer({ output_format: "jpeg", n: 3 });
  assert.deepEqual(images.map(({ mediaType }) => mediaType), Array(3).fill("image/jpeg"));
  assert.equal(warnings.length, 1);
});

Deno.test("a vendor with the setting is asked for it, and one that does otherwise is made up for", async () => {
  await using fake = fakeOpenAI();
  await using test = await openTestApp({ env: fake.environment });
  const { images } = await drawWith(test, { output_format: "webp", output_compression: 40 });
  const { output_format, output_compression } = fake.requests[0]!.json as Record<string, unknown>;
  assert.deepEqual([output_format, output_compression], ["webp", 40]);
  assert.deepEqual(await fileOf(test, images[0]!), fake.pictures[0]);

  await using careless = await openDrawing(OPAQUE, { output_format: { values: ["png", "jpeg"] } });
  const { picture, bytes } = await careless.draw({ output_format: "jpeg" });
  assert.deepEqual([picture.mediaType, identifyImage(bytes)?.mediaType], [
    "image/jpeg",
    "image/jpeg",
  ]);
});

Deno.test("a provider that takes another's request gives the format as well", async () => {
  await using tencent = await startTencent();
  await using ark = fakeArk();
  tencent.misbehave("no quota");
  await using test = await openTestApp({ env: { ...tencent.environment, ...ark.environment } });
  const { images } = await drawWith(test, { output_format: "webp", background: "opaque" });
  assert.deepEqual([images[0]?.provider, images[0]?.mediaType], ["doubao", "image/webp"]);
});

Deno.test("a server without keys gives a clear background in the format that was asked for", async () => {
  await using folder = await temporaryFolder();
  await using server = startServer({ folder: folder.path });
  await server.initialize();
  const draw = async (output: Partial<RequestArguments>) => {
    const args = { prompt: "a red fox", resolution: "320x320", ...output };
    const { ok, images, error } = await server.call("generate_image", args);
    assert.ok(ok, error?.message);
    const bytes = await Deno.readFile(images[0].local_path);
    assert.equal(identifyImage(bytes)?.mediaType, images[0].mime_type);
    assert.equal(bytes.length, images[0].size_bytes);
    return { type: images[0].mime_type, path: images[0].local_path, ...await decodeImage(bytes) };
  };
  const clear = await draw({ background: "transparent", output_format: "webp" });
  assert.deepEqual([clear.type, clear.isOpaque, clear.width], ["image/webp", false, 320]);
  assert.match(clear.path, /\.webp$/);
  const jpeg = await draw({ output_format: "jpg", output_compression: 80 });
  assert.deepEqual([jpeg.type, jpeg.isOpaque], ["image/jpeg", true]);
  const refused = await server.call("generate_image", {
    prompt: "a red fox",
    background: "transparent",
    output_format: "jpeg",
  });
  assert.match(refused.error.message, /needs output_format 'png' or 'webp'/);
});

/** An app whose one provider always draws this picture, whatever `options` it says it has. */
async function openDrawing(
  picture: Uint8Array<ArrayBuffer>,
  options: Capabilities["options"] = {},
) {
  const test = await openTestApp();
  const vendor = {
    name: "vendor",
    models: ["model"],
    capabilities: () => ({
      styles: {},
      sizes: { listed: { "64x64": "1:1" }, default: "64x64" },
      maxCount: 4,
      maxPromptLength: 1_000,
      negativePrompt: "words" as const,
      options,
    }),
    generate: ({ count }: { count: number }) =>
      Promise.resolve({
        images: Array.from({ length: count }, () => ({ bytes: picture })),
        warnings: [],
        model: "model",
      }),
  };
  const { imageService } = test.app;
  const providers = { on: new Map([["vendor", vendor]]), off: new Map() };
  imageService.reconfigure({ ...imageService.settings, providers });
  return {
    answer: (args: Partial<RequestArguments>) => drawWith(test, args),
    async draw(args: Partial<RequestArguments>) {
      const { images: [drawn], warnings } = await drawWith(test, args);
      return { picture: drawn!, bytes: await fileOf(test, drawn!), warnings };
    },
    [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
  };
}

async function drawWith({ app }: TestApp, args: Partial<RequestArguments>) {
  const request = parseRequest({ prompt: "a cat", ...args });
  const caller = { owner: "", key: "test", signal: new AbortController().signal };
  const answer = await app.imageService.run(request, caller);
  assert.ok(answer.done);
  return answer;
}

async function fileOf({ app }: TestApp, picture: Parameters<typeof app.images.pathOf>[0]) {
  return await Deno.readFile(app.images.pathOf(picture)!);
}
