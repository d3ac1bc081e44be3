/**
 * A small Gemini API: a key in a header, one method per model, and the errors of Google's JSON
 * gateway for every field it does not know. Its pictures lie in the answer, after a draft among
 * the model's thoughts that nobody asked for.
 */

import type { EditingVendor, SeenEdit } from "./editing_vendor.ts";
import { type Fault, seen, type SeenRequest } from "./fake_vendor.ts";
import { drawPng } from "./pictures.ts";
import { FaultPlan, hang, plainFault, startServer } from "./vendor_parts.ts";

export interface FakeGemini extends EditingVendor {
  /** The next call is answered with this. */
  answerNext(status: number, body: unknown, headers?: Readonly<Record<string, string>>): void;
}

export function fakeGemini(
  { drawingTime = 0 }: { readonly drawingTime?: number } = {},
): FakeGemini {
  const key = `AIza${crypto.randomUUID().replaceAll("-", "")}`;
  const requests: SeenRequest[] = [];
  const pictures: Uint8Array<ArrayBuffer>[] = [];
  const edits: SeenEdit[] = [];
  const faults = new FaultPlan<Fault>();
  const scripted: Response[] = [];
  const closing = new AbortController();

  const server = startServer(undefined, async (request) => {
    const asked = await seen(request);
    requests.push(asked);
    const next = scripted.shift();
    if (next) return next;
    const fault = faults.next();
    const plain = fault && await plainFault(fault, request.signal, closing.signal);
    if (plain) return plain;
    if (fault === "refused by moderation") return Response.json(BLOCKED);
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
    if (asked.path.includes("key=")) throw invalid("The key belongs into a header here.");
    const name = asked.path.match(/^\/v1beta\/models\/([^/:?]+):generateContent$/)?.[1];
    if (name === undefined || asked.method !== "POST") throw NO_SUCH_PAGE;
    if (asked.headers["x-goog-api-key"] !== key) throw WRONG_KEY;
    const rules = MODELS[name];
    if (rules === undefined) throw notFound(name);
    const { size, edit } = checkBody(asked, rules);
    if (edit.images.length > 0) edits.push(edit);
    const picture = drawPng(size[0], size[1], crypto.randomUUID());
    pictures.push(picture);
    const draft = drawPng(16, 16, "a draft").toBase64();
    return {
      candidates: [{
        content: {
          role: "model",
          parts: [
            { text: "Planning the scene.", thought: true },
            { inlineData: { mimeType: "image/png", data: draft }, thought: true },
            {
              inlineData: { mimeType: "image/png", data: picture.toBase64() },
              thoughtSignature: "c2lnbmF0dXJl",
            },
          ],
        },
        finishReason: "STOP",
        index: 0,
      }],
      usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 1120, totalTokenCount: 1129 },
      modelVersion: name,
      responseId: crypto.randomUUID(),
    };
  }

  return {
    url: server.url,
    environment: { GEMINI_API_KEY: key, GEMINI_ENDPOINT: server.url },
    secrets: [key],
    requests,
    downloads: [],
    pictures,
    edits,
    misbehave: (fault, times = Infinity) => faults.set(fault, times),
    answerNext: (status, body, headers = {}) =>
      void scripted.push(Response.json(body, { status, headers })),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.close();
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;
type Sides = readonly [width: number, height: number];

/** Google's envelope of an error. */
class Refusal extends Error {
  constructor(
    readonly code: number,
    readonly status: string,
    message: string,
    readonly details: readonly unknown[] = [],
  ) {
    super(message);
  }

  answer(): Response {
    const { code, status, message, details } = this;
    const error = { code, message, status, ...(details.length > 0 ? { details } : {}) };
    return Response.json({ error }, { status: code });
  }
}

function invalid(message: string): Refusal {
  return new Refusal(400, "INVALID_ARGUMENT", message);
}

function notFound(model: string): Refusal {
  const message = `models/${model} is not found for API version v1beta, or is not supported for ` +
    "generateContent. Call ModelService.ListModels to see the list of available models.";
  return new Refusal(404, "NOT_FOUND", message);
}

/** Checks every field, as the gateway does; what the model is to draw, and its pixels. */
function checkBody(
  { json, headers }: SeenRequest,
  rules: Model,
): { size: Sides; edit: SeenEdit } {
  if (headers["content-type"] !== "application/json") throw invalid("The body is not JSON.");
  const body = fieldsOf(json, "", ["contents", "generationConfig", "safetySettings"]);
  checkSafety(body.safetySettings);
  const edit = checkContents(body.contents, rules);
  const config = fieldsOf(body.generationConfig, "generation_config", [
    "responseModalities",
    "seed",
    "imageConfig",
    "temperature",
  ]);
  const modalities = JSON.stringify(config.responseModalities);
  if (modalities !== '["IMAGE"]' && modalities !== '["TEXT","IMAGE"]') {
    throw invalid("The model only supports the modalities TEXT and IMAGE.");
  }
  const { seed = 0 } = config;
  if (!Number.isInteger(seed) || Math.abs(Number(seed)) > 2 ** 31 - 1) {
    throw invalid("Invalid value at 'generation_config.seed' (TYPE_INT32)");
  }
  return { size: sizeOf(config.imageConfig, rules), edit };
}

function fieldsOf(value: unknown, path: string, legal: readonly string[]): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(`Invalid value at '${path}'`);
  }
  const unknown = Object.keys(value).find((name) => !legal.includes(name));
  if (unknown !== undefined) {
    const at = path ? ` at '${path}'` : "";
    throw invalid(
      `Invalid JSON payload received. Unknown name "${unknown}"${at}: Cannot find field.`,
    );
  }
  return { ...value };
}

function checkContents(contents: unknown, { maxImages }: Model): SeenEdit {
  if (!Array.isArray(contents) || contents.length !== 1) throw invalid("contents is not specified");
  const { role, parts } = fieldsOf(contents[0], "contents[0]", ["role", "parts"]);
  if (role !== "user") throw invalid("Please use a valid role: user, model.");
  if (!Array.isArray(parts) || parts.length === 0) {
    throw invalid("contents.parts must not be empty");
  }
  const read = parts.map((part, index) => readPart(part, `contents[0].parts[${index}]`));
  const texts = read.filter((part) => typeof part === "string");
  const images = read.filter((part) => typeof part !== "string");
  if (texts.length === 0) throw invalid("A text part is required.");
  if (images.length > maxImages) throw invalid(`Too many images: at most ${maxImages}.`);
  return { prompt: texts.at(-1)!, images };
}

/** A text, or the bytes of a picture. */
function readPart(part: unknown, path: string): string | Uint8Array<ArrayBuffer> {
  const { text, inlineData } = fieldsOf(part, path, ["text", "inlineData"]);
  if ((text === undefined) === (inlineData === undefined)) {
    throw invalid(`${path}: required oneof field 'data' must have one initialized field`);
  }
  if (inlineData === undefined) {
    if (typeof text !== "string" || text === "") throw invalid(`${path}.text must not be empty`);
    return text;
  }
  const { mimeType, data } = fieldsOf(inlineData, `${path}.inline_data`, ["mimeType", "data"]);
  if (!/^image\/(png|jpeg|webp|heic|heif)$/.test(String(mimeType))) {
    throw invalid(`Unsupported MIME type: ${mimeType}`);
  }
  try {
    return Uint8Array.fromBase64(String(data));
  } catch {
    throw invalid(`Invalid value at '${path}.inline_data.data' (TYPE_BYTES)`);
  }
}

function sizeOf(imageConfig: unknown, { shapes, tiers }: Model): Sides {
  if (imageConfig === undefined) return shapes["1:1"]!;
  const path = "generation_config.image_config";
  const { aspectRatio, imageSize } = fieldsOf(imageConfig, path, ["aspectRatio", "imageSize"]);
  const shape = shapes[String(aspectRatio ?? "1:1")];
  if (shape === undefined) throw invalid(`Invalid aspect ratio: ${aspectRatio}`);
  if (imageSize !== undefined && !tiers.includes(String(imageSize))) {
    throw invalid(`Invalid image size: ${imageSize}`);
  }
  const factor = Number.parseInt(String(imageSize ?? "1K"));
  return [shape[0] * factor, shape[1] * factor];
}

function checkSafety(settings: unknown): void {
  if (settings === undefined) return;
  if (!Array.isArray(settings)) throw invalid("Invalid value at 'safety_settings'");
  const categories = settings.map((setting, index) => {
    const path = `safety_settings[${index}]`;
    const { category, threshold } = fieldsOf(setting, path, ["category", "threshold"]);
    const isKnown = /^HARM_CATEGORY_(SEXUALLY_EXPLICIT|HATE_SPEECH|HARASSMENT|DANGEROUS_CONTENT)$/
      .test(
        String(category),
      );
    if (!isKnown || threshold !== "BLOCK_ONLY_HIGH") throw invalid(`Invalid value at '${path}'`);
    return category;
  });
  if (new Set(categories).size < categories.length) throw invalid("Duplicate safety setting.");
}

function faultOf(fault: Fault, { headers }: SeenRequest): Refusal {
  switch (fault) {
    case "no quota":
      return new Refusal(429, "RESOURCE_EXHAUSTED", OUT_OF_QUOTA, [{
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        violations: [{
          quotaMetric: "generativelanguage.googleapis.com/generate_content_free_tier_requests",
          quotaId: "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
        }],
      }, RETRY_IN_A_SECOND]);
    case "rate limited":
      return new Refusal(429, "RESOURCE_EXHAUSTED", OUT_OF_QUOTA, [{
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        violations: [{ quotaId: "GenerateRequestsPerMinutePerProjectPerModel" }],
      }, RETRY_IN_A_SECOND]);
    case "retired model":
      return notFound("gemini-2.5-flash-image");
    case "server error":
      // A careless gateway that shows what it was sent, the key included.
      return new Refusal(500, "INTERNAL", `An internal error: ${JSON.stringify(headers)}`);
    default:
      return WRONG_KEY;
  }
}

const OUT_OF_QUOTA = "You exceeded your current quota, please check your plan and billing details.";

const RETRY_IN_A_SECOND = {
  "@type": "type.googleapis.com/google.rpc.RetryInfo",
  retryDelay: "1.5s",
};

const WRONG_KEY = new Refusal(
  400,
  "INVALID_ARGUMENT",
  "API key not valid. Please pass a valid API key.",
  [{
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    reason: "API_KEY_INVALID",
    domain: "googleapis.com",
  }],
);

const NO_SUCH_PAGE = new Refusal(404, "", "");

const BLOCKED = {
  promptFeedback: { blockReason: "PROHIBITED_CONTENT" },
  usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 },
  modelVersion: "gemini-nano-banana-2.1",
};

interface Model {
  readonly shapes: Readonly<Record<string, Sides>>;
  readonly tiers: readonly string[];
  readonly maxImages: number;
}

const SHAPES: Model["shapes"] = {
  "1:1": [1024, 1024],
  "2:3": [848, 1264],
  "3:2": [1264, 848],
  "3:4": [896, 1200],
  "4:3": [1200, 896],
  "4:5": [928, 1152],
  "5:4": [1152, 928],
  "9:16": [768, 1376],
  "16:9": [1376, 768],
  "21:9": [1584, 672],
};

const LONG_SHAPES: Model["shapes"] = {
  "1:4": [512, 2064],
  "4:1": [2064, 512],
  "1:8": [352, 2928],
  "8:1": [2928, 352],
};

/** What is not here is retired or never was. */
const MODELS: Readonly<Record<string, Model>> = {
  "gemini-nano-banana-2.1": {
    shapes: { ...SHAPES, ...LONG_SHAPES },
    tiers: ["1K", "2K", "4K"],
    maxImages: 14,
  },
  "gemini-3-pro-image": { shapes: SHAPES, tiers: ["1K", "2K", "4K"], maxImages: 14 },
  "gemini-3.1-flash-lite-image": {
    shapes: { ...SHAPES, ...LONG_SHAPES },
    tiers: [],
    maxImages: 14,
  },
};
