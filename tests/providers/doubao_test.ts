import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import { doubao } from "../../src/providers/doubao/provider.ts";
import type { ImageProvider, ImageRequest } from "../../src/providers/provider.ts";
import type { Problem } from "../../src/config/variables.ts";
import { type FakeArk, fakeArk } from "../fakes/ark.ts";

const PRO = "doubao-seedream-5-0-pro-260628";
const FLASH = "doubao-seedream-5-0-flash-260915";
const LITE = "doubao-seedream-5-0-260128";
const FOUR_FIVE = "doubao-seedream-4-5-251128";
const FOUR = "doubao-seedream-4-0-20260415";
const ENDPOINT_ID = "ep-20261101120000-abcde";

Deno.test("doubao asks for exactly what Ark documents", async () => {
  await using ark = fakeArk();
  const result = await ask(providerAt(ark), { prompt: "a lighthouse in a storm" });

  const [request] = ark.requests;
  assert.equal(ark.requests.length, 1);
  assert.equal(request?.method, "POST");
  assert.equal(request?.path, "/api/v3/images/generations");
  assert.equal(request?.headers["content-type"], "application/json");
  assert.equal(request?.headers.authorization, `Bearer ${ark.environment.DOUBAO_API_KEY}`);
  assert.deepEqual(request?.json, {
    model: PRO,
    prompt: "a lighthouse in a storm",
    size: "2048x2048",
    response_format: "url",
    watermark: false,
  });
  assert.deepEqual(result.images.map(({ bytes }) => bytes), ark.pictures);
  assert.equal(result.model, PRO);
  assert.deepEqual(result.warnings, []);
});

Deno.test("doubao keeps what the vendor says it used", async () => {
  await using ark = fakeArk();
  const { usage } = await ask(providerAt(ark), { size: "1024x1024" });
  assert.deepEqual(usage, { generated_images: 1, output_tokens: 4096, total_tokens: 4096 });
});

Deno.test("doubao says which model draws while it draws", async () => {
  await using ark = fakeArk();
  const messages: string[] = [];
  await ask(providerAt(ark), {}, { onProgress: ({ message }) => messages.push(message) });
  assert.deepEqual(messages, [`Doubao is drawing with ${PRO}`]);
});

Deno.test("doubao takes a picture that comes inside the answer", async () => {
  await using ark = fakeArk();
  const bytes = crypto.getRandomValues(new Uint8Array(64));
  ark.answerNext({ status: 200, body: { model: PRO, data: [{ b64_json: bytes.toBase64() }] } });
  const { images } = await ask(providerAt(ark));
  assert.deepEqual(images, [{ bytes }]);
  assert.equal(ark.downloads.length, 0);
});

Deno.test("doubao says that a picture inside the answer cannot be read", async () => {
  await using ark = fakeArk();
  ark.answerNext({ status: 200, body: { data: [{ b64_json: "not base64!" }] } });
  const error = await failing(providerAt(ark));
  assert.equal(error.code, "decode_failed");
});

for (const suffix of ["", "/", "/api/v3", "/api/v3/", "/api/v3/images/generations"]) {
  Deno.test(`doubao finds Ark when DOUBAO_ENDPOINT ends in '${suffix}'`, async () => {
    await using ark = fakeArk();
    await ask(providerAt(ark, { DOUBAO_ENDPOINT: ark.url + suffix }));
    assert.equal(ark.requests[0]?.path, "/api/v3/images/generations");
  });
}

Deno.test("doubao draws with a subscription key at /api/plan/v3", async () => {
  await using ark = fakeArk();
  await ask(providerAt(ark, {
    DOUBAO_API_KEY: ark.planKey,
    DOUBAO_ENDPOINT: `${ark.url}/api/plan/v3`,
  }));
  assert.equal(ark.pictures.length, 1);
});

Deno.test("doubao says where a subscription key belongs when Ark refuses it", async () => {
  await using ark = fakeArk();
  const error = await failing(providerAt(ark, { DOUBAO_API_KEY: ark.planKey }));
  assert.equal(error.code, "authentication_failed");
  assert.match(error.message, /DOUBAO_API_KEY.*DOUBAO_ENDPOINT.*\/api\/plan\/v3/);
  assert.equal(ark.requests.length, 1);
});

Deno.test("doubao is off without a key and says which variable is missing", () => {
  assert.deepEqual(open({}), { on: false, missing: ["DOUBAO_API_KEY"] });
});

Deno.test("doubao says at the start that a model is retired or no id of Ark's", () => {
  const opened = open({
    DOUBAO_API_KEY: "key",
    DOUBAO_MODEL: "doubao-seedream-4.5",
    DOUBAO_FALLBACK_MODEL: "doubao-seedream-4-0-250828",
  });
  assert.ok(opened.on);
  assert.equal(opened.warnings.length, 2);
  assert.match(opened.warnings[0]!, /DOUBAO_MODEL is 'doubao-seedream-4.5', a short name/);
  assert.match(
    opened.warnings[1]!,
    /DOUBAO_FALLBACK_MODEL .* retired.*doubao-seedream-4-0-20260415/,
  );
});

Deno.test("doubao has no doubts about its default models", () => {
  const opened = open({ DOUBAO_API_KEY: "key" });
  assert.ok(opened.on);
  assert.deepEqual(opened.warnings, []);
  assert.deepEqual(opened.provider.models.slice(0, 2), [PRO, FOUR]);
  assert.equal(opened.provider.concurrency, 4);
});

Deno.test("doubao adds a style's words and what to avoid in the prompt's language", async () => {
  await using ark = fakeArk();
  const provider = providerAt(ark);
  const anime = provider.capabilities().styles.anime?.prompt;
  const words = { style: "anime", negativePrompt: "text" };
  await ask(provider, { prompt: "a cat", ...words });
  await ask(provider, { prompt: "一只猫", ...words });
  assert.deepEqual(prompts(ark), [
    `a cat\nStyle: ${anime}\nDo not show: text`,
    `一只猫\n画面风格：${anime}\n画面中不要出现：text`,
  ]);
});

Deno.test("doubao's general style leaves the prompt as it is", async () => {
  await using ark = fakeArk();
  await ask(providerAt(ark), { prompt: "a cat", style: "general" });
  assert.deepEqual(prompts(ark), ["a cat"]);
});

Deno.test("doubao has 12 styles, each with words of its own but the general one", () => {
  const { styles } = capabilities(PRO);
  assert.equal(
    Object.keys(styles).join(" "),
    "general anime realistic oil_painting watercolor sketch cartoon chinese_painting pixel_art " +
      "cyberpunk fantasy sci_fi",
  );
  const words = Object.values(styles).map(({ prompt }) => prompt);
  assert.equal(new Set(words).size, 12);
  assert.ok(words.slice(1).every((prompt) => prompt.length > 30));
  assert.ok(Object.values(styles).every(({ label }) => /\p{Script=Han}+ \w+/u.test(label)));
});

Deno.test("doubao warns that a long prompt will not be followed in full", async () => {
  await using ark = fakeArk();
  const provider = providerAt(ark);
  const english = await ask(provider, { prompt: "word ".repeat(601) });
  const chinese = await ask(provider, { prompt: "画".repeat(301) });
  const shorter = await ask(provider, { prompt: "word ".repeat(600) + "画".repeat(300) });
  assert.match(english.warnings.join(), /300 Chinese characters or 600 words/);
  assert.match(chinese.warnings.join(), /300 Chinese characters or 600 words/);
  assert.deepEqual(shorter.warnings, []);
});

for (const model of [PRO, FLASH, LITE, FOUR_FIVE, FOUR, ENDPOINT_ID]) {
  Deno.test(`every size doubao lists for ${model} is one that Ark draws`, async () => {
    await using ark = fakeArk();
    const provider = providerAt(ark);
    const { listed, default: usual, range } = provider.capabilities(model).sizes;
    assert.equal(usual, "2048x2048");
    const drawn = Object.keys(listed).filter((size) =>
      model !== ENDPOINT_ID || area(size) >= 921_600
    );
    for (const size of drawn) await ask(provider, { model, size: size as `${number}x${number}` });
    const asked = ark.requests.map(({ json }) => (json as { size: string }).size);
    assert.deepEqual(asked, drawn);
    for (const size of drawn) {
      assert.ok(area(size) >= range!.minPixels! && area(size) <= range!.maxPixels!);
    }
  });
}

Deno.test("doubao offers the predecessor's sizes wherever the family draws them", () => {
  const small = ["768x1024", "1024x768", "576x1024", "1024x576", "768x768", "512x768", "512x512"];
  const large = ["2048x2048", "2560x1440", "1440x2560", "3024x1296", "1296x3024"];
  const listed = (model: string) => Object.keys(capabilities(model).sizes.listed);
  for (const model of [PRO, LITE, FOUR_FIVE, FOUR, ENDPOINT_ID]) {
    assert.deepEqual(large.filter((size) => !listed(model).includes(size)), []);
  }
  assert.deepEqual(small.filter((size) => !listed(ENDPOINT_ID).includes(size)), []);
  assert.deepEqual(small.filter((size) => listed(FOUR).includes(size)), []);
  assert.ok(listed(FOUR).includes("1024x1024"));
  assert.ok(!listed(FOUR_FIVE).includes("1024x1024"));
});

for (
  const [spellings, minPixels, maxPixels] of [
    [["doubao-seedream-5-0-pro-260628", "dola-seedream-5-0-pro-260628"], 921_600, 4_624_220],
    [["doubao-seedream-5-0-flash-260915", "seedream-5.0-flash"], 921_600, 4_624_220],
    [["doubao-seedream-5-0-260128", "doubao-seedream-5-0-lite-260128"], 3_686_400, 16_777_216],
    [["doubao-seedream-4.5", "seedream-4-5-251128"], 3_686_400, 16_777_216],
    [["doubao-seedream-4.0", "Seedream-4-0-20260415"], 921_600, 16_777_216],
    [["ep-20261101120000-abcde", "seedream-5-5", "somebody-elses-model"], 1, 16_777_216],
  ] as const
) {
  Deno.test(`doubao knows the family of ${spellings.join(" and ")}`, () => {
    for (const spelling of spellings) {
      const { range } = capabilities(spelling).sizes;
      assert.deepEqual([range?.minPixels, range?.maxPixels, range?.maxRatio], [
        minPixels,
        maxPixels,
        16,
      ]);
    }
  });
}

Deno.test("doubao lets the output format be chosen with the 5.0 family only", async () => {
  await using ark = fakeArk();
  const provider = providerAt(ark);
  for (const model of [PRO, FLASH, LITE]) {
    assert.deepEqual(provider.capabilities(model).options, {
      output_format: { values: ["png", "jpeg"] },
    });
  }
  for (const model of [FOUR_FIVE, FOUR, ENDPOINT_ID]) {
    assert.deepEqual(provider.capabilities(model).options, {});
  }
  const { images } = await ask(provider, { options: { output_format: "png" } });
  assert.equal(new TextDecoder("latin1").decode(images[0]?.bytes.subarray(1, 4)), "PNG");
});

Deno.test("doubao takes no seed, words for a negative prompt, and draws one picture a call", () => {
  const { seed, negativePrompt, maxCount, maxPromptLength } = capabilities(PRO);
  assert.deepEqual([seed, negativePrompt, maxCount, maxPromptLength], [
    undefined,
    "words",
    1,
    4000,
  ]);
});

Deno.test("doubao names the model behind an endpoint id", async () => {
  await using ark = fakeArk();
  const { model } = await ask(providerAt(ark, { DOUBAO_MODEL: ENDPOINT_ID }));
  assert.equal(model, FOUR);
});

for (const model of ["doubao-seedream-3-0-t2i-250415", "doubao-seedream-5-5-261101"]) {
  Deno.test(`doubao draws with the fallback when ${model} cannot be used, and says so`, async () => {
    await using ark = fakeArk();
    const result = await ask(providerAt(ark, { DOUBAO_MODEL: model }));
    assert.deepEqual(models(ark), [model, FOUR]);
    assert.equal(result.model, FOUR);
    assert.deepEqual(result.warnings, [
      `'${model}' (DOUBAO_MODEL) is retired, unknown or not opened for this key, so '${FOUR}' ` +
      "(DOUBAO_FALLBACK_MODEL) drew",
    ]);
  });
}

Deno.test("doubao draws with the fallback when the key's plan lacks the model", async () => {
  await using ark = fakeArk();
  ark.answerNext(told(404, "UnsupportedModel", "The model is not in your plan."));
  assert.equal((await ask(providerAt(ark))).model, FOUR);
});

Deno.test("doubao asks the fallback for the nearest size and format it has", async () => {
  await using ark = fakeArk();
  ark.misbehave("retired model", 1);
  const provider = providerAt(ark, { DOUBAO_FALLBACK_MODEL: FOUR_FIVE });
  const { warnings } = await ask(provider, {
    size: "1424x800",
    options: { output_format: "png" },
  });
  assert.deepEqual(ark.requests[1]?.json, {
    model: FOUR_FIVE,
    prompt: "a lighthouse",
    size: "2848x1600",
    response_format: "url",
    watermark: false,
  });
  assert.deepEqual(warnings.slice(1), [
    `'${FOUR_FIVE}' does not draw 1424x800; 2848x1600 was asked for`,
    `'${FOUR_FIVE}' does not let the output_format be chosen; 'png' was left out`,
  ]);
});

Deno.test("doubao never replaces a model that the request names", async () => {
  await using ark = fakeArk();
  const error = await failing(providerAt(ark), { model: "doubao-seedream-3-0-t2i-250415" });
  assert.equal(error.code, "model_unavailable");
  assert.match(error.message, /'doubao-seedream-3-0-t2i-250415'.*'model' argument/);
  assert.equal(ark.requests.length, 1);
});

for (const none of ["none", "None"]) {
  Deno.test(`doubao has no fallback when DOUBAO_FALLBACK_MODEL is '${none}'`, async () => {
    await using ark = fakeArk();
    ark.misbehave("retired model");
    const error = await failing(providerAt(ark, { DOUBAO_FALLBACK_MODEL: none }));
    assert.equal(error.code, "model_unavailable");
    assert.match(error.message, /Set DOUBAO_MODEL to a live model, such as '/);
    assert.equal(ark.requests.length, 1);
  });
}

Deno.test("doubao names both variables when neither model can be used", async () => {
  await using ark = fakeArk();
  ark.misbehave("retired model");
  const error = await failing(providerAt(ark));
  assert.equal(error.code, "model_unavailable");
  assert.match(error.message, /DOUBAO_MODEL.*DOUBAO_FALLBACK_MODEL.*Set DOUBAO_MODEL/);
  assert.ok(error.message.includes(`such as '${FLASH}', or open`), error.message);
  assert.deepEqual(models(ark), [PRO, FOUR]);
});

Deno.test("doubao gives the fallback's own error when that is another one", async () => {
  await using ark = fakeArk();
  ark.answerNext(told(404, "ModelNotOpen", "Not opened."));
  ark.answerNext(told(400, "InputTextSensitiveContentDetected", "Sensitive."));
  const error = await failing(providerAt(ark));
  assert.equal(error.code, "content_refused");
});

for (
  const { status, code, message = "The vendor's words.", param, gives, says } of [
    {
      status: 401,
      code: "AuthenticationError",
      gives: "authentication_failed",
      says: /does not accept the key in DOUBAO_API_KEY/,
    },
    {
      status: 403,
      code: "AccessDenied",
      gives: "authentication_failed",
      says: /DOUBAO_API_KEY.*right to the model/,
    },
    { status: 403, code: "AccountOverdueError", gives: "quota_exceeded", says: /Top it up/ },
    { status: 429, code: "QuotaExceeded", gives: "quota_exceeded", says: /no money or quota/ },
    {
      status: 400,
      code: "InputTextSensitiveContentDetected",
      gives: "content_refused",
      says: /moderation refused the prompt: "The vendor's words\."/,
    },
    {
      status: 400,
      code: "OutputImageSensitiveContentDetected",
      gives: "content_refused",
      says: /moderation refused the picture that was drawn/,
    },
    {
      status: 400,
      code: "InvalidParameter",
      param: "size",
      message: "image size must be at least 3686400 pixels",
      gives: "invalid_parameters",
      says: /does not accept the request.*"image size must be at least 3686400 pixels"/,
    },
    {
      status: 400,
      code: "InvalidParameter",
      param: "model",
      gives: "model_unavailable",
      says: /cannot draw with the model/,
    },
    {
      status: 500,
      code: "InternalServiceError",
      gives: "provider_error",
      says: /HTTP 500.*may have drawn and charged/,
    },
    { status: 418, code: "Unheard", gives: "provider_error", says: /HTTP 418.*vendor's words/ },
    {
      status: 200,
      code: "OutputImageSensitiveContentDetected",
      gives: "content_refused",
      says: /moderation refused the picture/,
    },
  ]
) {
  const asked = ["HTTP", status, code, param].filter(Boolean).join(" ");
  Deno.test(`doubao reads ${asked} as ${gives}`, async () => {
    await using ark = fakeArk();
    ark.answerNext(told(status, code, `${message} Request id: 02179abc`, param));
    const error = await failing(providerAt(ark, { DOUBAO_FALLBACK_MODEL: "none" }));
    assert.equal(error.code, gives);
    assert.match(error.message.replace(" Request id: 02179abc", ""), says);
    assert.equal(error.details.vendor_code, code);
    assert.equal(error.details.request_id, "02179abc");
    assert.equal(error.details.http_status, status);
    assert.equal(ark.requests.length, 1);
  });
}

Deno.test("doubao tells a refused prompt from a refused picture in the details", async () => {
  await using ark = fakeArk();
  ark.answerNext(told(400, "InputTextSensitiveContentDetected", "Sensitive."));
  ark.answerNext(told(400, "OutputImageSensitiveContentDetected", "Sensitive."));
  const provider = providerAt(ark);
  assert.equal((await failing(provider)).details.stage, "input");
  assert.equal((await failing(provider)).details.stage, "output");
});

Deno.test("doubao names the wait that a rate limit asks for", async () => {
  await using ark = fakeArk();
  ark.answerNext({
    ...told(429, "RateLimitExceeded.EndpointRPMExceeded", "Too many."),
    headers: { "retry-after": "90" },
  });
  const error = await failing(providerAt(ark));
  assert.equal(error.code, "rate_limited");
  assert.match(error.message, /Wait 90 seconds.*DOUBAO_CONCURRENCY/);
  assert.equal(error.details.retry_after_seconds, 90);
});

for (const [status, code] of [[429, "ServerOverloaded"], [503, "ServiceUnavailable"]] as const) {
  Deno.test(`doubao asks again after HTTP ${status} ${code}, which drew nothing`, async () => {
    await using ark = fakeArk();
    ark.answerNext(told(status, code, "Busy."));
    await ask(providerAt(ark));
    assert.equal(ark.requests.length, 2);
    assert.equal(ark.pictures.length, 1);
  });
}

Deno.test("doubao knows a busy gateway by its status alone", async () => {
  await using ark = fakeArk();
  ark.answerNext({ status: 503, body: "upstream connect error" });
  await ask(providerAt(ark));
  assert.equal(ark.requests.length, 2);
});

Deno.test("doubao returns the pictures that came and warns of the others", async () => {
  await using ark = fakeArk();
  const bytes = new Uint8Array([1, 2, 3]);
  const refused = { error: { code: "OutputImageSensitiveContentDetected", message: "…" } };
  ark.answerNext({ status: 200, body: { data: [refused, { b64_json: bytes.toBase64() }] } });
  const { images, warnings } = await ask(providerAt(ark));
  assert.deepEqual(images, [{ bytes }]);
  assert.deepEqual(warnings, [
    "Doubao left out one of the pictures: OutputImageSensitiveContentDetected",
  ]);
});

Deno.test("doubao gives the picture's own error when no picture came", async () => {
  await using ark = fakeArk();
  const refused = { error: { code: "OutputImageSensitiveContentDetected", message: "…" } };
  ark.answerNext({ status: 200, body: { data: [refused] } });
  assert.equal((await failing(providerAt(ark))).code, "content_refused");
});

Deno.test("doubao says that an answer holds no picture", async () => {
  await using ark = fakeArk();
  ark.answerNext({ status: 200, body: { model: PRO, created: 1, data: [] } });
  assert.equal((await failing(providerAt(ark))).code, "missing_content");
});

Deno.test("doubao names DOUBAO_ENDPOINT when something else answers there", async () => {
  await using ark = fakeArk();
  const provider = providerAt(ark);
  ark.answerNext({ status: 404, body: "no such page" });
  ark.answerNext({ status: 302, body: "", headers: { location: "https://example.com/login" } });
  ark.answerNext({ status: 200, body: { hello: "world", data: "none" } });
  for (let answer = 0; answer < 3; answer++) {
    const error = await failing(provider);
    assert.equal(error.code, "provider_error");
    assert.match(error.message, /DOUBAO_ENDPOINT/);
  }
});

for (const url of ["http://10.0.0.1/a.jpeg", "file:///etc/hostname", "https://localhost/a.jpeg"]) {
  Deno.test(`doubao does not fetch a picture from ${url}`, async () => {
    await using ark = fakeArk();
    ark.answerNext({ status: 200, body: { data: [{ url }] } });
    const error = await failing(providerAt(ark));
    assert.equal(error.code, "missing_content");
    assert.match(error.message, /not fetched/);
  });
}

function told(status: number, code: string, message: string, param = "") {
  return { status, body: { error: { code, message, param, type: "" } } };
}

function open(environment: Readonly<Record<string, string>>) {
  const problems: Problem[] = [];
  const env = new Map(
    Object.entries(environment).map(([name, value]) => [name, { value, source: "a test" }]),
  );
  const opened = doubao.open(env, { fetch, now: Date.now }, problems);
  assert.deepEqual(problems, []);
  return opened;
}

function providerAt(ark: FakeArk, environment: Readonly<Record<string, string>> = {}) {
  const opened = open({ ...ark.environment, ...environment });
  assert.ok(opened.on);
  return opened.provider;
}

function capabilities(model: string) {
  const opened = open({ DOUBAO_API_KEY: "key" });
  assert.ok(opened.on);
  return opened.provider.capabilities(model);
}

function ask(
  provider: ImageProvider,
  request: Partial<ImageRequest> = {},
  context: Partial<Parameters<ImageProvider["generate"]>[1]> = {},
) {
  return provider.generate(
    {
      operation: "generate",
      prompt: "a lighthouse",
      inputs: [],
      count: 1,
      options: {},
      ...request,
    },
    { signal: new AbortController().signal, onProgress() {}, onAccepted() {}, ...context },
  );
}

async function failing(provider: ImageProvider, request: Partial<ImageRequest> = {}) {
  const error = await ask(provider, request).then(() => undefined, (thrown: unknown) => thrown);
  assert.ok(error instanceof ImageError, `expected an ImageError, got ${error}`);
  assert.doesNotMatch(error.message, /\.$/);
  return error;
}

function fieldsAsked(ark: FakeArk, name: "prompt" | "model"): unknown[] {
  return ark.requests.map(({ json }) => (json as Record<string, unknown>)[name]);
}

function prompts(ark: FakeArk): unknown[] {
  return fieldsAsked(ark, "prompt");
}

function models(ark: FakeArk): unknown[] {
  return fieldsAsked(ark, "model");
}

function area(size: string): number {
  const [width = 0, height = 0] = size.split("x").map(Number);
  return width * height;
}
