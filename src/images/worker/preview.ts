/** A smaller copy of a picture, to look at. */

import { identifyImage } from "../media_type.ts";
import { type Codecs, decode } from "./decode.ts";
import { encode, type Encoded } from "./encode.ts";
import { release } from "./raster.ts";

export interface PreviewInput {
  readonly bytes: Uint8Array;
  /** What is opaque is given as this; what can be seen through is always a WebP. */
  readonly format: "jpeg" | "webp";
  readonly maxBytes: number;
}

/** @throws {UndecodableError} */
export async function preview(
  { bytes, format, maxBytes }: PreviewInput,
  codecs: Codecs,
): Promise<Encoded | undefined> {
  const { width = 0, height = 0 } = identifyImage(bytes) ?? {};
  const factor = factorOf(width, height);
  const raster = await decode(bytes, factor, codecs);
  const longest = Math.min(LARGEST_SIDE, Math.max(raster.width, raster.height));
  const kind = raster.isOpaque ? format : "webp";
  const expected = raster.width * raster.height * bytesAPixel(bytes, width * height, factor, kind);
  const side = firstSide(longest, maxBytes / expected);
  const output = { format: kind, quality: QUALITY, maxBytes, side };
  const encoded = await encode(raster, output, codecs);
  release(raster.pixels);
  return encoded && { ...encoded, isReduced: encoded.isReduced || side < longest };
}

/**
 * How many pixels across become one while the picture is read, so that a large one has a longest
 * side of 1024 to 1535 pixels at once and needs no other filter.
 */
export function factorOf(width: number, height: number): number {
  return Math.max(1, Math.floor(Math.max(width, height) / USUAL_SIDE));
}

/** Models see no more than about 1568 pixels; from 2048 on shrinking by whole steps is cheap. */
const LARGEST_SIDE = 1568;
const USUAL_SIDE = 1024;
const QUALITY = 80;

/**
 * What a copy will probably take, from how well the file itself was packed: flat drawings as PNG
 * need 0.3 bytes a pixel, photographs 1.5, noise 3; lossy files have done the same work already.
 */
function bytesAPixel(
  bytes: Uint8Array,
  pixels: number,
  factor: number,
  format: "jpeg" | "webp",
): number {
  const packed = bytes.length / pixels;
  const isLossy = identifyImage(bytes)?.mediaType === "image/jpeg";
  const guess = isLossy ? packed * 0.3 : 0.012 * packed ** 4;
  const inFormat = guess * factor * (format === "jpeg" ? 1.5 : 1);
  return Math.min(NOISE, inFormat);
}

/** Bytes a pixel of what no codec can pack. */
const NOISE = 1;

/** The longest side to try first, where the part `fits` of what is expected is allowed. */
function firstSide(longest: number, fits: number): number {
  if (fits >= CLEAR_EXCESS) return longest;
  return Math.max(64, Math.floor(longest * (fits / CLEAR_EXCESS) ** (1 / 1.4)));
}

/** A guess is only followed where it says far too much, since a copy made too small stays so. */
const CLEAR_EXCESS = 0.4;
