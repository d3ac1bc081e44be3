import assert from "node:assert/strict";
import type { Problem } from "../../src/config/variables.ts";
import { type ErrorCode, ImageError } from "../../src/errors.ts";
import { gemini } from "../../src/providers/gemini/provider.ts";
import type {
  ImageProvider,
  ImageRequest,
  InputImage,
  Size,
} from "../../src/providers/provider.ts";
import { parseRequest } from "../../src/requests/parse.ts";
import { adapt } from "../../src/requests/adapt.ts";
import { type FakeGemini, fakeGemini } from "../fakes/gemini.ts";
import { drawPng } from "../fakes/pictures.ts";
import { shortPauses } from "../support/wait.ts";

const NEWEST = "gemini-nano-banana-2.1";
const PRO = "gemini-3-pro-image";
const LITE = "gemini-3.1-flash-lite-image";

Deno.test("gemini asks for exactly what the API documents, with its key in a header", async () => {
  await using fake = fakeGemini();
  const result = await ask(providerAt(fake), { prompt: "a lighthouse in a storm" });

  const [request] = fake.requests;
  assert.equal(fake.requests.length, 1);
  assert.equal(request?.path, `/v1beta/models/${NEWEST}:generateContent`);
  assert.equal(request?.headers["x-goog-api-key"], fake.environment.GEMINI_API_KEY);
  assert.equal(request?.headers.authorization, undefined);
  assert.deepEqual(request?.json, {
    contents: [{ role: "user", parts: [{ text: "a lighthouse in a storm" }] }],
    generationConfig: { responseModalities: ["IMAGE"] },
  });
  assert.deepEqual(result.images.map(({ bytes }) => bytes), fake.pictures);
  assert.deepEqual(result.warnings, []);
  assert.equal(result.model, NEWEST);
  assert.deepEqual(result.usage, {
    promptTokenCount: 9,
    candidatesTokenCount: 1120,
    totalTokenCount: 1129,
  });
});

Deno.test("gemini leaves out the drafts among its thoughts, and what nobody asked for", async () => {
  await using fake = fakeGemini();
  const part = (data: string, thought?: boolean) => ({
    inlineData: { mimeType: "image/png", data: btoa(data) },
    thought,
  });
  const parts = [part("draft", true), part("one"), { text: "and" }, part("two")];
  fake.answerNext(200, { candidates: [{ content: { parts }, finishReason: "STOP" }] });
  const { images, model, warnings } = await ask(providerAt(fake));
  const texts = images.map(({ bytes }) => new TextDecoder().decode(bytes));
  assert.deepEqual(texts, ["one"]);
  assert.match(warnings[0]!, /^2 pictures came where 1 was asked for/);
  assert.equal(model, NEWEST);
});

for (const suffix of ["", "/", "/v1beta", "/v1beta/"]) {
  Deno.test(`gemini finds the API when GEMINI_ENDPOINT ends in '${suffix}'`, async () => {
    await using fake = fakeGemini();
    await ask(providerAt(fake, { GEMINI_ENDPOINT: fake.url + suffix }));
    assert.equal(fake.pictures.length, 1);
  });
}

Deno.test("gemini cannot be led to another path by the name of a model", async () => {
  await using fake = fakeGemini();
  const error = await failing(providerAt(fake), { model: "../../v1/files?x=" });
  assert.equal(
    fake.requests[0]?.path,
    "/v1beta/models/..%2F..%2Fv1%2Ffiles%3Fx%3D:generateContent",
  );
  assert.equal(error.code, "model_unavailable");
});

for (const model of [NEWEST, PRO, LITE]) {
  Deno.test(`${model} draws every size that its table lists, in the pixels named`, async () => {
    await using fake = fakeGemini();
    const provider = providerAt(fake);
    const { listed } = provider.capabilities(model).sizes;
    for (const size of Object.keys(listed)) {
      await ask(provider, { model, size: size as Size });
      assert.equal(pixelsOf(fake.pictures.at(-1)!), DRAWN_OTHERWISE[size] ?? size);
    }
  });
}

/** The vendor's own roundings, and what it draws where nothing is asked for. */
const DRAWN_OTHERWISE: Readonly<Record<string, string>> = {
  "auto": "1024x1024",
  "1568x672": "1584x672",
  "3136x1344": "3168x1344",
  "6272x2688": "6336x2688",
};

const SHAPES: readonly (readonly [string, object, string, object])[] = [
  ["a shape", { aspect_ratio: "16:9" }, NEWEST, { aspectRatio: "16:9", imageSize: "1K" }],
  ["the widest cinema shape", { aspect_ratio: "21:9" }, NEWEST, {
    aspectRatio: "21:9",
    imageSize: "1K",
  }],
  ["a tier", { resolution: "2K" }, NEWEST, { aspectRatio: "1:1", imageSize: "2K" }],
  ["a tier in a shape", { resolution: "4K", aspect_ratio: "9:16" }, PRO, {
    aspectRatio: "9:16",
    imageSize: "4K",
  }],
  ["a shape of the lite model", { aspect_ratio: "3:2" }, LITE, { aspectRatio: "3:2" }],
];
for (const [what, args, model, expected] of SHAPES) {
  Deno.test(`gemini is asked for ${what} in its own words, without a warning`, async () => {
    await using fake = fakeGemini();
    const provider = providerAt(fake);
    const parsed = parseRequest({ prompt: "a cat", model, ...args }, "generate");
    const { request, departures } = adapt(parsed, provider);
    assert.deepEqual(departures, []);
    await ask(provider, { ...request, inputs: [], mask: undefined });
    const { generationConfig } = fake.requests[0]?.json as {
      generationConfig: { imageConfig: unknown };
    };
    assert.deepEqual(generationConfig.imageConfig, expected);
  });
}

Deno.test("gemini changes a picture and keeps its shape where none is asked for", async () => {
  await using fake = fakeGemini();
  const base = picture("base");
  await ask(providerAt(fake), { operation: "edit", prompt: "a red sky", inputs: [base] });
  assert.deepEqual(fake.requests[0]?.json, {
    contents: [{
      role: "user",
      parts: [
        { inlineData: { mimeType: "image/png", data: base.bytes.toBase64() } },
        { text: "a red sky" },
      ],
    }],
    generationConfig: { responseModalities: ["IMAGE"] },
  });
});

Deno.test("gemini is told in words what each of several pictures is for", async () => {
  await using fake = fakeGemini();
  const inputs = [picture("base"), picture("reference"), picture("style")];
  await ask(providerAt(fake), { operation: "edit", prompt: "a red sky", inputs });
  assert.deepEqual(
    partsOf(fake).map(({ text, inlineData }) => text ?? inlineData?.mimeType),
    [
      "Picture 1, the one to change:",
      "image/png",
      "Picture 2, an example of what to show:",
      "image/png",
      "Picture 3, whose style to take and nothing else:",
      "image/png",
      "a red sky",
    ],
  );
});

Deno.test("gemini sends nothing where pictures together are more than a call takes", async () => {
  await using fake = fakeGemini();
  const large = { ...picture("base"), bytes: new Uint8Array(19_000_000) };
  const error = await failing(providerAt(fake), {
    operation: "edit",
    inputs: Array(4).fill(large),
  });
  assert.equal(error.code, "invalid_parameters");
  assert.match(error.message, /at most 74000000 bytes together .* these have 76000000/);
  assert.equal(fake.requests.length, 0);
});

Deno.test("gemini takes a seed, and style and negative prompt in the prompt's language", async () => {
  await using fake = fakeGemini();
  const provider = providerAt(fake);
  await ask(provider, { prompt: "a cat", style: "watercolor", negativePrompt: "text", seed: 7 });
  assert.match(
    partsOf(fake)[0]!.text!,
    /^a cat\nStyle: watercolour painting, .*\nDo not show: text$/,
  );
  const { generationConfig } = fake.requests[0]?.json as { generationConfig: { seed: number } };
  assert.equal(generationConfig.seed, 7);
  await ask(provider, { prompt: "一只猫", style: "anime", negativePrompt: "文字" });
  assert.match(partsOf(fake, 1)[0]!.text!, /^一只猫\n画面风格：.*\n画面中不要出现：文字$/);
});

Deno.test("gemini is lenient in every category it lets a caller set with moderation 'low'", async () => {
  await using fake = fakeGemini();
  await ask(providerAt(fake), { options: { moderation: "low" } });
  const { safetySettings } = fake.requests[0]?.json as { safetySettings: unknown[] };
  assert.equal(safetySettings.length, 4);
  await ask(providerAt(fake), { options: { moderation: "auto" } });
  assert.ok(!("safetySettings" in (fake.requests[1]?.json as object)));
});

/** Answers with HTTP 200 that hold no picture. */
const PICTURELESS: readonly (readonly [string, object, ErrorCode, RegExp])[] = [
  ["no candidates", {}, "missing_content", /^Gemini answered without a picture\. Ask again/],
  ["empty candidates", { candidates: [] }, "missing_content", /without a picture/],
  ["a blocked prompt", { promptFeedback: { blockReason: "SAFETY" } }, "content_refused", /prompt/],
  ...["SAFETY", "IMAGE_SAFETY", "PROHIBITED_CONTENT", "IMAGE_PROHIBITED_CONTENT", "SPII"].map((
    finishReason,
  ) =>
    [
      `the end ${finishReason}`,
      { candidates: [{ content: { role: "model" }, finishReason, finishMessage: "No: 4287." }] },
      "content_refused",
      new RegExp(`safety check refused the picture \\(${finishReason}\\): "No: 4287\\."`),
    ] as const
  ),
  [
    "a recitation",
    { candidates: [{ finishReason: "IMAGE_RECITATION" }] },
    "content_refused",
    /existing work/,
  ],
  [
    "no image",
    { candidates: [{ finishReason: "NO_IMAGE" }] },
    "missing_content",
    /\(NO_IMAGE\)\. Ask again, and say plainly/,
  ],
  [
    "too many tokens",
    { candidates: [{ finishReason: "MAX_TOKENS" }] },
    "missing_content",
    /Shorten the prompt/,
  ],
  [
    "words",
    {
      candidates: [{
        content: {
          parts: [{ text: "Hm.", thought: true }, { text: "Which cat\n do you mean?" }],
        },
        finishReason: "STOP",
      }],
    },
    "missing_content",
    /without a picture \(STOP\): "Which cat do you mean\?"/,
  ],
];
for (const [what, body, code, message] of PICTURELESS) {
  Deno.test(`gemini says what to do after an answer of ${what}`, async () => {
    await using fake = fakeGemini();
    fake.answerNext(200, body);
    const error = await failing(providerAt(fake));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.equal(fake.requests.length, 1);
  });
}

const ERRORS: readonly (readonly [string, number, unknown, ErrorCode, RegExp])[] = [
  [
    "an empty prepaid balance",
    402,
    google("RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."),
    "quota_exceeded",
    /top it up/,
  ],
  [
    "a model outside the free tier",
    429,
    google("RESOURCE_EXHAUSTED", "Quota exceeded for metric: free_tier_requests, limit: 0"),
    "quota_exceeded",
    /Switch on billing/,
  ],
  [
    "a place that is not served",
    400,
    google("FAILED_PRECONDITION", "User location is not supported for the API use."),
    "authentication_failed",
    /HTTPS_PROXY/,
  ],
  [
    "a key that may not draw",
    403,
    google("PERMISSION_DENIED", "Your API key was reported as leaked."),
    "authentication_failed",
    /"Your API key was reported as leaked\."\. Check .* not blocked/,
  ],
  [
    "an argument it rejects",
    400,
    google("INVALID_ARGUMENT", "Invalid aspect ratio"),
    "invalid_parameters",
    /'gemini-nano-banana-2.1' does not accept .*"Invalid aspect ratio"/,
  ],
  ["a lost path", 404, "<html>", "provider_error", /GEMINI_ENDPOINT/],
  ["a body that is too large for a gateway", 413, "<html>", "invalid_parameters", /smaller/],
  ["a deadline", 504, google("DEADLINE_EXCEEDED", "Too slow"), "provider_error", /may have drawn/],
];
for (const [what, status, body, code, message] of ERRORS) {
  Deno.test(`gemini knows ${what}`, async () => {
    await using fake = fakeGemini();
    fake.answerNext(status, body);
    const error = await failing(providerAt(fake));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.equal(fake.requests.length, 1);
  });
}

Deno.test("gemini asks again when it was overloaded, which drew nothing", async () => {
  await using fake = fakeGemini();
  using _ = shortPauses();
  fake.answerNext(503, google("UNAVAILABLE", "The model is overloaded."));
  await ask(providerAt(fake));
  assert.equal(fake.requests.length, 2);
  assert.equal(fake.pictures.length, 1);
});

Deno.test("gemini waits as long as the answer's details say", async () => {
  await using fake = fakeGemini();
  fake.answerNext(429, {
    error: {
      status: "RESOURCE_EXHAUSTED",
      message: "Slower.",
      details: [null, { retryDelay: "soon" }, { retryDelay: "90s" }],
    },
  });
  const error = await failing(providerAt(fake));
  assert.equal(error.code, "rate_limited");
  assert.match(error.message, /Wait 90 seconds/);
  assert.equal(error.details.retry_after_seconds, 90);
});

Deno.test("gemini says that a picture inside the answer cannot be read", async () => {
  await using fake = fakeGemini();
  const parts = [{ inlineData: { mimeType: "image/png", data: "not base64!" } }];
  fake.answerNext(200, { candidates: [{ content: { parts } }] });
  assert.equal((await failing(providerAt(fake))).code, "decode_failed");
});

Deno.test("gemini is off without a key, and doubts models that have ended", () => {
  assert.deepEqual(open({}), { on: false, missing: ["GEMINI_API_KEY"] });
  const fresh = open({ GEMINI_API_KEY: "key" });
  assert.ok(fresh.on);
  assert.deepEqual(fresh.warnings, []);
  for (const model of ["imagen-4.0-generate-001", "gemini-3.1-flash-image"]) {
    const old = open({ GEMINI_API_KEY: "key", GEMINI_MODEL: model });
    assert.ok(old.on);
    assert.match(old.warnings[0]!, new RegExp(`'${model}', which ended on .* use '${NEWEST}'`));
  }
});

function google(status: string, message: string) {
  return { error: { message, status } };
}

function picture(role: InputImage["role"]): InputImage {
  const bytes = drawPng(64, 64, role);
  const mediaType = "image/png";
  return { hash: role, role, mediaType, width: 64, height: 64, sizeBytes: bytes.length, bytes };
}

interface Part {
  readonly text?: string;
  readonly inlineData?: { readonly mimeType: string };
}

function partsOf({ requests }: FakeGemini, index = 0): readonly Part[] {
  const { contents } = requests[index]?.json as { contents: { parts: Part[] }[] };
  return contents[0]!.parts;
}

/** From a PNG's header. */
function pixelsOf(bytes: Uint8Array<ArrayBuffer>): string {
  const view = new DataView(bytes.buffer);
  return `${view.getUint32(16)}x${view.getUint32(20)}`;
}

function ask(provider: ImageProvider, request: Partial<ImageRequest> = {}) {
  const plain = {
    operation: "generate",
    prompt: "a cat",
    inputs: [],
    count: 1,
    options: {},
  } as const;
  const { signal } = new AbortController();
  return provider.generate(
    { ...plain, ...request },
    { signal, onProgress() {}, onAccepted() {} },
  );
}

async function failing(provider: ImageProvider, request?: Partial<ImageRequest>) {
  const outcome = await ask(provider, request).catch((thrown: unknown) => thrown);
  assert.ok(outcome instanceof ImageError, Deno.inspect(outcome));
  return outcome;
}

function providerAt({ environment }: FakeGemini, changes: Record<string, string> = {}) {
  const opened = open({ ...environment, ...changes });
  assert.ok(opened.on);
  return opened.provider;
}

function open(environment: Readonly<Record<string, string>>) {
  const problems: Problem[] = [];
  const entries = Object.entries(environment).map(([name, value]) =>
    [name, { value, source: "a test" }] as const
  );
  const opened = gemini.open(new Map(entries), { fetch, now: Date.now }, problems);
  assert.deepEqual(problems, []);
  return opened;
}
