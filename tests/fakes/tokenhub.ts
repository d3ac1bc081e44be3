/**
 * A small TokenHub: a bearer key, one path per generation of models, fields
 * checked strictly, and a picture in the same answer.
 */

import { identifyImage } from "../../src/images/media_type.ts";
import type { EditingVendor, SeenEdit } from "./editing_vendor.ts";
import { type Fault, seen, type SeenRequest } from "./fake_vendor.ts";
import { FaultPlan, hang, plainFault, startGallery, startServer } from "./vendor_parts.ts";

export interface TokenHubOptions {
  /** How long a picture takes, in milliseconds; default 0. */
  readonly drawingTime?: number;
  /** HUNYUAN_MODEL of the environment; unset leaves the default. */
  readonly model?: string;
}

export interface TokenHubFake extends EditingVendor {
  expire(): void;
  /** The next call is answered with this. */
  answerNext(status: number, body: unknown, headers?: Readonly<Record<string, string>>): void;
}

export function startTokenHub(
  { drawingTime = 0, model }: TokenHubOptions = {},
): Promise<TokenHubFake> {
  const key = `sk-${crypto.randomUUID()}`;
  const requests: SeenRequest[] = [];
  const edits: SeenEdit[] = [];
  const gallery = startGallery();
  const faults = new FaultPlan<Fault>();
  const scripted: Response[] = [];
  const closing = new AbortController();

  const server = startServer(gallery, async (request) => {
    const asked = await seen(request);
    requests.push(asked);
    const next = scripted.shift();
    if (next) return next;
    const fault = faults.next();
    const plain = fault && await plainFault(fault, request.signal, closing.signal);
    if (plain) return plain;
    try {
      if (fault) throw faultOf(fault, asked);
      const answer = draw(asked);
      if (drawingTime > 0) {
        await hang(AbortSignal.timeout(drawingTime), request.signal, closing.signal);
      }
      return Response.json(answer);
    } catch (refusal) {
      if (refusal instanceof Refusal) return refusal.answer();
      throw refusal;
    }
  });

  function draw(asked: SeenRequest): unknown {
    if (asked.headers.authorization !== `Bearer ${key}`) throw WRONG_KEY;
    const protocol = PROTOCOLS[asked.path];
    if (protocol === undefined || asked.method !== "POST") {
      throw new Refusal(404, "404001", "invalid_request_error", "the path does not exist");
    }
    const body = bodyOf(asked);
    if (!protocol.models.includes(String(body.model))) {
      throw new Refusal(
        400,
        "400004",
        "invalid_request_error",
        `请求中的模型或服务 ID ${body.model} 不存在`,
      );
    }
    const edit = protocol.check(body);
    if (edit.images.length > 0) edits.push(edit);
    const [width = 0, height = 0] = sidesOf(body, protocol);
    return protocol.answer(gallery.add(width, height), body);
  }

  return Promise.resolve({
    url: server.url,
    environment: {
      HUNYUAN_BACKEND: "tokenhub",
      HUNYUAN_TOKENHUB_ENDPOINT: server.url,
      TENCENT_TOKENHUB_API_KEY: key,
      ...(model ? { HUNYUAN_MODEL: model } : {}),
    },
    secrets: [key],
    requests,
    edits,
    downloads: gallery.downloads,
    pictures: gallery.pictures,
    misbehave: (fault, times = Infinity) =>
      (fault === "cut download" ? gallery.faults : faults).set(fault, times),
    expire: gallery.expire,
    answerNext: (status, body, headers = {}) =>
      void scripted.push(Response.json(body, { status, headers })),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.close();
      gallery.close();
    },
  });
}

type Body = Readonly<Record<string, unknown>>;

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly type: string,
    message: string,
  ) {
    super(message);
  }

  answer(): Response {
    const { status, code, type, message } = this;
    const source = status >= 500 ? "upstream" : "gateway";
    const error = { type, code, message, source, request_id: crypto.randomUUID() };
    return Response.json({ error }, { status });
  }
}

function bodyOf({ headers, json }: SeenRequest): Body {
  const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
  if (!isObject || headers["content-type"] !== "application/json") throw invalid("body");
  return { ...json };
}

function invalid(name: string): Refusal {
  return new Refusal(400, "400001", "invalid_request_error", `invalid parameter '${name}'`);
}

function sidesOf({ size }: Body, { least, most, area }: Protocol): number[] {
  const sides = String(size ?? "1024x1024").match(/^(\d+)x(\d+)$/)?.slice(1).map(Number);
  const [width = 0, height = 0] = sides ?? [];
  const isLegal = [width, height].every((side) => side >= least && side <= most) &&
    width * height <= area;
  if (!isLegal) throw invalid("size");
  return [width, height];
}

function checkFields(body: Body, legal: readonly string[]): void {
  const unknown = Object.keys(body).find((name) => !legal.includes(name));
  if (unknown !== undefined) throw invalid(unknown);
  const { seed = 1 } = body;
  const isSeed = Number.isInteger(seed) && Number(seed) >= 1 && Number(seed) <= 4_294_967_295;
  if (!isSeed) throw invalid("seed");
}

function checkPrompt(prompt: unknown, longest: number): void {
  const isLegal = typeof prompt === "string" && prompt !== "" && prompt.length <= longest;
  if (!isLegal) throw invalid("prompt");
}

/** The only message, of the only kind this project sends: a text, and pictures after it. */
function readMessage({ messages }: Body): SeenEdit {
  const [message, ...others] = Array.isArray(messages) ? messages : [];
  const [text, ...pictures] = Array.isArray(message?.content) ? message.content : [];
  if (others.length > 0 || message?.role !== "user" || text?.type !== "text") {
    throw invalid("messages");
  }
  checkPrompt(text.text, 100_000);
  const urls = pictures.map((part: Body & { image_url?: { url?: unknown } }) =>
    part?.type === "image_url" ? part.image_url?.url : undefined
  );
  const bounds = { most: 20, maxBytes: 20_000_000, formats: ["png", "jpeg", "webp"] };
  return { prompt: text.text, images: readImages(urls, bounds) };
}

interface ImageBounds {
  readonly most: number;
  readonly maxBytes: number;
  readonly formats: readonly string[];
}

/** Pictures in base64, which is taken with its prefix alone. */
function readImages(urls: unknown, { most, maxBytes, formats }: ImageBounds) {
  if (!Array.isArray(urls) || urls.length > most) throw invalid("images");
  return urls.map((url) => {
    const [, format = "", base64 = ""] =
      String(url).match(/^data:image\/([a-z]+);base64,([A-Za-z0-9+/]+=*)$/) ?? [];
    const bytes = Uint8Array.fromBase64(base64);
    const isLegal = formats.includes(format) && bytes.length <= maxBytes &&
      identifyImage(bytes)?.mediaType === `image/${format}`;
    if (!isLegal) throw invalid("images");
    return bytes;
  });
}

function faultOf(fault: Fault, { headers }: SeenRequest): Refusal {
  switch (fault) {
    case "refused by moderation":
      return new Refusal(
        451,
        "451001",
        "content_filter_error",
        "content was filtered by safety policy",
      );
    case "no quota":
      return new Refusal(
        402,
        "403004",
        "permission_error",
        "endpoint is inactive: FREE_QUOTA_EXHAUSTED",
      );
    case "rate limited":
      return new Refusal(
        429,
        "429001",
        "rate_limit_error",
        "rate limit exceeded on dimension: rpm",
      );
    case "retired model":
      return new Refusal(400, "400004", "invalid_request_error", "请求中的模型或服务 ID 不存在");
    case "server error":
      // A careless gateway that shows what it was sent, the key included.
      return new Refusal(502, "502001", "upstream_error", `failed: ${JSON.stringify(headers)}`);
    default:
      return WRONG_KEY;
  }
}

const WRONG_KEY = new Refusal(401, "401002", "authentication_error", "invalid api key");

interface Protocol {
  readonly models: readonly string[];
  /** Bounds of a side and of the area, in pixels. */
  readonly least: number;
  readonly most: number;
  readonly area: number;
  readonly check: (body: Body) => SeenEdit;
  readonly answer: (url: string, body: Body) => unknown;
}

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  "/v1/wand/hunyuan-image/v3-generation": {
    models: ["hy-image-v3"],
    least: 512,
    most: 2048,
    area: 1024 * 1024,
    check(body) {
      checkFields(body, ["model", "prompt", "images", "size", "seed", "revise"]);
      checkPrompt(body.prompt, 8192);
      if (typeof (body.revise ?? true) !== "boolean") throw invalid("revise");
      const bounds = { most: 3, maxBytes: 10_000_000, formats: ["png", "jpeg"] };
      return { prompt: String(body.prompt), images: readImages(body.images ?? [], bounds) };
    },
    answer: (url, { prompt, revise }) => ({
      id: `4-WandImage-${crypto.randomUUID()}`,
      created: 1_785_125_529,
      data: [{ url, ...(revise === false ? {} : { revised_prompt: `${prompt}, in fine detail` }) }],
      request_id: crypto.randomUUID(),
    }),
  },
  "/v1/wand/hunyuan-image/v35-generation": {
    models: ["hy-image-v3.5-preview"],
    least: 256,
    most: 8192,
    area: 4096 * 4096,
    check(body) {
      checkFields(body, ["model", "messages", "size", "seed"]);
      return readMessage(body);
    },
    answer: (url) => ({
      id: `1374200352-WandImage-${crypto.randomUUID()}`,
      object: "image.chat.completion.chunk",
      created: 1_789_720_599,
      model: "HY-Image-3.5-Preview-4090-Tob-v1.2",
      round: 0,
      choices: [{
        index: 0,
        delta: { type: "image", image: { url, source: "generate" } },
        finish_reason: null,
      }],
      usage: { total_tokens: 20_000 },
      request_id: crypto.randomUUID(),
    }),
  },
};
