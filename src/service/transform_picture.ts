/** The use case: a picture cropped, resized, turned or converted here, and kept as a new one. */

import { hashOf } from "../bytes.ts";
import { ImageError } from "../errors.ts";
import { isAnimated } from "../images/convert.ts";
import { identifyImage } from "../images/media_type.ts";
import { readProvenance } from "../images/provenance/read.ts";
import { type OutputFormat, type Transformed, transformImage } from "../images/transform.ts";
import { UndecodableImageError, WorkerLostError } from "../images/workers.ts";
import type { FoundPicture } from "../inputs/picture_source.ts";
import type { Transformation } from "./transformation.ts";
import { sourceTypeOf } from "../storage/embedded_provenance.ts";
import { type ImageRepository, newImageId } from "../storage/image_repository.ts";
import type { ImageRecord } from "../storage/records/records.ts";

/** Who gets the picture, and until when they wait. */
export interface TransformCaller {
  readonly owner: string;
  readonly signal?: AbortSignal;
}

export interface LocalPicture {
  readonly image: ImageRecord;
  /** What was lost or could not be honoured, as sentences. */
  readonly warnings: readonly string[];
}

/** What pictures that were made here have in place of a vendor and a model. */
export const LOCAL = "local";
const MODEL = "transform";

/**
 * Makes a new picture of one that was found, and keeps it: it belongs to whoever asks, and its
 * record names the one it was made of. Nothing is asked of any vendor.
 * @throws {ImageError}
 */
export async function transformPicture(
  source: FoundPicture,
  transformation: Transformation,
  { owner, signal }: TransformCaller,
  images: ImageRepository,
): Promise<LocalPicture> {
  const { bytes, warnings } = await transformed(source, transformation, signal);
  const { summary, ...asked } = transformation;
  const image = await images.save({ bytes }, {
    id: newImageId(LOCAL, Date.now()),
    owner,
    provider: LOCAL,
    model: MODEL,
    operation: "transform",
    prompt: summary,
    parents: [source.imageId ?? await hashOf(source.bytes)],
    parameters: asked,
    maxBytes: transformation.maxBytes,
    sourceType: await sourceTypeFor(source, owner, images),
  });
  return { image, warnings };
}

/** The new picture is of the same kind of media, whose signed manifest its file would have lost. */
async function sourceTypeFor(
  { bytes, imageId, told: kept }: FoundPicture,
  owner: string,
  images: ImageRepository,
): Promise<string | undefined> {
  const told = (kept ?? readProvenance(bytes)).sourceType;
  if (told !== undefined || imageId === undefined) return told;
  const source = await images.sourceOf({ id: imageId }, owner);
  return source && sourceTypeOf(source);
}

export interface TransformedBytes extends Pick<Transformed, "bytes" | "mediaType"> {
  readonly warnings: readonly string[];
}

/** The same without keeping it. @throws {ImageError} `invalid_parameters`. */
export async function transformed(
  { bytes, name }: Pick<FoundPicture, "bytes" | "name">,
  { steps, format, quality, maxBytes }: Transformation,
  signal?: AbortSignal,
): Promise<TransformedBytes> {
  const formats = candidatesFor(bytes, format, maxBytes);
  for (const [index, candidate] of formats.entries()) {
    const isLast = index === formats.length - 1;
    const used = candidate === "png" ? undefined : quality ?? USUAL_QUALITY;
    const output = { format: candidate, quality: used, maxBytes, keepsSize: true };
    const made = await transformImage(bytes, steps, output, { signal })
      .catch((error) => Promise.reject(asImageError(error, name)));
    // A PNG made small only by fewer pixels is not what people mean by fewer bytes.
    if (!made || (made.isShrunk && !isLast)) continue;
    const warnings = [
      ...isAnimated(bytes) ? [`${name} is animated; only its first frame is kept`] : [],
      ...index > 0 ? [`As PNG it would have been larger, so it became ${candidate}`] : [],
      ...fitWarnings(made, maxBytes),
      ...candidate === "png" && quality !== undefined
        ? ["PNG loses nothing, so 'quality' was not used; ask for jpeg or webp"]
        : [],
      ...made.hadAlpha && candidate === "jpeg" && steps.every((step) => step.do !== "flatten")
        ? ["JPEG has no transparency, so the picture was laid on white; pass a background or webp"]
        : [],
      ...made.isEnlarged ? ["The picture was made larger, which adds no detail"] : [],
    ];
    return { bytes: made.bytes, mediaType: made.mediaType, warnings };
  }
  throw new ImageError(
    "invalid_parameters",
    `${name} cannot be made as small as ${maxBytes} bytes, even at 64 pixels a side: allow more`,
    { max_bytes: maxBytes },
  );
}

/** Of JPEG and WebP where none is asked for. */
const USUAL_QUALITY = 90;

/** The formats to try in turn: a PNG that nobody asked for may become a WebP to have fewer bytes. */
function candidatesFor(
  bytes: Uint8Array,
  format: OutputFormat | undefined,
  maxBytes: number | undefined,
): readonly OutputFormat[] {
  if (format) return [format];
  const own = WRITTEN[identifyImage(bytes)?.mediaType ?? ""] ?? "png";
  return own === "png" && maxBytes !== undefined ? ["png", "webp"] : [own];
}

const WRITTEN: Readonly<Record<string, OutputFormat>> = {
  "image/png": "png",
  "image/jpeg": "jpeg",
  "image/webp": "webp",
};

function fitWarnings(
  { isReduced, isShrunk, width, height, quality }: Transformed,
  maxBytes: number | undefined,
): readonly string[] {
  if (isShrunk) {
    return [`To stay within ${maxBytes} bytes the picture was made ${width}x${height}`];
  }
  return isReduced ? [`The best quality within ${maxBytes} bytes is ${quality} of 100`] : [];
}

function asImageError(error: unknown, name: string): unknown {
  const isPictures = error instanceof UndecodableImageError || error instanceof RangeError ||
    error instanceof WorkerLostError && error.reason !== "closed";
  if (!isPictures) return error;
  return new ImageError("invalid_parameters", `${name} cannot be changed: ${error.message}`, {}, {
    cause: error,
  });
}
