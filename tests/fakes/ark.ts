/**
 * A small Volcengine Ark: one path, bearer keys, a model table, and a 400 for
 * every field or size its documentation does not know. Pictures come from a
 * second port, which wants to see no key.
 */

import { inputsOf } from "./ark_inputs.ts";
import { COMMON_FIELDS, FAMILIES, type Family, MODELS } from "./ark_models.ts";
import type { EditingVendor, SeenEdit } from "./editing_vendor.ts";
import { type Fault, seen, type SeenRequest } from "./fake_vendor.ts";
import { cutShort, FaultPlan, hang, startGallery, startServer } from "./vendor_parts.ts";

export interface FakeArk extends EditingVendor {
  /** A key for `/api/plan/v3` only, as subscriptions have. */
  readonly planKey: string;
  /** The next call meets exactly this answer. */
  answerNext(answer: ArkAnswer): void;
  expire(): void;
  /** The picture of this number, counted from 0 in its group, is refused by moderation. */
  refusePicture(index: number): void;
  /** Loses the picture of this number, counted from 0, before or after it is drawn. */
  losePicture(number: number): void;
  /** Streams go on only when the picture before has been fetched. */
  waitForDownloads(): void;
  /** Streams end without a word after so many pictures. */
  breakStreamsAfter(pictures: number): void;
}

export interface ArkAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export function fakeArk(): FakeArk {
  const requests: SeenRequest[] = [];
  const edits: SeenEdit[] = [];
  const scripted: ArkAnswer[] = [];
  const gallery = startGallery();
  const faults = new FaultPlan<Fault>();
  const closing = new AbortController();
  const refused = new Set<number>();
  const keys = { "/api/v3": `ark-${crypto.randomUUID()}`, "/api/plan/v3": crypto.randomUUID() };
  let waits = false;
  let lastPicture = Infinity;

  const api = startServer(gallery, async (request) => {
    const asked = await seen(request);
    requests.push(asked);
    const fault = faults.next();
    if (fault === "hangs") return await hang(request.signal, closing.signal);
    if (fault !== undefined) return faultAnswer(fault, asked);
    const next = scripted.shift();
    if (next) return Response.json(next.body, next);
    try {
      const drawing = drawingOf(asked);
      return drawing.isStream ? stream(drawing) : Response.json(documentOf(drawing));
    } catch (refusal) {
      if (refusal instanceof Refusal) return refusal.answer();
      throw refusal;
    }
  });

  function drawingOf(asked: SeenRequest): Drawing {
    const prefix = Object.entries(keys).find(([path]) =>
      asked.path === `${path}/images/generations`
    );
    if (prefix === undefined || asked.method !== "POST") throw new Refusal(404, "NotFound", "");
    if (asked.headers.authorization !== `Bearer ${prefix[1]}`) throw WRONG_KEY;
    const body = checkedBody(asked);
    const { id, family } = modelOf(body.model);
    checkFields(body, family);
    const images = inputsOf(body.image, family.inputs, (why) => invalid("image", why));
    const count = countOf(body, images.length);
    const size = checkedSize(body.size, family);
    if (images.length > 0) {
      const bytes = images.filter((image) => typeof image !== "string");
      edits.push({ prompt: String(body.prompt), images: bytes });
    }
    return {
      model: id,
      ...size,
      count,
      inputs: images.length,
      isPng: body.output_format === "png",
      isBase64: body.response_format === "b64_json",
      isStream: body.stream === true,
    };
  }

  /** One picture, or a refusal of it. */
  function draw({ width, height, isPng, isBase64 }: Drawing, index: number) {
    if (refused.has(index)) return { error: REFUSED_PICTURE };
    const url = gallery.add(width, height, !isPng);
    const picture = isBase64 ? { b64_json: gallery.pictures.at(-1)!.toBase64() } : { url };
    return { ...picture, size: `${width}x${height}` };
  }

  function usageOf({ width, height, count, inputs }: Drawing) {
    const tokens = Math.round(width * height / 256) * count;
    return {
      generated_images: count,
      ...(inputs > 0 ? { input_images: inputs } : {}),
      output_tokens: tokens,
      total_tokens: tokens,
    };
  }

  function documentOf(drawing: Drawing) {
    const data = Array.from({ length: drawing.count }, (_, index) => draw(drawing, index));
    return { model: drawing.model, created: 1_795_000_000, data, usage: usageOf(drawing) };
  }

  function stream(drawing: Drawing): Response {
    async function* events() {
      for (let index = 0; index < drawing.count; index++) {
        if (index === lastPicture) return;
        const item = draw(drawing, index);
        const kind = "error" in item ? "partial_failed" : "partial_succeeded";
        yield eventOf(kind, { model: drawing.model, image_index: index, ...item });
        while (waits && gallery.downloads.length <= index && !closing.signal.aborted) {
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
      }
      yield eventOf("completed", { model: drawing.model, usage: usageOf(drawing) });
      yield "data: [DONE]\n\n";
    }
    const body = ReadableStream.from(events()).pipeThrough(new TextEncoderStream());
    const headers = new Headers({ "content-type": "text/event-stream" });
    // What is promised and does not come ends the connection.
    if (lastPicture < drawing.count) headers.set("content-length", "1000000");
    return new Response(body, { headers });
  }

  return {
    url: api.url,
    environment: { DOUBAO_API_KEY: keys["/api/v3"], DOUBAO_ENDPOINT: api.url },
    planKey: keys["/api/plan/v3"],
    secrets: [keys["/api/v3"], keys["/api/plan/v3"]],
    requests,
    edits,
    downloads: gallery.downloads,
    pictures: gallery.pictures,
    misbehave: (fault, times = Infinity) =>
      (fault === "cut download" ? gallery.faults : faults).set(fault, times),
    answerNext: (answer) => void scripted.push(answer),
    expire: gallery.expire,
    losePicture: (number) => void gallery.lost.add(number),
    refusePicture: (index) => void refused.add(index),
    waitForDownloads: () => void (waits = true),
    breakStreamsAfter: (pictures) => void (lastPicture = pictures),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await api.close();
      gallery.close();
    },
  };
}

interface Drawing {
  readonly model: string;
  readonly width: number;
  readonly height: number;
  readonly count: number;
  readonly inputs: number;
  readonly isPng: boolean;
  readonly isBase64: boolean;
  readonly isStream: boolean;
}

function eventOf(kind: string, fields: object): string {
  const type = `image_generation.${kind}`;
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
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
  oneOfField(body, "stream", [true, false]);
}

/** A group has as many pictures as the prompt says, and no more than it is allowed. */
function countOf(body: Body, inputs: number): number {
  const { sequential_image_generation: kind, sequential_image_generation_options: options } = body;
  if (kind !== "auto") {
    if (options !== undefined) throw invalid("sequential_image_generation_options", "no group");
    return 1;
  }
  const { max_images: most = 15 } = { ...options as { readonly max_images?: number } };
  if (!Number.isInteger(most) || most < 1 || most > 15) {
    throw invalid("sequential_image_generation_options", "max_images must be in [1, 15]");
  }
  if (inputs + most > 15) throw invalid("image", "references and pictures are more than 15");
  const said = String(body.prompt).match(/group of (\d+) pictures|共(\d+)张图片/);
  return Math.min(Number(said?.[1] ?? said?.[2] ?? 1), most);
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

const REFUSED_PICTURE = {
  code: "OutputImageSensitiveContentDetected",
  message: "The request failed because the output image may contain sensitive information.",
};
