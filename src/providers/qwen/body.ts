/** A request in the words of each of Model Studio's protocols. */

import { ImageError } from "../../errors.ts";
import { asDataAddress } from "../picture_body.ts";
import type { ImageRequest, Size } from "../provider.ts";
import { promptWithRoles } from "../style_words.ts";
import { DEFAULT_MODEL, type Family, familyOf, type Protocol } from "./models.ts";

export interface Submission {
  /** Below the address of the API. */
  readonly path: string;
  /** Whether a task is made, which is asked about. */
  readonly isTask: boolean;
  readonly body: unknown;
  readonly warnings: readonly string[];
}

export interface Habits {
  readonly promptExtend: boolean;
  readonly watermark: boolean;
}

/** @throws {ImageError} where the model only changes pictures and none came. */
export function submissionOf(request: ImageRequest, model: string, habits: Habits): Submission {
  const family = familyOf(model);
  checkInputs(request, model, family);
  const { path, isTask, input } = PROTOCOLS[family.protocol];
  const prompt = promptOf(request, family);
  const asked = askedSize(request, family);
  const size = asked && sizeWithin(asked, request, family);
  return {
    path,
    isTask,
    body: {
      model,
      input: input(prompt, request),
      parameters: {
        ...parametersOf(request, family, habits),
        ...(size ? { size: size.replace("x", "*") } : {}),
      },
    },
    warnings: [
      ...(size !== asked ? [`'${model}' changes pictures up to 2K, so ${size} was asked for`] : []),
      ...(request.strength !== undefined && request.mask
        ? ["Model Studio takes no strength beside a mask, so it was left out"]
        : []),
      ...lengthWarnings(prompt, request, family),
    ],
  };
}

function parametersOf(
  { count, seed, negativePrompt, strength, mask }: ImageRequest,
  { protocol, extendsPrompts, capabilities }: Family,
  { promptExtend, watermark }: Habits,
) {
  const isInInput = protocol === "text task" || protocol === "images task";
  const isNative = capabilities.negativePrompt === "native" && !isInInput;
  return {
    // Wan draws and charges 4 unless it is told otherwise.
    n: count,
    watermark,
    ...(extendsPrompts ? { prompt_extend: promptExtend } : {}),
    ...(seed === undefined ? {} : { seed }),
    ...(negativePrompt && isNative ? { negative_prompt: negativePrompt } : {}),
    ...(strength === undefined || mask ? {} : { strength }),
  };
}

/** The size that was asked for; undefined where the model chooses. */
function askedSize({ size }: ImageRequest, { capabilities }: Family): Size | undefined {
  const asked = size ?? capabilities.sizes.default as Size;
  return asked === "auto" ? undefined : asked;
}

/** A size of the same shape within what the model draws from pictures that come in. */
function sizeWithin(size: Size, { inputs }: ImageRequest, { maxPixelsOfEdit }: Family): Size {
  if (inputs.length === 0 || maxPixelsOfEdit === undefined) return size;
  const [width = 0, height = 0] = size.split("x").map(Number);
  const factor = Math.sqrt(maxPixelsOfEdit / (width * height));
  return factor >= 1 ? size : `${Math.floor(width * factor)}x${Math.floor(height * factor)}`;
}

/** The prompt with its style, what to avoid where there is no field for it, and what pictures are for. */
function promptOf(request: ImageRequest, { capabilities }: Family): string {
  const isNative = capabilities.negativePrompt === "native";
  return promptWithRoles(isNative ? { ...request, negativePrompt: undefined } : request);
}

function lengthWarnings(
  prompt: string,
  { negativePrompt = "" }: ImageRequest,
  { capabilities }: Family,
): readonly string[] {
  const { maxPromptLength, negativePrompt: kind } = capabilities;
  return [
    ...(prompt.length > maxPromptLength
      ? [
        `The model reads ${maxPromptLength} characters of a prompt, and with the style's words ` +
        `this one has ${prompt.length}: what stands at its end may be missing`,
      ]
      : []),
    ...(kind === "native" && negativePrompt.length > MAX_NEGATIVE_PROMPT
      ? [
        `The model reads ${MAX_NEGATIVE_PROMPT} characters of a negative_prompt, and this one ` +
        `has ${negativePrompt.length}`,
      ]
      : []),
  ];
}

/** In characters (vendor's guide to Qwen-Image-Edit, a copy of early 2026). */
const MAX_NEGATIVE_PROMPT = 500;

function checkInputs({ inputs }: ImageRequest, model: string, { needsImage }: Family): void {
  if (!needsImage || inputs.length > 0) return;
  throw new ImageError(
    "invalid_parameters",
    `'${model}' only changes pictures: pass one, or draw with a model such as '${DEFAULT_MODEL}'`,
    { provider: "qwen", model },
  );
}

function negativeIn({ negativePrompt }: ImageRequest) {
  return negativePrompt ? { negative_prompt: negativePrompt } : {};
}

interface ProtocolRules {
  readonly path: string;
  readonly isTask: boolean;
  readonly input: (prompt: string, request: ImageRequest) => unknown;
}

const PROTOCOLS: Readonly<Record<Protocol, ProtocolRules>> = {
  messages: {
    path: "/services/aigc/multimodal-generation/generation",
    isTask: false,
    input: (text, { inputs }) => ({
      messages: [{
        role: "user",
        content: [...inputs.map((input) => ({ image: asDataAddress(input) })), { text }],
      }],
    }),
  },
  "messages task": {
    path: "/services/aigc/image-generation/generation",
    isTask: true,
    input: (text, { inputs }) => ({
      messages: [{
        role: "user",
        content: [{ text }, ...inputs.map((input) => ({ image: asDataAddress(input) }))],
      }],
    }),
  },
  "text task": {
    path: "/services/aigc/text2image/image-synthesis",
    isTask: true,
    input: (prompt, request) => ({ prompt, ...negativeIn(request) }),
  },
  "images task": {
    path: "/services/aigc/image2image/image-synthesis",
    isTask: true,
    input: (prompt, request) => ({
      prompt,
      ...negativeIn(request),
      images: request.inputs.map(asDataAddress),
    }),
  },
  "edit task": {
    path: "/services/aigc/image2image/image-synthesis",
    isTask: true,
    input: (prompt, { inputs: [base], mask }) => ({
      function: mask ? "description_edit_with_mask" : "description_edit",
      prompt,
      base_image_url: asDataAddress(base!),
      ...(mask ? { mask_image_url: asDataAddress(mask) } : {}),
    }),
  },
};
