/** OpenAI's edits: what is sent, with which pictures, and what is said where it cannot be. */

import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import { identifyImage } from "../../src/images/media_type.ts";
import { decodeImage } from "../../src/images/transform.ts";
import { openai } from "../../src/providers/openai/provider.ts";
import type {
  CallContext,
  ImageRequest,
  ImageResult,
  InputImage,
  InputRole,
} from "../../src/providers/provider.ts";
import { type FakeOpenAI, fakeOpenAI } from "../fakes/openai.ts";
import { drawJpeg, drawPng } from "../fakes/pictures.ts";
import { png } from "../fakes/png.ts";
import { randomNumbers } from "../support/random.ts";
import { openProvider } from "./open_provider.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const BASE = input("base", drawPng(1024, 1024, "the base"));

Deno.test("openai sends an edit as a form with exactly the documented fields, and keeps its usage", async () => {
  await using vendor = fakeOpenAI();
  const result = await edit(vendor, {});
  const [asked] = vendor.requests;
  assert.equal(vendor.requests.length, 1);
  assert.equal(asked?.path, "/v1/images/edits");
  assert.match(asked?.headers["content-type"] ?? "", /^multipart\/form-data; ?boundary=/);
  assert.equal(asked?.headers.authorization, `Bearer ${vendor.secrets[0]}`);
  assert.deepEqual(asked?.json, {
    model: "gpt-image-2.5-flare",
    prompt: "make the sky red",
    n: "1",
    size: "1024x1024",
    image: BASE.bytes.toBase64(),
  });
  assert.deepEqual(result.images, [{ bytes: vendor.pictures[0] }]);
  assert.equal(result.usage?.total_tokens, 205);
  assert.deepEqual(result.warnings, []);
});

Deno.test("openai sends the picture to change first, and says what the others are for", async () => {
  await using vendor = fakeOpenAI();
  const reference = input("reference", drawJpeg(64, 64, "a logo"));
  const style = input("style", drawPng(64, 64, "a painting"));
  await edit(vendor, { inputs: [style, BASE, reference], style: "sketch" });
  const [{ images, prompt } = { images: [], prompt: "" }] = vendor.edits;
  assert.deepEqual(images, [BASE.bytes, style.bytes, reference.bytes]);
  const [roles, own, words] = prompt.split("\r\n"); // as forms write lines
  assert.equal(
    roles,
    "Image 1 is the one to change, of image 2 take the style only, image 3 is an example of what " +
      "to show.",
  );
  assert.equal(own, "make the sky red");
  assert.match(words ?? "", /^Style: hand-drawn pencil sketch/);
});

Deno.test("openai takes sixteen pictures, and refuses none of the types and bytes it says it takes", async () => {
  await using vendor = fakeOpenAI();
  const images = Array.from(
    { length: 16 },
    (_, index) => input("reference", drawPng(64, 64, String(index))),
  );
  await edit(vendor, { inputs: images });
  assert.deepEqual(vendor.edits[0]?.images, images.map(({ bytes }) => bytes));
  const { inputs } = provider(vendor).capabilities();
  const room = inputs!.maxBytes - drawPng(1024, 1024, "").length;
  await edit(vendor, { inputs: [input("base", drawPng(1024, 1024, " ".repeat(room)))] });
  assert.equal(vendor.edits[1]?.images[0]?.length, inputs!.maxBytes);
});

Deno.test("openai sends a mask that is transparent where the picture may change, of the first picture's size", async () => {
  await using vendor = fakeOpenAI();
  const reference = input("reference", drawPng(64, 64, "a logo"));
  const mask = input("base", png(1024, 1024, 0, (x) => [x < 300 ? 255 : 0]));
  await edit(vendor, { inputs: [reference, BASE], mask });
  assert.deepEqual(vendor.edits[0]?.images[0], BASE.bytes);
  const { pixels, width } = await decodeImage(vendor.edits[0]!.mask!);
  for (const x of [0, 299, 300, 1023]) {
    assert.equal(pixels[(500 * width + x) * 4 + 3], x < 300 ? 0 : 255, String(x));
  }
});

Deno.test("openai refuses a mask that would be over the limit before it asks anybody", async () => {
  await using vendor = fakeOpenAI();
  const random = randomNumbers(1);
  const mask = input("base", png(2048, 1536, 0, () => [Math.floor(random() * 256)]));
  const base = input("base", drawPng(2048, 1536, "the base"));
  const error = await failure(edit(vendor, { inputs: [base], mask }));
  assert.equal(error.code, "invalid_parameters");
  assert.match(error.message, /masks under 4 MB.*this one has \d{7} bytes.*'mask_region'/);
  assert.equal(vendor.requests.length, 0);
});

Deno.test("openai draws an edit in the shape of its picture, in a size that the vendor takes", async () => {
  await using vendor = fakeOpenAI();
  const sizes: readonly (readonly [width: number, height: number, string])[] = [
    [1024, 1024, "1024x1024"],
    [1536, 1024, "1536x1024"],
    [1280, 720, "1280x720"],
    [4000, 3000, "1472x1104"],
    [3000, 4000, "1104x1472"],
    [320, 240, "960x720"],
    [500, 500, "816x816"],
    [4000, 1000, "2160x720"],
    [100, 900, "480x1440"],
  ];
  for (const [width, height, wanted] of sizes) {
    await edit(vendor, { inputs: [input("base", drawPng(width, height, "a picture"))] });
    const { size } = vendor.requests.at(-1)?.json as { size: string };
    assert.equal(size, wanted, `${width}x${height}`);
  }
});

Deno.test("openai draws an edit in the size asked for, of old models in the listed one nearest in shape", async () => {
  await using vendor = fakeOpenAI();
  const wide = input("base", drawPng(1600, 900, "a wide one"));
  await edit(vendor, { inputs: [wide], size: "1024x1536" });
  await edit(vendor, { inputs: [wide], size: "auto" });
  await edit(vendor, { inputs: [wide], model: "chatgpt-image-latest" });
  await edit(vendor, { inputs: [input("reference", drawPng(1600, 900, "an example"))] });
  const sizes = vendor.requests.map(({ json }) => (json as { size: string }).size);
  assert.deepEqual(sizes, ["1024x1536", "auto", "1536x1024", "1024x1024"]);
});

Deno.test("openai passes on the options of edits, and says that moderation is none of them", async () => {
  await using vendor = fakeOpenAI();
  const options = {
    quality: "xhigh",
    background: "transparent",
    output_format: "webp",
    output_compression: 50,
  };
  const { warnings } = await edit(vendor, { count: 2, options: { ...options, moderation: "low" } });
  const { image: _image, prompt: _prompt, ...sent } = vendor.requests[0]?.json as object & {
    image: string;
    prompt: string;
  };
  assert.deepEqual(sent, {
    model: "gpt-image-2.5-flare",
    n: "2",
    size: "1024x1024",
    ...options,
    output_compression: "50",
  });
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0]!,
    /^OpenAI.* has no moderation setting for edits, .*'low' was left out/,
  );
  assert.deepEqual((await edit(vendor, { options: { moderation: "auto" } })).warnings, []);
});

Deno.test("openai asks for fidelity to what comes in where the model can be asked, and nowhere else", async () => {
  await using vendor = fakeOpenAI();
  const models = ["gpt-image-1.5", "gpt-image-1-mini", "gpt-image-2", "gpt-image-2.6-sunburst"];
  for (const model of models) await edit(vendor, { model });
  await provider(vendor).generate(
    { ...request({ model: "gpt-image-1.5" }), inputs: [] },
    context(),
  );
  const sent = vendor.requests.map(({ json }) =>
    (json as { input_fidelity?: string }).input_fidelity
  );
  assert.deepEqual(sent, ["high", undefined, undefined, undefined, undefined]);
});

Deno.test("openai hands on the partial picture of an edit, and returns the finished one", async () => {
  await using vendor = fakeOpenAI();
  const [news, partials]: [string[], Uint8Array[]] = [[], []];
  const { images } = await edit(vendor, {}, {
    wantsProgress: true,
    onProgress: ({ message }) => news.push(message),
    onPartialImage: (bytes) => partials.push(bytes),
  });
  const { stream, partial_images } = vendor.requests[0]?.json as Record<string, string>;
  assert.deepEqual([stream, partial_images], ["true", "1"]);
  assert.match(news.join(), /^OpenAI[^,]* sent partial picture 1$/);
  assert.deepEqual(partials, [drawPng(8, 8, "unfinished")]);
  assert.deepEqual(images.map(({ bytes }) => bytes), vendor.pictures);
});

Deno.test("openai asks an edit once more without a stream where the server refuses to stream", async () => {
  await using vendor = fakeOpenAI();
  vendor.streaming = "refused";
  const { images } = await edit(vendor, {}, { wantsProgress: true });
  assert.equal(vendor.edits.length, 2);
  assert.equal(images.length, 1);
});

Deno.test("openai sends the pictures again after the wait that a rate limit asks for", async () => {
  await using vendor = fakeOpenAI();
  vendor.misbehave("rate limited", 1);
  await edit(vendor, {});
  assert.equal(vendor.requests.length, 2);
  assert.deepEqual(vendor.edits[0]?.images, [BASE.bytes]);
});

Deno.test("openai says that the prompt or a picture was refused", async () => {
  await using vendor = fakeOpenAI();
  vendor.misbehave("refused by moderation");
  const error = await failure(edit(vendor, {}));
  assert.equal(error.code, "content_refused");
  assert.match(error.message, /refused the prompt or a picture that came with it: .*pictures/);
  assert.equal(vendor.requests.length, 1);
});

for (
  const [name, status, body] of [
    ["a picture it cannot open", 400, {
      message: "Invalid image file or mode for image 1, please check your image file.",
      type: "image_generation_user_error",
      param: null,
      code: null,
    }],
    ["a mask it cannot open", 400, {
      message: "Something about the mask.",
      type: "image_generation_user_error",
      param: "mask",
      code: "invalid_image_file",
    }],
    ["too much at once", 413, { message: "Request entity too large", type: null, code: null }],
  ] as const
) {
  Deno.test(`openai says what to do about ${name}`, async () => {
    await using vendor = fakeOpenAI();
    vendor.answerNext(() => Response.json({ error: body }, { status }));
    const error = await failure(edit(vendor, {}));
    assert.equal(error.code, "invalid_parameters");
    assert.match(error.message, /^OpenAI.* cannot take .*Pass fewer or smaller pictures, as PNG/);
  });
}

for (const status of [404, 405, 501]) {
  Deno.test(`openai says what to do where a compatible server answers edits with ${status}`, async () => {
    await using vendor = fakeOpenAI({ like: LIKE });
    vendor.answerNext(() => Response.json({ detail: "Not Found" }, { status }));
    const error = await failure(edit(vendor, {}));
    assert.equal(error.code, "provider_error");
    assert.match(
      error.message,
      /^OpenAI-compatible server 127\.0\.0\.1:\d+ has no \/images\/edits, so it draws from words alone: leave out the pictures, name another provider, or set OPENAI_BASE_URL to a server that edits$/,
    );
    assert.equal(error.details.passing, true); // another provider may be asked
    assert.equal(vendor.requests.length, 1);
  });
}

Deno.test("openai still says that it is the model which a compatible server lacks", async () => {
  await using vendor = fakeOpenAI({ like: LIKE });
  const message = 'model "stablediffusion" not found';
  vendor.answerNext(() => Response.json({ error: { code: 404, message } }, { status: 404 }));
  assert.equal((await failure(edit(vendor, {}))).code, "model_unavailable");
});

Deno.test("openai edits at a compatible server, with a mask that is white for those who see no alpha", async () => {
  await using vendor = fakeOpenAI({ like: { ...LIKE, edits: true } });
  const base = input("base", drawPng(640, 384, "the base"));
  const mask = input("base", png(640, 384, 0, (x) => [x < 300 ? 255 : 0]));
  await edit(vendor, { inputs: [base], mask });
  const { response_format, size, image } = vendor.requests[0]?.json as Record<string, string>;
  assert.deepEqual([response_format, size], ["b64_json", "640x384"]);
  assert.equal(image, base.bytes.toBase64());
  const { pixels, width } = await decodeImage(vendor.edits[0]!.mask!);
  for (const x of [0, 299, 300, 639]) {
    const pixel = [...pixels.subarray((200 * width + x) * 4, (200 * width + x) * 4 + 4)];
    assert.deepEqual(pixel, x < 300 ? [255, 255, 255, 0] : [0, 0, 0, 255], String(x));
  }
});

Deno.test("openai knows what DALL-E edits: 2 a square PNG within a mask, 3 nothing", async () => {
  await using vendor = fakeOpenAI({ like: { ...LIKE, edits: true } });
  const { capabilities } = provider(vendor);
  assert.equal(capabilities("dall-e-3").inputs, undefined);
  assert.equal(capabilities("dall-e-3").mask, undefined);
  const { inputs, sizes, maxPromptLength } = capabilities("dall-e-2");
  assert.deepEqual([inputs?.maxImages, inputs?.maxRatio, inputs?.roles], [1, 1, ["base"]]);
  assert.deepEqual(inputs?.mediaTypes, ["image/png"]);
  assert.deepEqual(Object.keys(sizes.listed), ["256x256", "512x512", "1024x1024"]);
  assert.equal(maxPromptLength, 1000);
  const error = await failure(edit(vendor, { model: "dall-e-2" }));
  assert.match(error.message, /^'dall-e-2' changes nothing but what a mask marks: pass 'mask'/);
  const base = input("base", drawPng(500, 500, "the base"));
  const mask = input("base", png(500, 500, 0, (x) => [x < 300 ? 255 : 0]));
  await edit(vendor, { model: "dall-e-2", inputs: [base], mask });
  assert.equal((vendor.requests[0]?.json as { size: string }).size, "512x512");
});

Deno.test("openai stops an edit at once when the call is cancelled", async () => {
  await using vendor = fakeOpenAI();
  vendor.misbehave("hangs");
  const reason = new ImageError("cancelled", "Nobody wants it");
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 50);
  assert.equal(await failure(edit(vendor, {}, { signal: controller.signal })), reason);
});

const LIKE = { pictures: "b64_json", errors: "detail" } as const;

function input(role: InputRole, bytes: Uint8Array<ArrayBuffer>): InputImage {
  const { mediaType, width = 0, height = 0 } = identifyImage(bytes)!;
  return { hash: "", role, bytes, mediaType, width, height, sizeBytes: bytes.length };
}

function edit(
  vendor: FakeOpenAI,
  overrides: Partial<ImageRequest>,
  circumstances: Partial<CallContext> = {},
): Promise<ImageResult> {
  return provider(vendor).generate(request(overrides), { ...context(), ...circumstances });
}

function request(overrides: Partial<ImageRequest>): ImageRequest {
  const prompt = "make the sky red";
  return { operation: "edit", prompt, inputs: [BASE], count: 1, options: {}, ...overrides };
}

function context(): CallContext {
  return { signal: new AbortController().signal, onProgress() {}, onAccepted() {} };
}

function provider(vendor: FakeOpenAI) {
  return openProvider(openai, vendor.environment);
}

async function failure(work: Promise<unknown>): Promise<ImageError> {
  const error = await work.then(() => assert.fail("It did not fail"), (error: unknown) => error);
  assert.ok(error instanceof ImageError, `${error}`);
  return error;
}
