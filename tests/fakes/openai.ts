/** A small OpenAI: it draws for a good key and a request its documentation allows, and for nothing else. */

import * as z from "../../src/dependencies/zod.ts";
import { drawJpeg, drawPng } from "./pictures.ts";
import type { EditingVendor, SeenEdit } from "./editing_vendor.ts";
import { type Fault, type SeenRequest, seenWithForm } from "./fake_vendor.ts";
import { editOf, invalid, mistakeInEdit, type Refusal } from "./openai_edits.ts";

/** What it does with `stream: true`. */
export type Streaming =
  | "events"
  | "ignored"
  | "refused"
  | "nothing finished"
  | "cut after a partial picture"
  | "error after a partial picture";

export interface FakeOpenAI extends EditingVendor {
  streaming: Streaming;
  /** Answers the next call with exactly this. */
  answerNext(answer: () => Response): void;
}

/** How a server that only resembles OpenAI answers: any model, no key. */
export interface Resemblance {
  readonly pictures: "b64_json" | "url" | "data url";
  /** `{"error": "text"}`, `{"detail": "text"}`, or as OpenAI's own, which a gateway hands on. */
  readonly errors: "text" | "detail" | "openai";
  /** Whether it edits too; default that it has no such path. */
  readonly edits?: boolean;
  /** The name in OPENAI_COMPATIBLE, and it wants a key; unset: the only server, without one. */
  readonly name?: string;
  /** Whether it refuses a request that names no model. */
  readonly wantsModel?: boolean;
}

/** Starts one; `like` makes it a compatible server instead of OpenAI. */
export function fakeOpenAI({ like }: { readonly like?: Resemblance } = {}): FakeOpenAI {
  const requests: SeenRequest[] = [];
  const downloads: SeenRequest[] = [];
  const pictures: Uint8Array<ArrayBuffer>[] = [];
  const edits: SeenEdit[] = [];
  const closing = Promise.withResolvers<void>();
  const answers: (() => Response)[] = [];
  const trouble = { fault: undefined as Fault | undefined, left: 0, retryAfter: "" };

  function metFault(isDownload: boolean): Fault | undefined {
    const { fault, left } = trouble;
    if (left <= 0 || isDownload !== (fault === "cut download")) return undefined;
    trouble.left--;
    return fault;
  }

  const api = serve(async (request) => {
    const { asked, form } = await seenWithForm(request);
    if (asked.path.startsWith("/pictures/")) return download(asked);
    requests.push(asked);
    const answer = answers.shift();
    if (answer) return answer();
    const fault = metFault(false);
    if (fault === "hangs") {
      await Promise.race([closing.promise, aborted(request.signal)]);
      return refusal(SERVER_ERROR);
    }
    if (fault === "nonsense JSON") return json('{"data": [');
    if (fault === "dead socket") return cutShort(new Uint8Array(2));
    if (fault !== undefined) return refusal(documented(fault, asked), trouble.retryAfter);
    return form && isEdit(asked) ? await edit(asked, form) : draw(asked);
  });

  function download(asked: SeenRequest): Response {
    downloads.push(asked);
    const picture = pictures[Number(asked.path.slice("/pictures/".length))];
    if (picture === undefined) return new Response("no such picture", { status: 404 });
    if (metFault(true)) return cutShort(picture);
    return new Response(picture, { headers: { "content-type": "image/png" } });
  }

  function isEdit({ method, path }: SeenRequest): boolean {
    return method === "POST" && path === "/v1/images/edits" && (!like || like.edits === true);
  }

  async function edit(asked: SeenRequest, form: FormData): Promise<Response> {
    const mistake = like && !like.name ? undefined : mistakeInKey(asked);
    if (mistake) return refusal(mistake);
    const fields = Object.fromEntries(
      [...form].filter(([, value]) => typeof value === "string")
        .map(([name, value]) => [name, read(String(value))]),
    );
    const wrong = mistakeInFields(asked, fields, !like) ?? await mistakeInEdit(form, !like);
    if (wrong) return refusal(wrong);
    edits.push(await editOf(form));
    return answer(Body.parse(fields), "image_edit");
  }

  function draw(asked: SeenRequest): Response {
    const mistake = like ? mistakeForAnyServer(asked, like) : mistakeForOpenAI(asked);
    if (mistake) return refusal(mistake);
    return answer(Body.parse(asked.json), "image_generation");
  }

  function answer(body: Body, events: "image_generation" | "image_edit"): Response {
    const drawn = Array.from({ length: body.n ?? 1 }, () => paint(body));
    const isStreamed = body.stream === true && vendor.streaming !== "ignored";
    if (isStreamed && vendor.streaming === "refused") return refusal(NO_STREAMING);
    if (isStreamed) return eventStream(drawn[0]!, vendor.streaming, events);
    return json(JSON.stringify({
      created: 1770000000,
      data: drawn.map((picture) => handOut(picture)),
      ...(like ? {} : { output_format: body.output_format ?? "png", usage: USAGE }),
    }));
  }

  function paint({ size = "auto", output_format = "png" }: Body): Uint8Array<ArrayBuffer> {
    const [width, height] = size === "auto" ? [1024, 1024] : size.split("x").map(Number);
    const note = `picture ${pictures.length}`;
    const picture = PAINTERS[output_format]!(width!, height!, note);
    pictures.push(picture);
    return picture;
  }

  function handOut(picture: Uint8Array): Record<string, string> {
    const base64 = picture.toBase64();
    if (like?.pictures === "url") {
      const number = pictures.findIndex((one) => one === picture);
      return { url: `${addressOf(api)}/pictures/${number}` };
    }
    return like?.pictures === "data url"
      ? { url: `data:image/png;base64,${base64}` }
      : { b64_json: base64 };
  }

  function refusal({ status, body }: Refusal, retryAfter = ""): Response {
    const { message } = body.error;
    const written = like === undefined || like.errors === "openai"
      ? body
      : like.errors === "text"
      ? { error: message }
      : { detail: message };
    return json(
      JSON.stringify(written),
      status,
      retryAfter ? { "retry-after-ms": retryAfter } : {},
    );
  }

  const vendor: FakeOpenAI = {
    url: addressOf(api),
    environment: like?.name
      ? {
        OPENAI_COMPATIBLE: `${like.name}=${addressOf(api)}/v1`,
        [`OPENAI_COMPATIBLE_KEY_${like.name.toUpperCase().replaceAll("-", "_")}`]: KEY,
      }
      : like
      ? { OPENAI_BASE_URL: `${addressOf(api)}/v1`, OPENAI_MODEL: "stablediffusion" }
      : { OPENAI_BASE_URL: `${addressOf(api)}/v1`, OPENAI_API_KEY: KEY },
    secrets: like && !like.name ? [] : [KEY],
    requests,
    downloads,
    pictures,
    edits,
    streaming: "events",
    answerNext: (answer) => answers.push(answer),
    misbehave(fault, times = Infinity) {
      // A vendor that is busy for good says so; one that is busy for a moment asks for a moment.
      const retryAfter = fault === "rate limited" ? (times === Infinity ? "90000" : "20") : "";
      Object.assign(trouble, { fault, left: times, retryAfter });
    },
    async [Symbol.asyncDispose]() {
      closing.resolve();
      await api.shutdown();
    },
  };
  return vendor;
}

type Server = Deno.HttpServer<Deno.NetAddr>;

function serve(handler: (request: Request) => Promise<Response>): Server {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handler);
}

const addressOf = ({ addr }: Server) => `http://${addr.hostname}:${addr.port}`;

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}

/** Half of the bytes, then the end of the connection. */
function cutShort(bytes: Uint8Array<ArrayBuffer>): Response {
  const half = new Blob([bytes.subarray(0, bytes.length / 2)]).stream();
  return new Response(half, { headers: { "content-length": String(bytes.length) } });
}

function json(text: string, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(text, {
    status,
    headers: { "content-type": "application/json", "x-request-id": REQUEST_ID, ...headers },
  });
}

function eventStream(picture: Uint8Array, streaming: Streaming, kind: string): Response {
  const partial = { b64_json: drawPng(8, 8, "unfinished").toBase64(), partial_image_index: 0 };
  const completed = { b64_json: picture.toBase64(), usage: USAGE };
  const events: Record<Streaming, readonly [type: string, data: Record<string, unknown>][]> = {
    "events": [
      [`${kind}.partial_image`, partial],
      [`${kind}.completed`, completed],
    ],
    "nothing finished": [],
    "cut after a partial picture": [[`${kind}.partial_image`, partial]],
    "error after a partial picture": [
      [`${kind}.partial_image`, partial],
      ["error", REFUSED_OUTPUT.body],
    ],
    "ignored": [],
    "refused": [],
  };
  const text = events[streaming]
    .map(([type, data]) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  return new Response(text.join(""), {
    headers: { "content-type": "text/event-stream; charset=utf-8", "x-request-id": REQUEST_ID },
  });
}

function mistakeForOpenAI(asked: SeenRequest): Refusal | undefined {
  return mistakeInKey(asked) ?? mistakeForAnyServer(asked, {}) ??
    mistakeInFields(asked, asked.json as Fields, true);
}

function mistakeInKey(asked: SeenRequest): Refusal | undefined {
  if (asked.headers.authorization !== `Bearer ${KEY}`) return documented("wrong key", asked);
}

type Fields = Readonly<Record<string, unknown>>;

/** A form holds nothing but texts. */
function read(text: string): unknown {
  return /^\d+$/.test(text) ? Number(text) : text === "true" ? true : text;
}

/** What is wrong with the fields that drawing and editing share; a compatible server is lenient. */
function mistakeInFields(
  asked: SeenRequest,
  fields: Fields,
  isOpenAI: boolean,
): Refusal | undefined {
  if (!Body.safeParse(fields).success) return invalid("Missing parameter.", null, "prompt");
  if (!isOpenAI) return undefined;
  const isEdit = asked.path === "/v1/images/edits";
  for (const [name, value] of Object.entries(fields)) {
    if (["response_format", "style", "seed"].includes(name)) {
      const message = `Unsupported parameter: '${name}' is not supported with this model.`;
      return invalid(message, "unsupported_parameter", name);
    }
    const rule = (isEdit ? EDIT_FIELDS : FIELDS)[name];
    if (!rule) return invalid(`Unknown parameter: '${name}'.`, "unknown_parameter", name);
    if (!rule(value)) return invalid(`Invalid value for '${name}'.`, "invalid_value", name);
  }
  const { model = "", size, quality, output_format, output_compression, n, stream } = Body
    .parse(fields);
  if (RETIRED.test(model)) return documented("retired model", asked);
  const { input_fidelity: fidelity } = fields;
  const isTold = /^gpt-image-1\.5/.test(model) ||
    (/^gpt-image-1-mini/.test(model) && fidelity === "low");
  if (fidelity !== undefined && !isTold) {
    const message = "Unsupported parameter: 'input_fidelity' is not supported with this model.";
    return invalid(message, "unsupported_parameter", "input_fidelity");
  }
  const isFree = /^gpt-image-2/.test(model);
  if (size && !LISTED_SIZES.includes(size) && !(isFree && isLegalSize(size))) {
    return invalid(`Invalid size '${size}'.`, "invalid_value", "size");
  }
  if (/xhigh|max/.test(quality ?? "") && !/^gpt-image-2\.[56]-/.test(model)) {
    return invalid(`Invalid quality '${quality}' for this model.`, "invalid_value", "quality");
  }
  if (output_compression !== undefined && !/jpeg|webp/.test(output_format ?? "png")) {
    return invalid("Compression is for jpeg and webp.", "invalid_value", "output_compression");
  }
  if (stream === true && (n ?? 1) > 1) return invalid("One picture a stream.", null, "n");
}

/** What every server insists on. */
function mistakeForAnyServer(asked: SeenRequest, { name, wantsModel }: Partial<Resemblance>) {
  const mistake = name ? mistakeInKey(asked) : undefined;
  if (mistake) return mistake;
  if (asked.path !== "/v1/images/generations" || asked.method !== "POST") {
    const refusal = invalid(`Invalid URL (${asked.method} ${asked.path})`, null, null);
    return { ...refusal, status: 404 };
  }
  if (asked.headers["content-type"] !== "application/json") {
    return invalid("The body must be JSON.", null, null);
  }
  if (!Body.safeParse(asked.json).success) return invalid("Missing parameter.", null, "prompt");
  const isUnnamed = Body.parse(asked.json).model === undefined;
  if (isUnnamed && (wantsModel || !name)) return invalid("The model is required", null, "model");
}

function isLegalSize(size: string): boolean {
  const [width = 0, height = 0] = size.split("x").map(Number);
  const [longer, shorter] = [Math.max(width, height), Math.min(width, height)];
  const pixels = width * height;
  return width % 16 === 0 && height % 16 === 0 && longer <= 3840 && longer <= 3 * shorter &&
    pixels >= 655_360 && pixels <= 8_294_400;
}

/** The vendor's documented answer to `fault`. */
function documented(fault: Fault, asked: SeenRequest): Refusal {
  const { model = "?" } = Body.safeParse(asked.json).data ?? {};
  const key = asked.headers.authorization?.slice("Bearer ".length) ?? "";
  switch (fault) {
    case "wrong key": {
      // As OpenAI does, the sentence shows both ends of the key.
      const shown = `${key.slice(0, 8)}**********${key.slice(-4)}`;
      const refusal = invalid(`Incorrect API key provided: ${shown}.`, "invalid_api_key", null);
      return { ...refusal, status: 401 };
    }
    case "refused by moderation":
      return {
        status: 400,
        body: {
          error: {
            message: "Your request was rejected by the safety system.",
            type: "image_generation_user_error",
            param: null,
            code: "moderation_blocked",
            moderation_details: { moderation_stage: "input", categories: ["other"] },
          },
        },
      };
    case "no quota":
      return {
        status: 429,
        body: {
          error: {
            message: "You exceeded your current quota, please check your plan.",
            type: "insufficient_quota",
            param: null,
            code: "insufficient_quota",
          },
        },
      };
    case "rate limited":
      return {
        status: 429,
        body: {
          error: {
            message: "Rate limit reached for images per minute.",
            type: "requests",
            param: null,
            code: "rate_limit_exceeded",
          },
        },
      };
    case "retired model": {
      const message = `The model \`${model}\` does not exist or you do not have access to it.`;
      return { ...invalid(message, "model_not_found", null), status: 404 };
    }
    default: {
      // A careless gateway that shows what it was sent, the key included.
      const { message, ...rest } = SERVER_ERROR.body.error;
      const shown = `${message} Headers: ${JSON.stringify(asked.headers)}`;
      return { status: 500, body: { error: { message: shown, ...rest } } };
    }
  }
}

const KEY = "sk-proj-only-a-test-0123456789abcdef";
const REQUEST_ID = "req_0123456789";
const RETIRED = /^(dall-e-|gpt-image-1$)/;
const LISTED_SIZES = ["auto", "1024x1024", "1536x1024", "1024x1536"];

const USAGE = {
  input_tokens: 9,
  input_tokens_details: { text_tokens: 9, image_tokens: 0 },
  output_tokens: 196,
  total_tokens: 205,
};

const SERVER_ERROR: Refusal = {
  status: 500,
  body: {
    error: {
      message: "The server had an error while processing your request.",
      type: "server_error",
      param: null,
      code: null,
    },
  },
};

const REFUSED_OUTPUT: Refusal = {
  status: 400,
  body: {
    error: {
      message: "Your request was rejected by the safety system.",
      type: "image_generation_user_error",
      param: null,
      code: "moderation_blocked",
      moderation_details: { moderation_stage: "output", categories: ["other"] },
    },
  },
};

const NO_STREAMING = invalid("'stream' is not supported here.", "unsupported_value", "stream");

const Body = z.object({
  model: z.string().optional(),
  prompt: z.string().min(1).max(32_000),
  n: z.int().optional(),
  size: z.string().regex(/^(auto|\d+x\d+)$/).optional(),
  quality: z.string().optional(),
  output_format: z.enum(["png", "jpeg", "webp"]).optional(),
  output_compression: z.int().optional(),
  stream: z.boolean().optional(),
});
type Body = z.infer<typeof Body>;

const isOneOf = (...words: string[]) => (value: unknown) => words.includes(String(value));
const isWholeWithin = (minimum: number, maximum: number) => (value: unknown) =>
  Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum;

/** Every field the documentation knows, and what each may hold. */
const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  model: (value) => typeof value === "string",
  prompt: (value) => typeof value === "string",
  n: isWholeWithin(1, 10),
  size: (value) => typeof value === "string",
  quality: isOneOf("low", "medium", "high", "xhigh", "max", "auto"),
  background: isOneOf("transparent", "opaque", "auto"),
  output_format: isOneOf("png", "jpeg", "webp"),
  output_compression: isWholeWithin(0, 100),
  moderation: isOneOf("low", "auto"),
  stream: (value) => typeof value === "boolean",
  partial_images: isWholeWithin(0, 3),
};

const { moderation: _moderation, ...SHARED_FIELDS } = FIELDS;
/** Those of edits, but for the files. */
const EDIT_FIELDS: typeof FIELDS = {
  ...SHARED_FIELDS,
  input_fidelity: isOneOf("high", "low"),
};

type GeneratorProvider = (width: number, height: number, note: string) => Uint8Array<ArrayBuffer>;

const PAINTERS: Readonly<Record<string, GeneratorProvider>> = {
  png: drawPng,
  jpeg: drawJpeg,
  webp: drawWebp,
};

/** A lossless WebP of one color, with `note` in a chunk that readers skip. */
function drawWebp(width: number, height: number, note: string): Uint8Array<ArrayBuffer> {
  const sides = (width - 1) | ((height - 1) << 14);
  const picture = [
    0x2f,
    ...littleEndian(sides | (1 << 28)),
    7,
    0x10,
    0x11,
    0x11,
    0x88,
    0x88,
    0xfe,
    7,
  ];
  const chunks = [
    ...riffChunk("VP8L", picture),
    ...riffChunk("NOTE", [...new TextEncoder().encode(note)]),
  ];
  return new Uint8Array(riffChunk("RIFF", [...new TextEncoder().encode("WEBP"), ...chunks]));
}

function riffChunk(name: string, content: readonly number[]): number[] {
  const padding = content.length % 2 === 0 ? [] : [0];
  const header = [...new TextEncoder().encode(name), ...littleEndian(content.length)];
  return [...header, ...content, ...padding];
}

function littleEndian(value: number): number[] {
  return [value & 0xff, value >> 8 & 0xff, value >> 16 & 0xff, value >> 24 & 0xff];
}
