import assert from "node:assert/strict";
import type { Problem } from "../../src/config/variables.ts";
import { type ErrorCode, ImageError } from "../../src/errors.ts";
import type {
  CallContext,
  ImageProvider,
  ImageRequest,
  InputImage,
  InputRole,
} from "../../src/providers/provider.ts";
import { qwen } from "../../src/providers/qwen/provider.ts";
import { adapt } from "../../src/requests/adapt.ts";
import { parseRequest } from "../../src/requests/parse.ts";
import { MODELS } from "../fakes/dashscope_models.ts";
import { type FakeDashScope, startDashScope } from "../fakes/dashscope.ts";
import { drawPng } from "../fakes/pictures.ts";
import { shortPauses, until } from "../support/wait.ts";

const DEFAULT = "qwen-image-3.0";
const WAN = "wan2.7-image";

Deno.test("qwen asks for exactly what Model Studio documents, without a watermark", async () => {
  await using fake = startDashScope();
  const result = await ask(providerAt(fake), { prompt: "a lighthouse", negativePrompt: "people" });

  const [request] = fake.requests;
  assert.equal(fake.requests.length, 1);
  assert.equal(request?.path, "/api/v1/services/aigc/multimodal-generation/generation");
  assert.equal(request?.headers.authorization, `Bearer ${fake.environment.DASHSCOPE_API_KEY}`);
  assert.equal(request?.headers["x-dashscope-async"], undefined);
  assert.deepEqual(request?.json, {
    model: DEFAULT,
    input: { messages: [{ role: "user", content: [{ text: "a lighthouse" }] }] },
    parameters: { n: 1, watermark: false, prompt_extend: true, negative_prompt: "people" },
  });
  assert.deepEqual(result.images.map(({ bytes }) => bytes), fake.pictures);
  assert.deepEqual(result.warnings, []);
  assert.equal(result.model, DEFAULT);
  assert.deepEqual(result.usage, { image_count: 1, width: 64, height: 64 });
});

Deno.test("qwen gives Wan a task, asks about it, and always says how many pictures", async () => {
  await using fake = startDashScope();
  fake.holdInQueue();
  const messages = new Set<string>();
  const tickets: string[] = [];
  const asking = ask(providerAt(fake), { model: WAN, prompt: "a cat", size: "1024x1024" }, {
    onProgress: ({ message }) => {
      messages.add(message);
      if (/queue/.test(message)) fake.hold();
      if (/drawing/.test(message) && tickets.length > 0) fake.finish();
    },
    onAccepted: (ticket) => tickets.push(ticket),
  });
  const { images, model } = await asking;

  const [submitted, ...questions] = fake.requests;
  assert.equal(submitted?.path, "/api/v1/services/aigc/image-generation/generation");
  assert.equal(submitted?.headers["x-dashscope-async"], "enable");
  assert.deepEqual(submitted?.json, {
    model: WAN,
    input: { messages: [{ role: "user", content: [{ text: "a cat" }] }] },
    parameters: { n: 1, watermark: false, size: "1024*1024" },
  });
  assert.ok(questions.every(({ method, path }) => method === "GET" && /\/tasks\//.test(path)));
  assert.equal(tickets.length, 1);
  assert.deepEqual([...messages], [
    `Model Studio is drawing with ${WAN}`,
    "Model Studio has the task in its queue",
    "Model Studio has drawn, downloading",
  ]);
  assert.equal(model, WAN);
  assert.deepEqual(images.map(({ bytes }) => bytes), fake.pictures);
});

for (const [model, rules] of Object.entries(MODELS)) {
  Deno.test(`${model} draws and edits as its table says, in every size that it lists`, async () => {
    await using fake = startDashScope();
    const provider = providerAt(fake);
    const { sizes, maxCount, inputs } = provider.capabilities(model);
    assert.equal(maxCount, rules.most);
    assert.equal(inputs?.maxImages ?? 0, rules.images[1]);
    const roles = inputs?.roles ?? [];
    const images = Array.from(
      { length: rules.images[0] },
      (_, index) => picture(roles[index % roles.length]!),
    );
    const operation = images.length > 0 ? "edit" : "generate";
    const request = { operation, model, inputs: images, negativePrompt: "text", seed: 7 } as const;
    for (const size of Object.keys(sizes.listed)) {
      await ask(provider, { ...request, size: size as "auto" });
      const { parameters } = fake.requests.findLast(({ method }) => method === "POST")?.json as {
        parameters: { size?: string; seed: number };
      };
      assert.equal(parameters.size, size === "auto" ? undefined : size.replace("x", "*"));
      assert.equal(parameters.seed, 7);
    }
    const many = await ask(provider, { ...request, count: maxCount });
    assert.equal(many.images.length, maxCount);
    assert.deepEqual(many.warnings, []);
  });
}

Deno.test("qwen shrinks a 4K size where a picture comes in, and says so", async () => {
  await using fake = startDashScope();
  const request = { operation: "edit", model: "wan2.7-image-pro", size: "5120x2880" } as const;
  const { warnings } = await ask(providerAt(fake), { ...request, inputs: [picture("base")] });
  assert.match(warnings[0]!, /up to 2K, so 2730x1536 was asked for/);
  const plain = await ask(providerAt(fake), { ...request, operation: "generate" });
  assert.deepEqual(plain.warnings, []);
});

Deno.test("qwen finds a legal size for every shape that people ask for", async () => {
  await using fake = startDashScope();
  const provider = providerAt(fake);
  for (const model of [DEFAULT, WAN, "wan2.6-t2i", "wan2.2-t2i-flash", "qwen-image-edit-max"]) {
    for (const aspect_ratio of ["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9"]) {
      const parsed = parseRequest({ prompt: "a cat", model, aspect_ratio }, "generate");
      const { departures } = adapt(parsed, provider);
      assert.deepEqual(departures, [], `${model} ${aspect_ratio}`);
    }
  }
});

Deno.test("qwen sends pictures in order and says in words what each is for", async () => {
  await using fake = startDashScope();
  const inputs = [picture("base"), picture("reference"), picture("style")];
  const request = { operation: "edit", inputs, style: "watercolor" } as const;
  await ask(providerAt(fake), { ...request, prompt: "a red sky" });
  await ask(providerAt(fake), { ...request, prompt: "红色的天空" });
  const [english, chinese] = fake.edits;
  assert.deepEqual(english?.images, inputs.map(({ bytes }) => bytes));
  assert.match(
    english!.prompt,
    /^Image 1 is the one to change, image 2 is an example .*, of image 3 take the style only\.\na red sky\nStyle: /,
  );
  assert.match(chinese!.prompt, /^图1是要修改的图，图2是内容参考，图3只参考其风格。\n红色的天空\n/);
});

Deno.test("qwen paints through a mask with the model that takes one", async () => {
  await using fake = startDashScope();
  const provider = providerAt(fake);
  const model = "wanx2.1-imageedit";
  assert.equal(provider.capabilities(model).mask, "white");
  assert.equal(provider.capabilities().mask, undefined);
  const base = picture("base");
  const mask = picture("base", "the mask");
  const request = { operation: "edit", model, inputs: [base], strength: 0.3 } as const;
  const masked = await ask(provider, { ...request, mask });
  assert.match(masked.warnings[0]!, /no strength beside a mask/);
  await ask(provider, request);
  assert.deepEqual(fake.edits[0]?.mask, mask.bytes);
  assert.equal(fake.edits[1]?.mask, undefined);
  const [first, second] = fake.requests.filter(({ method }) => method === "POST")
    .map(({ json }) => json as { input: { function: string }; parameters: object });
  assert.equal(first?.input.function, "description_edit_with_mask");
  assert.equal(second?.input.function, "description_edit");
  assert.deepEqual(second?.parameters, { n: 1, watermark: false, strength: 0.3 });
});

Deno.test("qwen says that a model only changes pictures before it asks the vendor", async () => {
  await using fake = startDashScope();
  const error = await failing(providerAt(fake), { model: "qwen-image-edit-max" });
  assert.equal(error.code, "invalid_parameters");
  assert.match(error.message, /only changes pictures: pass one/);
  assert.equal(fake.requests.length, 0);
});

Deno.test("qwen rewrites prompts and marks pictures as its variables say", async () => {
  await using fake = startDashScope();
  const provider = providerAt(fake, { QWEN_PROMPT_EXTEND: "false", QWEN_WATERMARK: "true" });
  await ask(provider);
  const { parameters } = fake.requests[0]?.json as { parameters: object };
  assert.deepEqual(parameters, { n: 1, watermark: true, prompt_extend: false });
});

Deno.test("qwen keeps the prompt that was really drawn, where the vendor tells it", async () => {
  await using fake = startDashScope();
  const { images } = await ask(providerAt(fake), { model: "wan2.2-t2i-flash", prompt: "a cat" });
  assert.equal(images[0]?.revisedPrompt, "a cat, in fine detail");
});

Deno.test("qwen says what the model will not read of a long prompt", async () => {
  await using fake = startDashScope();
  const { warnings } = await ask(providerAt(fake), {
    model: "qwen-image-plus",
    prompt: "a".repeat(790),
    style: "watercolor",
    negativePrompt: "b".repeat(501),
  });
  assert.match(warnings[0]!, /reads 800 characters of a prompt, .* has 8\d\d/);
  assert.match(warnings[1]!, /reads 500 characters of a negative_prompt, and this one has 501/);
});

for (const suffix of ["", "/", "/api/v1", "/api/v1/"]) {
  Deno.test(`qwen finds Model Studio when DASHSCOPE_ENDPOINT ends in '${suffix}'`, async () => {
    await using fake = startDashScope();
    await ask(providerAt(fake, { DASHSCOPE_ENDPOINT: fake.url + suffix }));
    assert.equal(fake.pictures.length, 1);
  });
}

Deno.test("qwen calls the host of its region, unless another address is given", () => {
  const endpointOf = (changes: Record<string, string>) => {
    const opened = open({ DASHSCOPE_API_KEY: "key", ...changes });
    assert.ok(opened.on);
    return opened.provider.endpoint;
  };
  assert.equal(endpointOf({}), "https://dashscope.aliyuncs.com");
  assert.equal(
    endpointOf({ DASHSCOPE_REGION: "international" }),
    "https://dashscope-intl.aliyuncs.com",
  );
  assert.equal(endpointOf({ DASHSCOPE_REGION: "us" }), "https://dashscope-us.aliyuncs.com");
  assert.equal(
    endpointOf({
      DASHSCOPE_REGION: "us",
      DASHSCOPE_ENDPOINT: "https://ws-1.us-east-1.maas.aliyuncs.com/api/v1",
    }),
    "https://ws-1.us-east-1.maas.aliyuncs.com",
  );
});

Deno.test("qwen tells who has a key of another region where to change it", async () => {
  await using fake = startDashScope();
  const error = await failing(providerAt(fake, { DASHSCOPE_API_KEY: "sk-of-elsewhere" }));
  assert.equal(error.code, "authentication_failed");
  assert.match(error.message, /DASHSCOPE_API_KEY at http.*DASHSCOPE_REGION.*DASHSCOPE_ENDPOINT/);
});

Deno.test("qwen is off without a key, and warns of models and keys that cannot draw", () => {
  assert.deepEqual(open({}), { on: false, missing: ["DASHSCOPE_API_KEY"] });
  const fine = open({ DASHSCOPE_API_KEY: "sk-1" });
  assert.ok(fine.on);
  assert.deepEqual(fine.warnings, []);
  const odd = open({ DASHSCOPE_API_KEY: "sk-sp-1", QWEN_MODEL: "qwen-image-edit-max" });
  assert.ok(odd.on);
  assert.match(odd.warnings[0]!, /QWEN_MODEL is 'qwen-image-edit-max', which only changes/);
  assert.match(odd.warnings[1]!, /sk-sp-/);
});

Deno.test("qwen cancels a task that waits, and says when it is too late", async () => {
  await using fake = startDashScope();
  fake.holdInQueue();
  const provider = providerAt(fake);
  const { ticket, stop, asking } = await accepted(provider);
  await provider.cancel!(ticket, new AbortController().signal);
  assert.deepEqual(fake.cancelled, [JSON.parse(ticket).task]);
  const error = await asking;
  assert.ok(error instanceof ImageError);
  assert.equal(error.code, "generation_failed");
  assert.match(error.message, /cancelled at Model Studio/);
  stop.abort();

  fake.hold();
  const late = await accepted(provider);
  await assert.rejects(
    provider.cancel!(late.ticket, new AbortController().signal),
    /UnsupportedOperation .*PENDING/,
  );
  late.stop.abort(new ImageError("cancelled", "Stopped"));
  await late.asking;
});

Deno.test("qwen looks for no task of one region in another", async () => {
  await using fake = startDashScope();
  await using other = startDashScope();
  fake.hold();
  const { ticket, stop, asking } = await accepted(providerAt(fake));
  stop.abort(new ImageError("interrupted", "The process ended"));
  await asking;
  const resumed = providerAt(other).resume!(ticket, context());
  const error = await resumed.catch((thrown: unknown) => thrown);
  assert.ok(error instanceof ImageError);
  assert.equal(error.code, "job_not_found");
  assert.match(error.message, /DASHSCOPE_ENDPOINT or DASHSCOPE_REGION now says .*set it back/);
  assert.equal(other.requests.length, 0);
});

Deno.test("qwen hands over the pictures of a task that could not draw them all", async () => {
  await using fake = startDashScope();
  const model = "wan2.2-t2i-flash";
  await ask(providerAt(fake), { model });
  const [first] = fake.downloads;
  fake.endNextTask({
    task_status: "SUCCEEDED",
    results: [
      { url: fake.url + first!.path },
      { code: "DataInspectionFailed", message: "Output data may contain …" },
    ],
  });
  const { images, warnings } = await ask(providerAt(fake), { model, count: 2 });
  assert.deepEqual(images.map(({ bytes }) => bytes), [fake.pictures[0]]);
  assert.deepEqual(warnings, [
    'Model Studio left out one of the pictures: "DataInspectionFailed"',
  ]);
});

/** How an accepted task may end without a picture. */
const ENDS: readonly (readonly [string, Record<string, unknown>, ErrorCode, RegExp])[] = [
  [
    "a refusal of what was drawn",
    { task_status: "FAILED", code: "DataInspectionFailed", message: "Output data may contain" },
    "content_refused",
    /refused the picture that was drawn/,
  ],
  [
    "a rate limit within, which never becomes a picture",
    { task_status: "FAILED", code: "Throttling", message: "Too fast" },
    "generation_failed",
    /accepted the task and could not draw it .*Throttling "Too fast"/,
  ],
  [
    "a fault inside",
    { task_status: "FAILED", code: "InternalError.Algo", message: "oops" },
    "generation_failed",
    /Ask for the picture again/,
  ],
  [
    "only refused pictures",
    { task_status: "SUCCEEDED", results: [{ code: "DataInspectionFailed", message: "no" }] },
    "content_refused",
    /moderation/,
  ],
  [
    "words instead of a picture",
    { task_status: "SUCCEEDED", choices: [{ message: { content: [{ text: "Which cat?" }] } }] },
    "missing_content",
    /without a picture: "Which cat\?"/,
  ],
];
for (const [what, output, code, message] of ENDS) {
  Deno.test(`qwen tells of a task that ended with ${what}, and asks for it no more`, async () => {
    await using fake = startDashScope();
    fake.endNextTask(output);
    const error = await failing(providerAt(fake), { model: WAN });
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.equal(fake.requests.length, 2);
  });
}

const ERRORS: readonly (readonly [string, number, unknown, ErrorCode, RegExp])[] = [
  [
    "an error with HTTP 200",
    200,
    { code: "DataInspectionFailed", message: "Input data may contain", request_id: "r-1" },
    "content_refused",
    /refused the prompt or a picture/,
  ],
  [
    "an error within the output",
    200,
    { output: { code: "IPInfringementSuspect", message: "Input data is suspected" } },
    "content_refused",
    /IPInfringementSuspect/,
  ],
  [
    "a free quota that is used up",
    403,
    { code: "AllocationQuota.FreeTierOnly", message: "The free tier has been exhausted." },
    "quota_exceeded",
    /beyond its free quota/,
  ],
  [
    "a model that its words say is none",
    400,
    { code: "InvalidParameter", message: "Model not exist." },
    "model_unavailable",
    /QWEN_MODEL/,
  ],
  [
    "a model that the key may not use",
    403,
    { code: "Model.AccessDenied", message: "Model access denied." },
    "model_unavailable",
    /not offered to this key/,
  ],
  [
    "an argument it rejects",
    400,
    { code: "InvalidParameter", message: "size must be in [512*512, 2048*2048]" },
    "invalid_parameters",
    /'qwen-image-3\.0' does not accept .*"size must be/,
  ],
  [
    "a picture it cannot read",
    400,
    { code: "InvalidParameter.DataInspection", message: "Unable to download the media" },
    "invalid_parameters",
    /PNG or JPEG/,
  ],
  ["a lost path", 405, "<html>", "provider_error", /DASHSCOPE_ENDPOINT/],
  ["an answer without a picture", 200, { output: { choices: [] } }, "missing_content", /again/],
  ["an answer of something else", 200, { hello: "world" }, "provider_error", /DASHSCOPE_ENDPOINT/],
];
for (const [what, status, body, code, message] of ERRORS) {
  Deno.test(`qwen knows ${what}`, async () => {
    await using fake = startDashScope();
    fake.answerNext(status, body);
    const error = await failing(providerAt(fake));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.equal(fake.requests.length, 1);
  });
}

Deno.test("qwen asks again when Model Studio was overloaded, which drew nothing", async () => {
  await using fake = startDashScope();
  using _ = shortPauses();
  fake.answerNext(503, { code: "ModelUnavailable", message: "Try again later." });
  await ask(providerAt(fake));
  assert.equal(fake.requests.length, 2);
  assert.equal(fake.pictures.length, 1);
});

Deno.test("qwen fetches with TLS what the vendor's store names without", async () => {
  await using fake = startDashScope();
  const bytes = drawPng(8, 8, "of the store");
  const asked: string[] = [];
  const store = (input: RequestInfo | URL, init?: RequestInit) => {
    const address = String(input);
    if (!address.includes("aliyuncs.com")) return fetch(input, init);
    asked.push(address);
    return Promise.resolve(new Response(bytes));
  };
  const image = "http://dashscope-result-sh.oss-cn-shanghai.aliyuncs.com/1.png?Expires=1";
  fake.answerNext(200, { output: { choices: [{ message: { content: [{ image }] } }] } });
  const opened = open(fake.environment, store as typeof fetch);
  assert.ok(opened.on);
  const { images } = await ask(opened.provider);
  assert.deepEqual(images[0]?.bytes, bytes);
  assert.deepEqual(asked, [image.replace("http:", "https:")]);
});

/** A call that the vendor has accepted and does not finish yet. */
async function accepted(provider: ImageProvider) {
  const stop = new AbortController();
  let ticket: string | undefined;
  const asking = ask(provider, { model: WAN }, {
    signal: stop.signal,
    onAccepted: (given) => void (ticket = given),
  }).catch((thrown: unknown) => thrown);
  return { ticket: await until("it is accepted", () => ticket), stop, asking };
}

function picture(role: InputRole, note: string = role): InputImage {
  const bytes = drawPng(640, 512, note);
  const info = { mediaType: "image/png", width: 640, height: 512, sizeBytes: bytes.length };
  return { hash: note, role, bytes, ...info };
}

function context(changes: Partial<CallContext> = {}): CallContext {
  return { signal: new AbortController().signal, onProgress() {}, onAccepted() {}, ...changes };
}

function ask(
  provider: ImageProvider,
  request: Partial<ImageRequest> = {},
  changes: Partial<CallContext> = {},
) {
  const plain = {
    operation: "generate",
    prompt: "a cat",
    inputs: [],
    count: 1,
    options: {},
  } as const;
  return provider.generate({ ...plain, ...request }, context(changes));
}

async function failing(provider: ImageProvider, request?: Partial<ImageRequest>) {
  const outcome = await ask(provider, request).catch((thrown: unknown) => thrown);
  assert.ok(outcome instanceof ImageError, Deno.inspect(outcome));
  return outcome;
}

function providerAt({ environment }: FakeDashScope, changes: Record<string, string> = {}) {
  const opened = open({ ...environment, ...changes });
  assert.ok(opened.on);
  return opened.provider;
}

function open(environment: Readonly<Record<string, string>>, fetching = fetch) {
  const problems: Problem[] = [];
  const entries = Object.entries(environment).map(([name, value]) =>
    [name, { value, source: "a test" }] as const
  );
  const opened = qwen.open(new Map(entries), { fetch: fetching, now: Date.now }, problems);
  assert.deepEqual(problems, []);
  return opened;
}
