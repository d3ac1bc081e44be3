/** ByteDance's Seedream models on Volcengine Ark. */

import { ImageError, oneOf } from "../../errors.ts";
import { address, integer, secret, text, type Values } from "../../config/variables.ts";
import { type AnsweredPicture, failureOf, readAnswer } from "./answers.ts";
import { adaptSize, familyOf } from "./families.ts";
import { firstOf } from "../bounds.ts";
import { lengthWarnings, promptOf, STYLES } from "./prompt.ts";
import { createVendorClient } from "../http.ts";
import {
  type CallContext,
  type Capabilities,
  defineProvider,
  type GeneratedImage,
  type ImageProvider,
  type ImageRequest,
  type ImageResult,
  type ProviderDependencies,
  type Size,
} from "../provider.ts";

const variables = {
  DOUBAO_API_KEY: secret("The key of Volcengine Ark", { example: "your_doubao_api_key" }),
  DOUBAO_ENDPOINT: address(
    "Where Ark or a gateway to it answers, with or without /api/v3; subscription keys need " +
      "https://ark.cn-beijing.volces.com/api/plan/v3",
    { default: "https://ark.cn-beijing.volces.com" },
  ),
  DOUBAO_MODEL: text("The Seedream model, or the id of an endpoint (ep-…)", {
    default: "doubao-seedream-5-0-pro-260628",
  }),
  DOUBAO_FALLBACK_MODEL: text(
    "The model that draws when DOUBAO_MODEL is retired or not opened for the key; 'none' for none",
    { default: "doubao-seedream-4-0-20260415" },
  ),
  DOUBAO_CONCURRENCY: integer("Calls that may run at once", {
    default: 4,
    minimum: 1,
    maximum: 500,
  }),
};

type Settings = Values<typeof variables>;

export const doubao = defineProvider({
  name: "doubao",
  title: "Doubao Seedream",
  aliases: [
    "seedream",
    "ark",
    "volcengine",
    "bytedance",
    "jimeng",
    "豆包",
    "即梦",
    "字节",
    "火山",
    "火山引擎",
    "火山方舟",
  ],
  modelIds: /^(doubao-seedream-|ep-\d)/,
  variables,
  missing: ({ DOUBAO_API_KEY }) => DOUBAO_API_KEY ? [] : ["DOUBAO_API_KEY"],
  warnings: ({ DOUBAO_MODEL, DOUBAO_FALLBACK_MODEL }) => [
    ...doubtsAbout("DOUBAO_MODEL", DOUBAO_MODEL),
    ...doubtsAbout("DOUBAO_FALLBACK_MODEL", DOUBAO_FALLBACK_MODEL),
  ],
  create: createDoubao,
});

function createDoubao(settings: Settings, { fetch, resolve }: ProviderDependencies): ImageProvider {
  const key = settings.DOUBAO_API_KEY ?? "";
  const configured = settings.DOUBAO_MODEL;
  const fallback = fallbackOf(settings);
  const url = imagesAddress(settings.DOUBAO_ENDPOINT);
  const client = createVendorClient({
    title: "Doubao",
    endpoint: settings.DOUBAO_ENDPOINT,
    secrets: [key],
    fetch,
    resolve,
  });

  async function generate(request: ImageRequest, context: CallContext): Promise<ImageResult> {
    if (request.model !== undefined) return await draw(request.model, request, context);
    try {
      return await draw(configured, request, context);
    } catch (error) {
      if (fallback === undefined || !isUnusableModel(error)) throw error;
      return await drawWithFallback(fallback, error, request, context);
    }
  }

  async function drawWithFallback(
    model: string,
    reason: ImageError,
    request: ImageRequest,
    context: CallContext,
  ): Promise<ImageResult> {
    try {
      const result = await draw(model, request, context);
      const why =
        `'${configured}' (DOUBAO_MODEL) is retired, unknown or not opened for this key, ` +
        `so '${model}' (DOUBAO_FALLBACK_MODEL) drew`;
      return { ...result, warnings: [why, ...result.warnings] };
    } catch (error) {
      if (!isUnusableModel(error)) throw error;
      throw new ImageError(
        "model_unavailable",
        `Doubao can draw neither with '${configured}' (DOUBAO_MODEL) nor with '${model}' ` +
          "(DOUBAO_FALLBACK_MODEL): they are retired, unknown or not opened for this key. " +
          adviceBeside(configured, model),
        { ...error.details, models: [configured, model], first: reason.details },
      );
    }
  }

  async function draw(
    model: string,
    request: ImageRequest,
    { signal, onProgress }: CallContext,
  ): Promise<ImageResult> {
    const { body, warnings } = bodyFor(model, request);
    const modelAdvice = request.model === undefined ? adviceBeside(model) : ARGUMENT_ADVICE;
    onProgress({ message: `Doubao is drawing with ${model}` });
    const { json } = await client.send({
      url,
      headers: { "authorization": `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal,
      repeat: "if nothing happened",
      pictures: request.count,
      failure: (answer) => failureOf(answer, { model, modelAdvice }),
    });
    const answer = readAnswer(json);
    const { items, warnings: surplus } = firstOf(request.count, answer.pictures);
    const images = await Promise.all(items.map((picture) => fetchPicture(picture, signal)));
    return {
      images,
      warnings: [...warnings, ...answer.failures.map(failedPicture), ...surplus],
      model: answer.model ?? model,
      usage: answer.usage,
    };
  }

  async function fetchPicture(
    { url, b64_json }: AnsweredPicture,
    signal: AbortSignal,
  ): Promise<GeneratedImage> {
    return { bytes: b64_json ? decode(b64_json) : await client.download(url ?? "", signal) };
  }

  return {
    name: "doubao",
    endpoint: settings.DOUBAO_ENDPOINT,
    models: [...new Set([configured, ...(fallback ? [fallback] : []), ...LIVE_MODELS])],
    concurrency: settings.DOUBAO_CONCURRENCY,
    capabilities: (model = configured) => capabilitiesOf(model),
    generate,
  };
}

function capabilitiesOf(model: string): Capabilities {
  const { sizes, outputFormats, maxPromptLength } = familyOf(model);
  return {
    styles: STYLES,
    sizes,
    maxCount: 1,
    maxPromptLength,
    negativePrompt: "words",
    options: outputFormats.length > 0 ? { output_format: { values: outputFormats } } : {},
  };
}

/** The request as Ark wants it, with what of it `model` cannot honour. */
function bodyFor(model: string, request: ImageRequest) {
  const family = familyOf(model);
  const wanted = askedSize(request);
  const size = adaptSize(wanted, family);
  const format = request.options.output_format;
  const takesFormat = family.outputFormats.some((legal) => legal === format);
  return {
    body: {
      model,
      prompt: promptOf(request),
      size,
      // An address can be fetched again when the download breaks off; bytes in the answer cannot.
      response_format: "url",
      // The vendor's default is true.
      watermark: false,
      ...(takesFormat ? { output_format: format } : {}),
    },
    warnings: [
      ...(size === wanted ? [] : [`'${model}' does not draw ${wanted}; ${size} was asked for`]),
      ...(format === undefined || takesFormat
        ? []
        : [`'${model}' does not let the output_format be chosen; '${format}' was left out`]),
      ...lengthWarnings(request.prompt),
    ],
  };
}

function askedSize({ size }: ImageRequest): Size {
  return size === undefined || size === "auto" ? "2048x2048" : size;
}

function failedPicture(code: string): string {
  return `Doubao left out one of the pictures: ${code}`;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.fromBase64(base64);
  } catch (cause) {
    throw new ImageError(
      "decode_failed",
      "Doubao's picture is not valid base64 and cannot be read. Ask again",
      { provider: "doubao" },
      { cause },
    );
  }
}

function isUnusableModel(error: unknown): error is ImageError {
  return error instanceof ImageError && error.code === "model_unavailable";
}

function fallbackOf({ DOUBAO_MODEL, DOUBAO_FALLBACK_MODEL }: Settings): string | undefined {
  const isOff = DOUBAO_FALLBACK_MODEL.toLowerCase() === "none";
  return isOff || DOUBAO_FALLBACK_MODEL === DOUBAO_MODEL ? undefined : DOUBAO_FALLBACK_MODEL;
}

/** The address to post to, for an endpoint given with or without its version. */
function imagesAddress(endpoint: string): string {
  const path = "/images/generations";
  if (endpoint.endsWith(path)) return endpoint;
  return (/\/v\d+$/.test(endpoint) ? endpoint : `${endpoint}/api/v3`) + path;
}

/** What to do about a configured model that cannot draw, naming others than the ones tried. */
function adviceBeside(...tried: readonly string[]): string {
  const others = LIVE_MODELS.filter((model) => !tried.includes(model));
  return `Set DOUBAO_MODEL to a live model, such as ${oneOf(others)}, or open the model at ` +
    "https://console.volcengine.com/ark";
}

function doubtsAbout(variable: string, model: string): readonly string[] {
  const doubt = DOUBTS.find(({ pattern }) => pattern.test(model));
  return doubt
    ? [`${variable} is '${model}', ${doubt.why}; live ids are ${oneOf(LIVE_MODELS)}`]
    : [];
}

/** Known to draw in November 2026. */
const LIVE_MODELS = [
  "doubao-seedream-5-0-pro-260628",
  "doubao-seedream-5-0-flash-260915",
  "doubao-seedream-4-0-20260415",
];

const DOUBTS: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  {
    pattern: /seedream-3-0|seededit|seedream-4-0-250828/i,
    why: "which the vendor has retired",
  },
  { pattern: /seedream-\d\.\d/i, why: "a short name, where Ark's own ids end in a date" },
];

const ARGUMENT_ADVICE =
  "Name another model in the 'model' argument, or leave it out to draw with " +
  "DOUBAO_MODEL; models are opened at https://console.volcengine.com/ark";
