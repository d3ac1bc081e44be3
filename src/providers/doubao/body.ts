/** A request in Ark's words. */

import { asDataAddress } from "../picture_body.ts";
import type { ImageRequest, InputImage, Size } from "../provider.ts";
import { promptWithRoles } from "../style_words.ts";
import { checkTotalBytes } from "../total_bytes.ts";
import { type Family, familyOf } from "./families.ts";
import { groupWords, lengthWarnings, STYLES } from "./prompt.ts";
import { adaptSize, sizeLike } from "./sizes.ts";

export interface Submission {
  readonly body: Readonly<Record<string, unknown>>;
  /** Whether the pictures come one after another, in a stream of events. */
  readonly isStream: boolean;
  /** What of the request the model cannot honour. */
  readonly warnings: readonly string[];
}

/**
 * Exactly the fields that `model` knows. A group is streamed where `isWatched`: somebody sees each
 * picture as it comes.
 * @throws {ImageError} where the pictures together are more than one call should carry.
 */
export function submissionOf(
  request: ImageRequest,
  model: string,
  isWatched: boolean,
): Submission {
  const family = familyOf(model);
  const { inputs, options, count } = request;
  checkTotalBytes("Doubao", inputs, MAX_TOTAL_BYTES);
  const wanted = askedSize(request);
  const size = adaptSize(wanted, family);
  const format = options.output_format;
  const takesFormat = family.outputFormats.some((legal) => legal === format);
  const isGroup = count > 1 && family.drawsGroups;
  const isStream = isGroup && isWatched;
  const prompt = promptWithRoles(request, STYLES);
  return {
    body: {
      model,
      prompt: isGroup ? `${prompt}\n${groupWords(request.prompt, count)}` : prompt,
      ...imageField(inputs),
      size,
      // An address can be fetched again when the download breaks off; bytes in the answer cannot.
      response_format: "url",
      // The vendor's default is true.
      watermark: false,
      ...(takesFormat ? { output_format: format } : {}),
      ...(isGroup ? groupFields(count) : {}),
      ...(isStream ? { stream: true } : {}),
    },
    isStream,
    warnings: [
      ...(size === wanted ? [] : [`'${model}' does not draw ${wanted}; ${size} was asked for`]),
      ...formatWarnings(format, model, family),
      ...lengthWarnings(request.prompt),
    ],
  };
}

function askedSize({ size, inputs }: ImageRequest): Size {
  if (size !== undefined && size !== "auto") return size;
  const base = inputs.find(({ role }) => role === "base");
  return base ? sizeLike(base) : "2048x2048";
}

/** One picture alone, several as a list. */
function imageField(inputs: readonly InputImage[]) {
  const [first, ...others] = inputs.map(asDataAddress);
  if (first === undefined) return {};
  return { image: others.length > 0 ? [first, ...others] : first };
}

function groupFields(count: number) {
  return {
    sequential_image_generation: "auto",
    sequential_image_generation_options: { max_images: count },
  };
}

function formatWarnings(
  format: string | number | undefined,
  model: string,
  { outputFormats }: Family,
): readonly string[] {
  if (format === undefined || outputFormats.some((legal) => legal === format)) return [];
  return [`'${model}' does not let the output_format be chosen; '${format}' was left out`];
}

/** The vendor states no bound of all together; this one keeps memory bounded: 40 MB in base64. */
const MAX_TOTAL_BYTES = 30_000_000;
