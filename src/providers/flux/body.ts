/** The request as FLUX wants it. */

import { ImageError } from "../../errors.ts";
import type { ImageRequest, InputImage } from "../provider.ts";
import { type Family, familyOf } from "./models.ts";
import { STYLE_WORDS } from "../style_words.ts";

export interface Submission {
  readonly body: Readonly<Record<string, unknown>>;
  /** What of the request the model cannot honour. */
  readonly warnings: readonly string[];
}

/** Exactly the fields that `model` knows. @throws {ImageError} where it cannot draw at all. */
export function submissionOf(request: ImageRequest, model: string): Submission {
  const family = familyOf(model);
  const inputs = baseFirst(request.inputs);
  if (family.needsImage && inputs.length === 0) {
    throw new ImageError(
      "invalid_parameters",
      `FLUX's model '${model}' fills a part of a picture and draws no new ones. Pass a picture ` +
        "and a mask, or leave 'model' out",
      { model },
    );
  }
  const { size, seed, mask, options } = request;
  const sizeFields = size === undefined ? {} : family.sizes.fieldsOf(size);
  const isSizeLost = family.needsImage && size !== undefined && size !== "auto";
  return {
    body: {
      prompt: promptOf(request, inputs),
      ...imageFields(inputs, family),
      ...mask ? { mask: mask.bytes } : {},
      ...sizeFields,
      ...seed === undefined || !family.capabilities.seed ? {} : { seed },
      ...toleranceField(request, family),
      ...formatField(options.output_format, family),
    },
    warnings: isSizeLost
      ? [`'${model}' keeps the size of the picture it changes, so size ${size} was left out`]
      : [],
  };
}

/** The picture that is changed decides the shape of the result, where it comes first. */
function baseFirst(inputs: readonly InputImage[]): readonly InputImage[] {
  const isBase = ({ role }: InputImage) => role === "base";
  return [...inputs.filter(isBase), ...inputs.filter((input) => !isBase(input))];
}

/** The prompt, and in words what the API has no field for. */
function promptOf(
  { prompt, style = "", negativePrompt }: ImageRequest,
  inputs: readonly InputImage[],
): string {
  const styleWords = STYLE_WORDS[style]?.prompt;
  const examples = inputs.flatMap(({ role }, index) => role === "style" ? [index + 1] : []);
  return [
    prompt,
    styleWords && `Style: ${styleWords}.`,
    ...examples.map((number) => `Use the style of image ${number}, not what it shows.`),
    negativePrompt && `Leave out of the picture: ${negativePrompt}`,
  ].filter(Boolean).join("\n\n");
}

function imageFields(inputs: readonly InputImage[], { images }: Family) {
  if (inputs.length === 0) return {};
  const pictures = inputs.map(({ bytes }) => bytes);
  if (images === "list") return { images: pictures };
  if (images === "one") return { image: pictures[0] };
  return Object.fromEntries(
    pictures.map((picture, index) => [`input_image${index === 0 ? "" : `_${index + 1}`}`, picture]),
  );
}

/** Moderation "low" is the laxest that the model has; otherwise the vendor's default counts. */
function toleranceField({ inputs, options }: ImageRequest, family: Family) {
  if (options.moderation !== "low") return {};
  const { tolerance, toleranceWithImages } = family;
  return { safety_tolerance: inputs.length > 0 ? toleranceWithImages : tolerance };
}

/** Not said where the model has one format only: FLUX.3 refuses every field it does not know. */
function formatField(format: string | number | undefined, { capabilities }: Family) {
  const rule = capabilities.options.output_format!;
  const hasChoice = "values" in rule && rule.values.length > 1;
  return format === undefined || !hasChoice ? {} : { output_format: format };
}
