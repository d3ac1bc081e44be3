/** Pictures that come in, made what one vendor takes: its formats, sizes and bytes. */

import { ImageError } from "../errors.ts";
import { identifyImage, type MediaType } from "./media_type.ts";
import { hasText } from "./read_bytes.ts";
import { type OutputFormat, type Step, transformImage } from "./transform.ts";

export interface InputBounds {
  /** The formats to choose from; one of PNG, JPEG and WebP is among them. */
  readonly mediaTypes: readonly string[];
  /** In pixels; of much the same shape as the picture. */
  readonly width: number;
  readonly height: number;
  /** Null stands for no bound. */
  readonly maxBytes: number | null;
}

export interface FittedInput {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: MediaType;
  readonly width: number;
  readonly height: number;
}

/**
 * The picture within bounds: in its own format where that may be and is small enough, else packed
 * with loss, and smaller than asked for only where nothing else helps.
 * @throws {ImageError} `invalid_parameters` where it cannot be made so few bytes.
 * @throws {UndecodableImageError}
 */
export async function fitInput(
  bytes: Uint8Array<ArrayBuffer>,
  bounds: InputBounds,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<FittedInput> {
  const { mediaType, width, height } = identifyImage(bytes) ?? {};
  const isResized = width !== bounds.width || height !== bounds.height;
  const steps: readonly Step[] = isResized
    ? [{ do: "resize", width: bounds.width, height: bounds.height, fit: "fill" }]
    : [];
  const maxBytes = bounds.maxBytes ?? Infinity;
  const formats = FORMATS.filter((format) => bounds.mediaTypes.includes(`image/${format}`));
  const own = formats.find((format) => `image/${format}` === mediaType) ?? formats[0]!;
  const quality = own === "png" ? undefined : QUALITY;
  const isTooLong = !isResized && `image/${own}` === mediaType && bytes.length > maxBytes;
  let hasAlpha = false;
  // What is too long as it is, and surely has no alpha, need not be tried as it is.
  if (!isTooLong || mayHaveAlpha(bytes)) {
    const made = (await transformImage(bytes, steps, { format: own, quality }, { signal }))!;
    if (made.bytes.length <= maxBytes) return made;
    hasAlpha = made.hadAlpha;
  }
  const format = packing(formats, hasAlpha);
  const packed = await transformImage(bytes, steps, { format, quality: QUALITY, maxBytes }, {
    signal,
  });
  if (packed) return packed;
  throw new ImageError(
    "invalid_parameters",
    `A picture that came in cannot be made as small as the ${maxBytes} bytes that the provider takes`,
    { max_bytes: maxBytes },
  );
}

/** JPEG never, PNG not without an alpha channel, a palette or a colour that is clear. */
function mayHaveAlpha(bytes: Uint8Array): boolean {
  if (hasText(bytes, 0, "\xff\xd8")) return false;
  if (!hasText(bytes, 1, "PNG")) return true;
  const isPlain = bytes[25] === 0 || bytes[25] === 2;
  return !isPlain || new TextDecoder("latin1").decode(bytes.subarray(0, 4_096)).includes("tRNS");
}

/** What packs best of what keeps the picture: JPEG has no alpha. */
function packing(formats: readonly OutputFormat[], hasAlpha: boolean): OutputFormat {
  const best: readonly OutputFormat[] = hasAlpha ? ["webp", "png"] : ["jpeg", "webp", "png"];
  return best.find((format) => formats.includes(format)) ?? formats[0]!;
}

/** In the order in which one is chosen for a picture of another format. */
const FORMATS: readonly OutputFormat[] = ["png", "jpeg", "webp"];
/** Of formats with loss: what a model sees no difference in. */
const QUALITY = 92;
