import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import { openai } from "../../src/providers/openai/provider.ts";
import type {
  CallContext,
  ImageProvider,
  ImageRequest,
  OpenedProvider,
  ProviderDependencies,
} from "../../src/providers/provider.ts";
import type { Env, Problem } from "../../src/config/variables.ts";
import type { FakeOpenAI } from "../fakes/openai.ts";
import { fakeOpenAI } from "../fakes/openai.ts";
import { drawPng } from "../fakes/pictures.ts";
import { shortPauses } from "../support/wait.ts";

// What is asked

Deno.test("openai asks with exactly the documented fields and the key, and keeps the picture and its usage", async () => {
  await using vendor = fakeOpenAI();
  const result = await draw(vendor, { prompt: "a cat" });
  const [asked] = vendor.requests;
  assert.equal(vendor.requests.length, 1);
  assert.equal(asked?.headers.authorization, `Bearer ${vendor.secrets[0]}`);
  assert.deepEqual(asked?.json, {
    model: "gpt-image-2.5-flare",
    prompt: "a cat",
    n: 1,
    size: "1024x1024",
  });
  assert.deepEqual(result.images, [{ bytes: vendor.pictures[0] }]);
  assert.equal(result.model, "gpt-image-2.5-flare");
  assert.equal(result.usage?.total_tokens, 205);
  assert.deepEqual(result.warnings, []);
});

Deno.test("openai passes on every option of GPT Image, any legal size and the model of the request", async () => {
  await using vendor = fakeOpenAI();
  const options = {
    quality: "xhigh",
    background: "transparent",
    output_format: "webp",
    output_compression: 50,
    moderation: "low",
  };
  const model = "gpt-image-2.6-sunburst";
  const result = await draw(vendor, { count: 2, size: "1280x720", model, options });
  assert.deepEqual(vendor.requests[0]?.json, {
    model,
    prompt: "a cat",
    n: 2,
    size: "1280x720",
    ...options,
  });
  assert.deepEqual(result.images.map(({ bytes }) => bytes), vendor.pictures);
  assert.equal(result.model, model);
});

Deno.test("openai leaves the prompt alone without a style, and with 'natural'", async () => {
  await using vendor = fakeOpenAI();
  await draw(vendor, {});
  await draw(vendor, { style: "natural" });
  assert.deepEqual(vendor.requests.map(promptSeen), ["a cat", "a cat"]);
});

Deno.test("openai puts a style and a negative prompt into words, in the language of the prompt", async () => {
  await using vendor = fakeOpenAI();
  await draw(vendor, { style: "watercolor", negativePrompt: "dogs, text" });
  await draw(vendor, { prompt: "一只猫", style: "watercolor", negativePrompt: "狗" });
  const [prompt, style, negative] = promptSeen(vendor.requests[0]).split("\n");
  assert.equal(prompt, "a cat");
  assert.match(style ?? "", /^Style: watercolor painting .*$/);
  assert.equal(negative, "Do not show: dogs, text");
  assert.match(promptSeen(vendor.requests[1]), /^一只猫\n画面风格：.*\n画面中不要出现：狗$/);
});

Deno.test("openai keeps the 12 styles of old, each but 'natural' with words of its own", async () => {
  await using vendor = fakeOpenAI();
  const { styles } = open(vendor).capabilities();
  assert.deepEqual(Object.keys(styles), [
    "natural",
    "vivid",
    "realistic",
    "artistic",
    "cartoon",
    "anime",
    "oil_painting",
    "watercolor",
    "sketch",
    "digital_art",
    "photographic",
    "minimalist",
  ]);
  const words = Object.values(styles).map(({ prompt }) => prompt);
  assert.equal(new Set(words).size, 12);
  assert.deepEqual(words.filter((text) => text.split(" ").length < 6), [""]);
});

Deno.test("openai tells who pays, and nothing that the process's environment adds", async () => {
  await using vendor = fakeOpenAI();
  Deno.env.set("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer sk-other\nX-Extra: 1");
  try {
    const paying = { OPENAI_ORG_ID: "org-1", OPENAI_PROJECT_ID: "proj_1" };
    await draw(vendor, {}, { environment: paying });
    await draw(vendor, {});
  } finally {
    Deno.env.delete("OPENAI_CUSTOM_HEADERS");
  }
  const [first, second] = vendor.requests.map(({ headers }) => headers);
  assert.equal(first?.authorization, `Bearer ${vendor.secrets[0]}`);
  assert.equal(first?.["openai-organization"], "org-1");
  assert.equal(first?.["openai-project"], "proj_1");
  assert.equal(first?.["x-extra"], undefined);
  assert.equal(second?.["openai-organization"], undefined);
  assert.deepEqual(Object.keys(second ?? {}).filter((name) => name.startsWith("x-")), []);
});

Deno.test("openai refuses a compression of PNG and a transparent JPEG before it asks anybody", async () => {
  await using vendor = fakeOpenAI();
  const compressed = await failure(draw(vendor, { options: { output_compression: 50 } }));
  assert.equal(compressed.code, "invalid_parameters");
  assert.match(compressed.message, /output_compression requires .*'jpeg' or 'webp'.*'png'/);
  const options = { background: "transparent", output_format: "jpeg" };
  const transparent = await failure(draw(vendor, { options }));
  assert.equal(transparent.code, "invalid_parameters");
  assert.match(transparent.message, /'png' or 'webp'/);
  assert.equal(vendor.requests.length, 0);
});

// Models and settings

Deno.test("openai knows the sizes and qualities of each family, and lets an unknown model try", async () => {
  await using vendor = fakeOpenAI();
  const { capabilities } = open(vendor);
  const summary = [
    "gpt-image-2.5-flare",
    "gpt-image-2",
    "gpt-image-1.5",
    "openai/gpt-image-3",
    "sd",
  ]
    .map((model) => {
      const { sizes, options } = capabilities(model);
      const { quality } = options;
      const qualities = quality && "values" in quality ? quality.values.length : 0;
      return [model, sizes.range?.maxSide, sizes.range?.multipleOf, qualities];
    });
  assert.deepEqual(summary, [
    ["gpt-image-2.5-flare", 3840, 16, 6],
    ["gpt-image-2", 3840, 16, 4],
    ["gpt-image-1.5", undefined, undefined, 4],
    ["openai/gpt-image-3", 3840, 16, 6],
    ["sd", 4096, undefined, 8],
  ]);
});

Deno.test("openai draws the smallest and the largest size that it calls legal", async () => {
  await using vendor = fakeOpenAI();
  const { minPixels, maxPixels } = open(vendor).capabilities().sizes.range ?? {};
  assert.equal(1024 * 640, minPixels);
  assert.equal(3840 * 2160, maxPixels);
  await draw(vendor, { size: "1024x640" });
  await draw(vendor, { size: "3840x2160" });
  assert.equal(vendor.pictures.length, 2);
});

Deno.test("openai names the configured model first, and OpenAI's others only beside one of them", async () => {
  await using vendor = fakeOpenAI();
  const models = (OPENAI_MODEL: string) => open(vendor, { environment: { OPENAI_MODEL } }).models;
  assert.equal(models("gpt-image-2")[0], "gpt-image-2");
  assert.equal(new Set(models("gpt-image-2")).size, 5);
  assert.deepEqual(models("stablediffusion"), ["stablediffusion"]);
});

Deno.test("openai needs a key at OpenAI, and none at a compatible server", () => {
  assert.deepEqual(opened({}), { on: false, missing: ["OPENAI_API_KEY"] });
  const european = { OPENAI_BASE_URL: "https://eu.api.openai.com/v1" };
  assert.deepEqual(opened(european), { on: false, missing: ["OPENAI_API_KEY"] });
  assert.equal(opened({ OPENAI_BASE_URL: "http://127.0.0.1:9/v1" }).on, true);
  assert.equal(opened({ OPENAI_API_KEY: "sk-1" }).on, true);
});

Deno.test("openai warns at the start of a model that OpenAI ends, and only at OpenAI", () => {
  const model = { OPENAI_MODEL: "gpt-image-1.5" };
  const atOpenAI = opened({ ...model, OPENAI_API_KEY: "sk-1" });
  assert.ok(atOpenAI.on);
  assert.match(
    atOpenAI.warnings.join(),
    /OPENAI_MODEL is 'gpt-image-1.5'.*2026-12-01.*'gpt-image-2/,
  );
  const elsewhere = opened({ ...model, OPENAI_BASE_URL: "http://127.0.0.1:9/v1" });
  assert.ok(elsewhere.on);
  assert.deepEqual(elsewhere.warnings, []);
});

// Progress

Deno.test("openai tells of the partial picture to somebody who looks, and returns the finished one", async () => {
  await using vendor = fakeOpenAI();
  const news: string[] = [];
  const result = await draw(vendor, {}, watching(news));
  const { host } = new URL(vendor.url);
  assert.deepEqual(news, [`OpenAI-compatible server ${host} sent partial picture 1`]);
  assert.deepEqual(result.images, [{ bytes: vendor.pictures[0] }]);
  assert.equal(result.usage?.output_tokens, 196);
  const { stream, partial_images } = vendor.requests[0]?.json as Record<string, unknown>;
  assert.deepEqual({ stream, partial_images }, { stream: true, partial_images: 1 });
});

Deno.test("openai hands the partial picture on as bytes to whoever can show one", async () => {
  await using vendor = fakeOpenAI();
  const shown: Uint8Array[] = [];
  const onPartialImage = (bytes: Uint8Array) => void shown.push(bytes);
  await draw(vendor, {}, { context: { wantsProgress: true, onPartialImage } });
  assert.deepEqual(shown, [drawPng(8, 8, "unfinished")]);
});

Deno.test("openai asks for no stream when nobody looks, for several pictures, or of another model", async () => {
  await using vendor = fakeOpenAI();
  await using other = fakeOpenAI({ like: { pictures: "b64_json", errors: "text" } });
  await draw(vendor, {});
  await draw(vendor, { count: 2 }, watching([]));
  await draw(other, {}, watching([]));
  const asked = [...vendor.requests, ...other.requests].map(({ body }) => body.includes("stream"));
  assert.deepEqual(asked, [false, false, false]);
});

Deno.test("openai takes the picture of a server that does not stream after all", async () => {
  await using vendor = fakeOpenAI();
  vendor.streaming = "ignored";
  const result = await draw(vendor, {}, watching([]));
  assert.deepEqual(result.images, [{ bytes: vendor.pictures[0] }]);
  assert.equal(vendor.requests.length, 1);
});

Deno.test("openai asks once more without a stream where the server refuses to stream", async () => {
  await using vendor = fakeOpenAI();
  vendor.streaming = "refused";
  const result = await draw(vendor, {}, watching([]));
  assert.deepEqual(result.images, [{ bytes: vendor.pictures.at(-1) }]);
  assert.deepEqual(vendor.requests.map(({ body }) => body.includes('"stream":true')), [
    true,
    false,
  ]);
});

Deno.test("openai asks a refused request no second time because it was streamed", async () => {
  await using vendor = fakeOpenAI();
  vendor.misbehave("refused by moderation");
  const error = await failure(draw(vendor, {}, watching([])));
  assert.equal(error.code, "content_refused");
  assert.equal(vendor.requests.length, 1);
});

Deno.test("openai never passes a partial picture off as the result", async () => {
  await using vendor = fakeOpenAI();
  for (const streaming of ["cut after a partial picture", "nothing finished"] as const) {
    vendor.streaming = streaming;
    const error = await failure(draw(vendor, {}, watching([])));
    assert.equal(error.code, "generation_failed");
    assert.match(error.message, /before the finished picture came.*may have been charged/);
  }
  assert.equal(vendor.requests.length, 2);
});

Deno.test("openai reads a refusal that comes in the middle of a stream", async () => {
  await using vendor = fakeOpenAI();
  vendor.streaming = "error after a partial picture";
  const error = await failure(draw(vendor, {}, watching([])));
  assert.equal(error.code, "content_refused");
  assert.match(error.message, /refused the picture it had drawn/);
});

Deno.test("openai says what broke when a stream is not one", async () => {
  await using vendor = fakeOpenAI();
  vendor.answerNext(() => streamOf("data: {half"));
  assert.equal((await failure(draw(vendor, {}, watching([])))).code, "provider_error");
  vendor.answerNext(() => streamOf('event: error\ndata: {"error":{"message":"out of paint"}}\n\n'));
  const error = await failure(draw(vendor, {}, watching([])));
  assert.equal(error.code, "generation_failed");
  assert.match(error.message, /"out of paint".*may have been charged/);
});

Deno.test("openai stops in the middle of a stream when the call is cancelled", async () => {
  await using vendor = fakeOpenAI();
  vendor.answerNext(() =>
    streamOf('data: {"type":"image_generation.partial_image"}\n\n', { open: true })
  );
  const stopping = new AbortController();
  const cancelled = new ImageError("cancelled", "The request was cancelled");
  const context = { wantsProgress: true, onProgress: () => stopping.abort(cancelled) };
  const error = await failure(draw(vendor, {}, { context, signal: stopping.signal }));
  assert.equal(error, cancelled);
});

// Compatible servers

for (const pictures of ["b64_json", "url", "data url"] as const) {
  Deno.test(`openai draws at a compatible server without a key, with pictures as ${pictures}`, async () => {
    await using vendor = fakeOpenAI({ like: { pictures, errors: "text" } });
    const result = await draw(vendor, { count: 2, size: "512x512" });
    assert.deepEqual(result.images.map(({ bytes }) => bytes), vendor.pictures);
    assert.equal(vendor.requests[0]?.headers.authorization, undefined);
    assert.deepEqual(vendor.requests[0]?.json, {
      model: "stablediffusion",
      prompt: "a cat",
      n: 2,
      size: "512x512",
      response_format: "b64_json",
    });
    assert.equal(vendor.downloads.length, pictures === "url" ? 2 : 0);
  });
}

Deno.test("openai lets a compatible server choose the size by saying nothing", async () => {
  await using vendor = fakeOpenAI({ like: { pictures: "b64_json", errors: "text" } });
  await draw(vendor, { size: "auto" });
  assert.equal("size" in (vendor.requests[0]?.json as Record<string, unknown>), false);
});

Deno.test("openai gives the key to no download host", async () => {
  await using vendor = fakeOpenAI({ like: { pictures: "url", errors: "text" } });
  await draw(vendor, {}, { environment: { OPENAI_API_KEY: "sk-for-the-gateway" } });
  assert.equal(vendor.requests[0]?.headers.authorization, "Bearer sk-for-the-gateway");
  assert.equal(vendor.downloads.length, 1);
  assert.doesNotMatch(JSON.stringify(vendor.downloads), /sk-for-the-gateway/);
});

Deno.test("openai fetches a broken download again and asks for no second picture", async () => {
  await using vendor = fakeOpenAI({ like: { pictures: "url", errors: "text" } });
  vendor.misbehave("cut download", 1);
  const result = await draw(vendor, {});
  assert.deepEqual(result.images, [{ bytes: vendor.pictures[0] }]);
  assert.equal(vendor.requests.length, 1);
  assert.equal(vendor.downloads.length, 2);
});

Deno.test("openai asks for no second picture when the first one's host is unreachable", async () => {
  await using vendor = fakeOpenAI({ like: { pictures: "url", errors: "text" } });
  const url = "https://pictures.invalid/picture.png";
  vendor.answerNext(() => Response.json({ data: [{ url }] }));
  using _ = shortPauses();
  const error = await failure(draw(vendor, {}));
  assert.equal(error.code, "network_error");
  assert.equal(vendor.requests.length, 1);
});

Deno.test("openai fetches no picture from a private address that an answer names", async () => {
  await using vendor = fakeOpenAI({ like: { pictures: "url", errors: "text" } });
  vendor.answerNext(() => Response.json({ data: [{ url: "https://169.254.169.254/x.png" }] }));
  const error = await failure(draw(vendor, {}));
  assert.equal(error.code, "missing_content");
  assert.match(error.message, /address that is not fetched/);
});

for (const errors of ["text", "detail"] as const) {
  Deno.test(`openai quotes a compatible server's error written as ${errors}`, async () => {
    await using vendor = fakeOpenAI({ like: { pictures: "b64_json", errors } });
    vendor.misbehave("server error");
    const error = await failure(draw(vendor, {}));
    assert.equal(error.code, "provider_error");
    assert.match(error.message, /HTTP 500: "The server had an error while processing/);
  });
}

Deno.test("openai reads the list of mistakes that a FastAPI server sends", async () => {
  await using vendor = fakeOpenAI({ like: { pictures: "b64_json", errors: "detail" } });
  const detail = [{ loc: ["body", "size"], msg: "must be a multiple of 8", type: "value_error" }];
  vendor.answerNext(() => Response.json({ detail }, { status: 422 }));
  const error = await failure(draw(vendor, {}));
  assert.equal(error.code, "invalid_parameters");
  assert.match(error.message, /"size: must be a multiple of 8"/);
});

Deno.test("openai says so when a server draws fewer pictures than asked for", async () => {
  await using vendor = fakeOpenAI({ like: { pictures: "b64_json", errors: "text" } });
  vendor.answerNext(() => Response.json({ data: [{ b64_json: btoa("picture") }] }));
  const result = await draw(vendor, { count: 3 });
  assert.match(result.warnings.join(), /drew 1 of the 3 pictures/);
});

// Errors

for (
  const [fault, code, words] of [
    ["wrong key", "authentication_failed", /does not accept the key: check OPENAI_API_KEY/],
    ["refused by moderation", "content_refused", /moderation refused the prompt: "Your request/],
    ["no quota", "quota_exceeded", /no quota or money left: "You exceeded/],
    ["rate limited", "rate_limited", /slower requests.*Ask again in 90 seconds/],
    ["retired model", "model_unavailable", /'gpt-image-2.5-flare'.*Set OPENAI_MODEL/],
    ["server error", "provider_error", /HTTP 500.*may have drawn and charged/],
    ["nonsense JSON", "provider_error", /not JSON: "{"data": \["/],
    ["dead socket", "network_error", /HTTPS_PROXY/],
  ] as const
) {
  Deno.test(`openai asks once and explains: ${fault}`, async () => {
    await using vendor = fakeOpenAI();
    vendor.misbehave(fault);
    const error = await failure(draw(vendor, {}));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    assert.equal(vendor.requests.length, 1);
    assertNoKey(error, vendor);
  });
}

Deno.test("openai tells the request id and the status for those who ask the vendor", async () => {
  await using vendor = fakeOpenAI();
  vendor.misbehave("refused by moderation");
  const { details } = await failure(draw(vendor, {}));
  assert.equal(details.request_id, "req_0123456789");
  assert.equal(details.http_status, 400);
  assert.equal(details.vendor_code, "moderation_blocked");
});

Deno.test("openai asks again after the wait that a rate limit asks for", async () => {
  await using vendor = fakeOpenAI();
  vendor.misbehave("rate limited", 1);
  const result = await draw(vendor, {});
  assert.deepEqual(result.images, [{ bytes: vendor.pictures[0] }]);
  assert.equal(vendor.requests.length, 2);
});

Deno.test("openai asks an overloaded vendor again, because it drew nothing", async () => {
  await using vendor = fakeOpenAI();
  vendor.answerNext(() => Response.json({ error: { message: "overloaded" } }, { status: 503 }));
  await draw(vendor, {});
  assert.equal(vendor.requests.length, 2);
});

for (
  const [name, status, body, code, words] of [
    [
      "a verified organisation",
      403,
      { error: { message: "Your organization must be verified to use the model `gpt-image-2`." } },
      "organization_unverified",
      /https:\/\/platform\.openai\.com\/settings\/organization\/general/,
    ],
    [
      "more rights",
      403,
      { error: { message: "You have insufficient permissions for this operation." } },
      "authentication_failed",
      /OPENAI_API_KEY.*insufficient permissions/,
    ],
    [
      "money",
      400,
      {
        error: {
          message: "Billing hard limit has been reached",
          code: "billing_hard_limit_reached",
          type: "invalid_request_error",
        },
      },
      "quota_exceeded",
      /Billing hard limit/,
    ],
    [
      "another prompt, in the older words",
      400,
      { error: { message: "rejected", code: "content_policy_violation" } },
      "content_refused",
      /the prompt or the picture: "rejected"/,
    ],
    [
      "another parameter",
      400,
      {
        error: {
          message: "Unsupported parameter: 'x'.",
          param: "x",
          code: "unsupported_parameter",
          type: "invalid_request_error",
        },
      },
      "invalid_parameters",
      /does not accept 'x'/,
    ],
    [
      "something it does not name",
      400,
      { error: { message: "Bad." } },
      "provider_error",
      /HTTP 400 and an error: "Bad\."/,
    ],
    [
      "another base address",
      404,
      { error: { message: "Invalid URL (POST /images/generations)" } },
      "provider_error",
      /OPENAI_BASE_URL, which usually ends in \/v1/,
    ],
    [
      "an error in a good answer",
      200,
      { error: "no more memory" },
      "provider_error",
      /"no more memory"/,
    ],
    ["nothing but sends no picture", 200, { data: [] }, "missing_content", /without a picture/],
    [
      "nothing but sends no base64",
      200,
      { data: [{ b64_json: "???" }] },
      "decode_failed",
      /not the base64/,
    ],
  ] as const
) {
  Deno.test(`openai explains a server that wants ${name}`, async () => {
    await using vendor = fakeOpenAI();
    vendor.answerNext(() => Response.json(body, { status }));
    const error = await failure(draw(vendor, {}));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    assert.equal(vendor.requests.length, 1);
  });
}

for (const status of [200, 502]) {
  Deno.test(`openai recognises a web page that comes with HTTP ${status}`, async () => {
    await using vendor = fakeOpenAI();
    const headers = { "content-type": "text/html" };
    vendor.answerNext(() => new Response("<!doctype html><p>Log in", { status, headers }));
    const error = await failure(draw(vendor, {}));
    assert.equal(error.code, "provider_error");
    assert.match(error.message, /a web page, so OPENAI_BASE_URL/);
  });
}

Deno.test("openai takes its key to no other host when the vendor redirects", async () => {
  await using vendor = fakeOpenAI();
  await using elsewhere = fakeOpenAI();
  const location = `${elsewhere.url}/v1/images/generations`;
  vendor.answerNext(() => new Response(null, { status: 307, headers: { location } }));
  const error = await failure(draw(vendor, {}));
  assert.match(error.message, /HTTP 307/);
  assert.equal(elsewhere.requests.length, 0);
});

Deno.test("openai hides what looks like a key in the vendor's words", async () => {
  await using vendor = fakeOpenAI();
  const message = `The key sk-proj-abc***xyz of ${vendor.secrets[0]} is odd`;
  vendor.answerNext(() => Response.json({ error: { message } }, { status: 400 }));
  const error = await failure(draw(vendor, {}));
  assert.match(error.message, /The key \[hidden\] of \[hidden\] is odd/);
  assertNoKey(error, vendor);
});

Deno.test("openai says which variable holds the key that a compatible server wants", async () => {
  await using vendor = fakeOpenAI({ like: { pictures: "b64_json", errors: "text" } });
  vendor.misbehave("wrong key");
  const error = await failure(draw(vendor, {}));
  assert.equal(error.code, "authentication_failed");
  assert.match(error.message, /wants a key: set OPENAI_API_KEY/);
});

Deno.test("openai stops at once when the call is cancelled", async () => {
  await using vendor = fakeOpenAI();
  vendor.misbehave("hangs");
  const stopping = new AbortController();
  const drawing = failure(draw(vendor, {}, { signal: stopping.signal }));
  while (vendor.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const timeout = new ImageError("timeout", "The picture did not come within the time limit");
  stopping.abort(timeout);
  assert.equal(await drawing, timeout);
  assert.equal(vendor.requests.length, 1);
});

Deno.test("openai connects again where nobody listened, because nothing was asked yet", async () => {
  await using vendor = fakeOpenAI();
  const addresses = [deadAddress()];
  const outside: Partial<ProviderDependencies> = {
    fetch: (input, init) => fetch(addresses.pop() ?? input, init),
  };
  const result = await draw(vendor, {}, { outside });
  assert.equal(result.images.length, 1);
  assert.deepEqual(addresses, []);
  assert.equal(vendor.requests.length, 1);
});

// Helpers

interface Circumstances {
  readonly environment?: Readonly<Record<string, string>>;
  readonly context?: Partial<CallContext>;
  readonly signal?: AbortSignal;
  readonly outside?: Partial<ProviderDependencies>;
}

function draw(
  vendor: FakeOpenAI,
  overrides: Partial<ImageRequest>,
  circumstances: Circumstances = {},
) {
  const { context, signal = new AbortController().signal } = circumstances;
  return open(vendor, circumstances).generate(
    { operation: "generate", prompt: "a cat", inputs: [], count: 1, options: {}, ...overrides },
    { signal, onProgress() {}, onAccepted() {}, ...context },
  );
}

function open(vendor: FakeOpenAI, { environment, outside }: Circumstances = {}): ImageProvider {
  const result = opened({ ...vendor.environment, ...environment }, outside);
  assert.ok(result.on);
  return result.provider;
}

function opened(
  environment: Readonly<Record<string, string>>,
  outside: Partial<ProviderDependencies> = {},
): OpenedProvider {
  const env: Env = new Map(
    Object.entries(environment).map(([name, value]) => [name, { value, source: "the test" }]),
  );
  const problems: Problem[] = [];
  const result = openai.open(env, { fetch, now: Date.now, ...outside }, problems);
  assert.deepEqual(problems, []);
  return result;
}

function watching(news: string[]): Circumstances {
  return { context: { wantsProgress: true, onProgress: ({ message }) => news.push(message) } };
}

async function failure(work: Promise<unknown>): Promise<ImageError> {
  const error = await work.then(() => assert.fail("It did not fail"), (error: unknown) => error);
  assert.ok(error instanceof ImageError, `${error}`);
  return error;
}

function assertNoKey(error: ImageError, { secrets }: FakeOpenAI): void {
  const shown = Deno.inspect(error, { depth: 10 }) + JSON.stringify(error.details);
  for (const secret of secrets) {
    assert.ok(!shown.includes(secret));
    assert.ok(!shown.includes(secret.slice(0, 8)), "a part of the key is shown");
  }
}

function promptSeen(request?: { readonly json: unknown }): string {
  return (request?.json as { prompt: string }).prompt;
}

/** An address where nobody listens any more. */
function deadAddress(): string {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  return `http://127.0.0.1:${listener.addr.port}`;
}

function streamOf(text: string, { open = false } = {}): Response {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      if (!open) controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}
