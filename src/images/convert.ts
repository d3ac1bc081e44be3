/** Output formats that a vendor cannot give: made here, without loss where that can be. */

import { isAnimatedGif } from "./check/gif.ts";
import { identifyImage, type MediaType } from "./media_type.ts";
import { isSurelyOpaque } from "./opacity.ts";
import { hasText } from "./read_bytes.ts";
import { type OutputFormat, type Step, transformImage } from "./transform.ts";

export interface ConversionOptions {
  /** Undefined: whatever format the picture has, where that can be written here, else PNG. */
  readonly format?: OutputFormat;
  /** From 0 to 100, as vendors' `output_compression`; PNG has none. Default: the best there is. */
  readonly quality?: number;
  /** "opaque" lays what can be seen through on white; nothing can be made clear here. */
  readonly background?: "transparent" | "opaque" | "auto";
  readonly signal?: AbortSignal;
}

export interface Converted {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: MediaType;
  /** What could not be honoured or was lost, as sentences. */
  readonly warnings: readonly string[];
}

/**
 * The picture in the format, quality and background asked for. A picture that is so already is
 * given back as it is. Kept: every pixel, where the format can; lost and told: transparency in
 * JPEG, animation.
 * @throws {UndecodableImageError} where the picture cannot be decoded.
 */
export async function convertImage(
  bytes: Uint8Array<ArrayBuffer>,
  { format, quality, background = "auto", signal }: ConversionOptions,
): Promise<Converted> {
  const current = identifyImage(bytes)?.mediaType;
  const target = format ?? FORMATS[current!] ?? "png";
  const mediaType = `image/${target}` as const;
  const isSame = current === mediaType && (target === "png" || isBest(quality));
  const warnings = [...compressionWarnings(target, quality), ...animationWarnings(bytes, isSame)];
  const isAsWished = background === "auto" || background === "opaque" && isSurelyOpaque(bytes);
  if (isSame && isAsWished) return { bytes, mediaType, warnings };

  const steps: readonly Step[] = background === "opaque" ? [ON_WHITE] : [];
  const output = { format: target, quality: qualityFor(target, quality, bytes) };
  const made = (await transformImage(bytes, steps, output, { signal }))!;
  const isUnchanged = isSame && (background === "transparent" || !made.hadAlpha);
  return {
    bytes: isUnchanged ? bytes : made.bytes,
    mediaType,
    warnings: [...warnings, ...alphaWarnings(target, background, made)],
  };
}

/** The quality to encode with; undefined stands for without loss, or for the best of JPEG. */
function qualityFor(
  format: OutputFormat,
  quality: number | undefined,
  bytes: Uint8Array,
): number | undefined {
  if (format === "png") return undefined;
  if (!isBest(quality)) return Math.max(1, quality!);
  // What was packed with loss before would only grow without it.
  return format === "webp" && isLossless(bytes) ? undefined : BEST_QUALITY;
}

/** Whether nothing is to be made smaller at the cost of detail. */
function isBest(quality: number | undefined): boolean {
  return quality === undefined || quality >= 100;
}

/** Whether a file holds its pixels as they were made. */
function isLossless(bytes: Uint8Array): boolean {
  const mediaType = identifyImage(bytes)?.mediaType;
  if (mediaType === "image/webp") return !hasText(bytes, 12, "VP8 ");
  return mediaType !== "image/jpeg" && mediaType !== "image/avif";
}

function compressionWarnings(format: OutputFormat, quality: number | undefined): readonly string[] {
  return format === "png" && !isBest(quality)
    ? [`PNG loses nothing, so a compression of ${quality} was not used; ask for jpeg or webp`]
    : [];
}

function animationWarnings(bytes: Uint8Array, isSame: boolean): readonly string[] {
  return !isSame && isAnimated(bytes)
    ? ["The picture is animated; only its first frame was converted"]
    : [];
}

function alphaWarnings(
  format: OutputFormat,
  background: string,
  { hadAlpha, hasAlpha }: { readonly hadAlpha: boolean; readonly hasAlpha: boolean },
): readonly string[] {
  if (hadAlpha && format === "jpeg" && background !== "opaque") {
    return ["JPEG has no transparency, so the picture was laid on white; ask for png or webp"];
  }
  return background === "transparent" && !hasAlpha
    ? ["The picture came without transparency, which cannot be added afterwards"]
    : [];
}

/** Whether a GIF or WebP has more than one frame. */
export function isAnimated(bytes: Uint8Array): boolean {
  if (hasText(bytes, 0, "GIF8")) return isAnimatedGif(bytes);
  return hasText(bytes, 12, "VP8X") && (bytes[20]! & 0x02) !== 0;
}

const BEST_QUALITY = 95;
const ON_WHITE: Step = { do: "flatten", background: [255, 255, 255] };
const FORMATS: Readonly<Partial<Record<MediaType, OutputFormat>>> = {
  "image/png": "png",
  "image/jpeg": "jpeg",
  "image/webp": "webp",
};
