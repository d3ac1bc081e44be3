/**
 * A small Volcengine Ark: one path, bearer keys, a model table, and a 400 for
 * every field or size its documentation does not know. Pictures come from a
 * second port, which wants to see no key.
 */

import { drawJpeg, drawPng } from "./pictures.ts";
import { type FakeVendor, type Fault, seen, type SeenRequest } from "./fake_vendor.ts";

export interface FakeArk extends FakeVendor {
  /** A key for `/api/plan/v3` only, as subscriptions have. */
  readonly planKey: string;
  /** The next call meets exactly this answer. */
  answerNext(answer: ArkAnswer): void;
}

export interface ArkAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export function fakeArk(): FakeArk {
  const requests: SeenRequest[] = [];
  const downloads: SeenRequest[] = [];
  const pictures: Uint8Array<ArrayBuffer>[] = [];
  const scripted: ArkAnswer[] = [];
  const faults = { api: new Faults(), download: new Faults() };
  const closing = new AbortController();
  const keys = { "/api/v3": `ark-${crypto.randomUUID()}`, "/api/plan/v3": crypto.randomUUID() };

  async function download(request: Request): Promise<Response> {
    downloads.push(await seen(request));
    if (request.headers.has("authorization")) {
      return Response.json({ error: "Only one auth mechanism allowed" }, { status: 400 });
    }
    const picture = pictures[Number(new URL(request.url).pathname.match(/(\d+)\.\w+$/)?.[1])];
    if (picture === undefined) return new Response("NoSuchKey", { status: 404 });
    return faults.download.next() ? cutShort(picture) : new Response(picture);
  }

  const api = serve(async (request) => {
    if (request.url.includes("/seedream/")) return await download(request);
    const asked = await seen(request);
    requests.push(asked);
    const fault = faults.api.next();
    if (fault === "hangs") return await hang(request.signal, closing.signal);
    if (fault !== undefined) return faultAnswer(fault, asked);
    const next = scripted.shift();
    if (next) return Response.json(next.body, next);
    try {
      return Response.json(draw(asked));
    } catch (refusal) {
      if (refusal instanceof Refusal) return refusal.answer();
      throw refusal;
    }
  });

  function draw(asked: SeenRequest) {
    const prefix = Object.entries(keys).find(([path]) =>
      asked.path === `${path}/images/generations`
    );
    if (prefix === undefined || asked.method !== "POST") throw new Refusal(404, "NotFound", "");
    if (asked.headers.authorization !== `Bearer ${prefix[1]}`) throw WRONG_KEY;
    const body = checkedBody(asked);
    const { id, family } = modelOf(body.model);
    checkFields(body, family);
    const { width, height } = checkedSize(body.size, family);
    const isPng = body.output_format === "png";
    const note = `${pictures.length} ${crypto.randomUUID()}`;
    const picture = isPng ? drawPng(width, height, note) : drawJpeg(width, height, note);
    const name = `${pictures.push(picture) - 1}.${isPng ? "png" : "jpeg"}`;
    const tokens = Math.round(width * height / 256);
    return {
      model: id,
      created: 1_795_000_000,
      data: [{
        ...(body.response_format === "b64_json"
          ? { b64_json: picture.toBase64() }
          : { url: `${api.url}/seedream/${name}?X-Tos-Signature=0123456789abcdef` }),
        size: `${width}x${height}`,
      }],
      usage: { generated_images: 1, output_tokens: tokens, total_tokens: tokens },
    };
  }

  return {
    url: api.url,
    environment: { DOUBAO_API_KEY: keys["/api/v3"], DOUBAO_ENDPOINT: api.url },
    planKey: keys["/api/plan/v3"],
    secrets: [keys["/api/v3"], keys["/api/plan/v3"]],
    requests,
    downloads,
    pictures,
    misbehave: (fault, times = Infinity) =>
      (fault === "cut download" ? faults.download : faults.api).set(fault, times),
    answerNext: (answer) => void scripted.push(answer),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await api.close();
    },
  };
}

class Faults {
  #fault: Fault | undefined;
  #times = 0;

  set(fault: Fault, times: number): void {
    this.#fault = fault;
    this.#times = times;
  }

  next(): Fault | undefined {
    return this.#times-- > 0 ? this.#fault : undefined;
  }
}

/** An error in Ark's envelope. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    override readonly message: string,
    readonly param = "",
  ) {
    super(message);
  }

  answer(): Response {
    const requestId = "021795000000000000000000000000000000000000000000000000";
    const message = `${this.message} Request id: ${requestId}`;
    const error = { code: this.code, message, param: this.param, type: TYPES[this.status] ?? "" };
    return Response.json({ error }, { status: this.status });
  }
}

function serve(handler: (request: Request) => Promise<Response>) {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handler);
  return { url: `http://127.0.0.1:${server.addr.port}`, close: () => server.shutdown() };
}

function hang(...signals: readonly AbortSignal[]): Promise<Response> {
  return new Promise((resolve) => {
    const giveUp = () => resolve(new Response(null, { status: 500 }));
    for (const signal of signals) signal.addEventListener("abort", giveUp, { once: true });
  });
}

/** Half of the bytes, then the end of the connection. */
function cutShort(bytes: Uint8Array<ArrayBuffer>): Response {
  const half = new Blob([bytes.subarray(0, bytes.length / 2)]).stream();
  return new Response(half, { headers: { "content-length": String(bytes.length) } });
}

function faultAnswer(fault: Fault, asked: SeenRequest): Response {
  switch (fault) {
    case "nonsense JSON":
      return new Response(`{"data":[{"url":"https://`, { headers: JSON_HEADERS });
    case "dead socket":
      return cutShort(new Uint8Array(2));
    case "server error":
      // A careless gateway that shows what it was sent, the key included.
      return new Refusal(
        500,
        "InternalServiceError",
        `The service failed at ${JSON.stringify(asked.headers)}`,
      ).answer();
    default:
      return (FAULTS[fault] ?? WRONG_KEY).answer();
  }
}

type Body = Readonly<Record<string, unknown>>;

function checkedBody({ headers, json }: SeenRequest): Body {
  if (!headers["content-type"]?.startsWith("application/json")) {
    throw new Refusal(400, "InvalidParameter", "The content type must be application/json.");
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new Refusal(400, "InvalidParameter", "The body is not a JSON object.");
  }
  return { ...json };
}

function modelOf(model: unknown): { id: string; family: Family } {
  if (typeof model !== "string" || model === "") throw missing("model");
  const found = MODELS[model];
  if (found === "not opened") {
    throw new Refusal(
      404,
      "ModelNotOpen",
      `Your account 2100000000 has not activated the model ${model}.`,
    );
  }
  if (found === undefined) {
    throw new Refusal(
      404,
      "InvalidEndpointOrModel.NotFound",
      `The model or endpoint ${model} does not exist or you do not have access to it.`,
    );
  }
  return { id: found.id ?? model, family: FAMILIES[found.family] };
}

function checkFields(body: Body, family: Family): void {
  const unknown = Object.keys(body).find((name) =>
    !COMMON_FIELDS.includes(name) && !family.fields.includes(name)
  );
  if (unknown !== undefined) throw invalid(unknown, "it is not supported by this model");
  if (typeof body.prompt !== "string" || body.prompt.trim() === "") throw missing("prompt");
  if (body.prompt.length > family.maxPrompt) throw invalid("prompt", "it is too long");
  // Ark itself takes an absent watermark for true; here nobody may forget it.
  if (typeof body.watermark !== "boolean") throw missing("watermark");
  oneOfField(body, "response_format", ["url", "b64_json"]);
  oneOfField(body, "output_format", ["png", "jpeg"]);
  oneOfField(body, "sequential_image_generation", ["auto", "disabled"]);
}

function oneOfField(body: Body, name: string, legal: readonly unknown[]): void {
  if (body[name] !== undefined && !legal.includes(body[name])) {
    throw invalid(name, `it must be one of ${legal.join(", ")}`);
  }
}

function checkedSize(size: unknown, family: Family): { width: number; height: number } {
  const text = size ?? "2048x2048";
  if (typeof text !== "string") throw invalid("size", "it must be a string");
  const side = family.tiers[text];
  if (side !== undefined) return { width: side, height: side };
  const [, width, height] = text.match(/^(\d+)x(\d+)$/)?.map(Number) ?? [];
  if (!width || !height) throw invalid("size", "it is neither a tier nor WxH");
  const pixels = width * height;
  if (pixels < family.minPixels) {
    throw invalid("size", `image size must be at least ${family.minPixels} pixels`);
  }
  if (pixels > family.maxPixels) {
    throw invalid("size", `image size must be at most ${family.maxPixels} pixels`);
  }
  if (Math.max(width / height, height / width) > 16) throw invalid("size", "the ratio is over 16");
  return { width, height };
}

function missing(name: string): Refusal {
  return new Refusal(400, "MissingParameter", `The parameter \`${name}\` is missing.`, name);
}

function invalid(name: string, why: string): Refusal {
  return new Refusal(
    400,
    "InvalidParameter",
    `The parameter \`${name}\` specified in the request is not valid: ${why}.`,
    name,
  );
}

interface Family {
  readonly fields: readonly string[];
  readonly minPixels: number;
  readonly maxPixels: number;
  /** A tier's name → the side of the square drawn for it here. */
  readonly tiers: Readonly<Record<string, number>>;
  readonly maxPrompt: number;
}

const JSON_HEADERS = { "content-type": "application/json" };

const TYPES: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  429: "TooManyRequests",
  500: "InternalServerError",
};

const WRONG_KEY = new Refusal(
  401,
  "AuthenticationError",
  "The API key or AK/SK in the request is missing or invalid.",
);

const FAULTS: Partial<Record<Fault, Refusal>> = {
  "wrong key": WRONG_KEY,
  "refused by moderation": new Refusal(
    400,
    "InputTextSensitiveContentDetected",
    "The request failed because the input text may contain sensitive information.",
  ),
  "no quota": new Refusal(
    403,
    "AccountOverdueError",
    "The request failed because your account has an overdue balance.",
  ),
  "rate limited": new Refusal(
    429,
    "RateLimitExceeded.EndpointRPMExceeded",
    "The requests per minute (RPM) limit of the endpoint is exceeded.",
  ),
  "retired model": new Refusal(
    404,
    "InvalidEndpointOrModel.NotFound",
    "The model or endpoint does not exist or you do not have access to it.",
  ),
};

const COMMON_FIELDS = [
  "model",
  "prompt",
  "image",
  "size",
  "watermark",
  "response_format",
  "optimize_prompt_options",
];
const GROUP_FIELDS = [
  "sequential_image_generation",
  "sequential_image_generation_options",
  "stream",
];

const FAMILIES = {
  pro: {
    fields: ["output_format", "layer_decomposition", "background"],
    minPixels: 921_600,
    maxPixels: 4_624_220,
    tiers: { "1K": 1024, "1.5K": 1536, "2K": 2048 },
    maxPrompt: 4000,
  },
  flash: {
    fields: ["output_format", "layer_decomposition", "background"],
    minPixels: 921_600,
    maxPixels: 4_624_220,
    tiers: { "1K": 1024, "1.5K": 1536, "2K": 2048 },
    maxPrompt: Infinity,
  },
  lite: {
    fields: ["output_format", "tools", ...GROUP_FIELDS],
    minPixels: 3_686_400,
    maxPixels: 16_777_216,
    tiers: { "2K": 2048, "3K": 3072, "4K": 4096 },
    maxPrompt: Infinity,
  },
  "4.5": {
    fields: GROUP_FIELDS,
    minPixels: 3_686_400,
    maxPixels: 16_777_216,
    tiers: { "2K": 2048, "4K": 4096 },
    maxPrompt: Infinity,
  },
  "4.0": {
    fields: GROUP_FIELDS,
    minPixels: 921_600,
    maxPixels: 16_777_216,
    tiers: { "1K": 1024, "2K": 2048, "4K": 4096 },
    maxPrompt: Infinity,
  },
} satisfies Record<string, Family>;

type Model = { readonly family: keyof typeof FAMILIES; readonly id?: string } | "not opened";

/** What is not here is retired or never was. */
const MODELS: Readonly<Record<string, Model>> = {
  "doubao-seedream-5-0-pro-260628": { family: "pro" },
  "dola-seedream-5-0-pro-260628": { family: "pro" },
  "doubao-seedream-5-0-flash-260915": { family: "flash" },
  "doubao-seedream-5-0-260128": { family: "lite" },
  "doubao-seedream-5-0-lite-260128": { family: "lite", id: "doubao-seedream-5-0-260128" },
  "doubao-seedream-4-5-251128": { family: "4.5" },
  "doubao-seedream-4-0-20260415": { family: "4.0" },
  "seedream-4-0-20260415": { family: "4.0" },
  "doubao-seedream-5-5-261101": "not opened",
  "ep-20261101120000-abcde": { family: "4.0", id: "doubao-seedream-4-0-20260415" },
};
