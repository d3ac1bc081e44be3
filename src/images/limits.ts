/** How large a picture may be, from its first bytes: what the decoders here need of memory is known. */

import { identifyImage, type MediaType, type PictureFormat } from "./media_type.ts";
import { bigEndian, hasText, littleEndian } from "./read_bytes.ts";

/** Pixels of the largest picture that a preview is made of. */
export const MAX_PIXELS = 64_000_000;
/** Pixels of the largest picture that is held whole, to be changed or converted. */
export const MAX_WHOLE_PIXELS = 36_000_000;
/** Of the largest picture that goes to the runtime's own decoder, which is generous with memory. */
export const MAX_NATIVE_PIXELS = 20_000_000;
/** Bytes that a decoder may need while it shrinks a picture. */
const MAX_DECODING_BYTES = 256 * 1024 * 1024;
/** From here on only one picture is decoded at a time. */
const LARGE_BYTES = 100 * 1024 * 1024;

export interface DecodingCost {
  readonly mediaType: MediaType;
  readonly pixels: number;
  /** Bytes of memory while decoding. */
  readonly memory: number;
  readonly isLarge: boolean;
}

/**
 * What it takes to decode the picture, to a preview or to all its pixels (`isWhole`); a sentence
 * that says why it is not done where it cannot or may not be.
 */
export function decodingCost(
  bytes: Uint8Array,
  { isWhole }: { readonly isWhole: boolean },
): DecodingCost | string {
  const picture = identifyImage(bytes);
  if (!picture) return "It is no picture of a known format";
  const needed = BYTES_A_PIXEL[picture.mediaType]?.(bytes);
  if (needed === undefined) return `${nameOf(picture)} pictures cannot be decoded here`;
  const { width = Infinity, height = Infinity } = picture;
  const pixels = width * height;
  const mostPixels = isWhole ? MAX_WHOLE_PIXELS : MAX_PIXELS;
  const decoding = pixels * needed;
  if (pixels > mostPixels || decoding > MAX_DECODING_BYTES) {
    const most = Math.min(mostPixels, Math.floor(MAX_DECODING_BYTES / needed));
    return `It has ${width}x${height} pixels, more than the ${megapixels(most)} million that are ` +
      "decoded here";
  }
  const memory = decoding + (isWhole ? pixels * 12 : 0);
  return { mediaType: picture.mediaType, pixels, memory, isLarge: memory > LARGE_BYTES };
}

function nameOf({ extension }: PictureFormat): string {
  return extension.toUpperCase();
}

function megapixels(pixels: number): string {
  return (pixels / 1e6).toFixed(0);
}

/** Bytes a pixel that the decoder of each format holds beside the result. */
const BYTES_A_PIXEL: Readonly<Partial<Record<MediaType, (bytes: Uint8Array) => number>>> = {
  "image/png": (bytes) => bytes[28] === 1 ? 4 : 0.1, // interlaced, or row by row
  "image/jpeg": bytesOfJpeg,
  "image/webp": bytesOfWebp,
  "image/gif": () => MAX_DECODING_BYTES / MAX_NATIVE_PIXELS,
  "image/bmp": () => MAX_DECODING_BYTES / MAX_NATIVE_PIXELS,
};

/** The pixels, and of a progressive one two bytes for each sample. */
function bytesOfJpeg(bytes: Uint8Array): number {
  for (let offset = 2; bytes[offset] === 0xff;) {
    const marker = bytes[offset + 1]!;
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      const components = bytes[offset + 9]!;
      if (components > 3) return MAX_DECODING_BYTES / MAX_NATIVE_PIXELS;
      return components + (PROGRESSIVE.has(marker) ? samplesAPixel(bytes, offset) * 2 : 0);
    }
    offset += marker === 0xff ? 1 : 2 + bigEndian(bytes, offset + 2, 2);
  }
  return MAX_DECODING_BYTES;
}

const PROGRESSIVE: ReadonlySet<number> = new Set([0xc2, 0xc6, 0xca, 0xce]);

/** 3 where colour is as fine as brightness, 1.5 where it is half as fine in both directions. */
function samplesAPixel(bytes: Uint8Array, frame: number): number {
  const areas = Array.from({ length: bytes[frame + 9]! }, (_, index) => {
    const sampling = bytes[frame + 11 + index * 3]!;
    return (sampling >> 4) * (sampling & 0xf);
  });
  return areas.reduce((sum, area) => sum + area, 0) / Math.max(1, ...areas);
}

/** RGBA and a plane of alpha; without loss the pixels are kept twice. */
function bytesOfWebp(bytes: Uint8Array): number {
  if (!hasText(bytes, 12, "VP8X")) return hasText(bytes, 12, "VP8L") ? 8 : 4;
  if (bytes[20]! & 0x02) return MAX_DECODING_BYTES / MAX_NATIVE_PIXELS;
  for (let offset = 12, chunks = 0; offset + 8 <= bytes.length && chunks < 100; chunks++) {
    if (hasText(bytes, offset, "VP8L")) return 8;
    if (hasText(bytes, offset, "VP8 ")) break;
    const length = littleEndian(bytes, offset + 4, 4);
    offset += 8 + length + length % 2;
  }
  return 5;
}
