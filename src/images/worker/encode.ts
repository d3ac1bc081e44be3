/** Pixels into files. */

import { flatten } from "./arrange.ts";
import type { Codecs } from "./decode.ts";
import { writePng } from "./png_writer.ts";
import { type Raster, release } from "./raster.ts";
import { resample } from "./resample.ts";

export type OutputFormat = "png" | "jpeg" | "webp";

export interface Output {
  readonly format: OutputFormat;
  /** From 1 to 100; PNG has none. For WebP, undefined stands for without loss. */
  readonly quality?: number;
  /** The picture is made smaller and of lower quality until it has at most so many bytes. */
  readonly maxBytes?: number;
  /** The longest side to begin with, in pixels; undefined for the picture's own. */
  readonly side?: number;
  /**
   * To fit, the picture keeps its size while a quality of 20 or more is small enough, and has the
   * best that is.
   */
  readonly keepsSize?: boolean;
}

export interface Encoded {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: `image/${OutputFormat}`;
  readonly width: number;
  readonly height: number;
  /** Whether it had to be made smaller or of lower quality to fit. */
  readonly isReduced: boolean;
  /** What it was encoded with; undefined for without loss, and for the best of JPEG. */
  readonly quality?: number;
}

/** The picture as a file; undefined where none of at least 64 pixels a side is small enough. */
export async function encode(
  raster: Raster,
  output: Output,
  codecs: Codecs,
): Promise<Encoded | undefined> {
  const { maxBytes = Infinity, format } = output;
  let side = output.side ?? Math.max(raster.width, raster.height);
  let quality = output.quality;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const copy = scaled(raster, side);
    const bytes = await WRITERS[format](copy, quality, codecs);
    if (copy !== raster) release(copy.pixels);
    if (bytes.length <= maxBytes) {
      const { width, height } = copy;
      const mediaType = `image/${format}` as const;
      return { bytes, mediaType, width, height, isReduced: attempt > 0, quality };
    }
    const fits = maxBytes / bytes.length;
    release(bytes);
    if (output.keepsSize && quality !== undefined) {
      const best = await bestQuality(raster, side, { ...output, quality, maxBytes }, codecs);
      if (best) return best;
      return await encode(raster, { ...output, quality: LEAST_QUALITY, keepsSize: false }, codecs);
    }
    if (side <= SMALLEST_SIDE) return undefined;
    const next = correction(fits, quality);
    quality = next.quality;
    side = Math.max(SMALLEST_SIDE, Math.floor(side * next.scale));
  }
  return undefined;
}

/** The best quality below that of `output` whose file has at most so many bytes, by halving. */
async function bestQuality(
  raster: Raster,
  side: number,
  { format, quality, maxBytes }: Required<Pick<Output, "quality" | "maxBytes">> & Output,
  codecs: Codecs,
): Promise<Encoded | undefined> {
  const copy = scaled(raster, side);
  const { width, height } = copy;
  let best: Encoded | undefined;
  try {
    for (let low = LEAST_QUALITY, high = quality - 1; low <= high;) {
      const middle = best ? Math.ceil((low + high) / 2) : low;
      const bytes = await WRITERS[format](copy, middle, codecs);
      if (bytes.length > maxBytes) {
        release(bytes);
        if (!best) break;
        high = middle - 1;
        continue;
      }
      const mediaType = `image/${format}` as const;
      if (best) release(best.bytes);
      best = { bytes, mediaType, width, height, isReduced: true, quality: middle };
      low = middle + 1;
    }
  } finally {
    if (copy !== raster) release(copy.pixels);
  }
  return best;
}

/** No longer than `side`. */
function scaled(raster: Raster, side: number): Raster {
  const longest = Math.max(raster.width, raster.height);
  if (side >= longest) return raster;
  const scale = side / longest;
  const [width, height] = [raster.width, raster.height].map((length) =>
    Math.max(1, Math.round(length * scale))
  );
  return resample(raster, width!, height!);
}

/**
 * By how much to shrink a copy of which only the part `fits` may remain, and its quality. A lower
 * quality saves first. A smaller copy has more detail in each pixel, so bytes fall more slowly
 * than pixels: by photographs, as the side to the power of 1.4.
 */
function correction(
  fits: number,
  quality: number | undefined,
): { scale: number; quality?: number } {
  const wanted = fits * MARGIN;
  if (quality === undefined || quality <= LOW_QUALITY) {
    const power = quality === undefined ? 1.8 : 1.4; // without loss each pixel costs much the same
    return { scale: Math.min(0.95, wanted ** (1 / power)), quality };
  }
  const saved = SAVED_BY_LOW_QUALITY * Math.min(1, (quality - LOW_QUALITY) / 20);
  const scale = Math.min(1, (wanted / (1 - saved)) ** (1 / 1.4));
  return { scale, quality: LOW_QUALITY };
}

/** What the correction aims at, as a part of what is allowed. */
const MARGIN = 0.92;
const LOW_QUALITY = 60;
/** Of the bytes at quality 80. */
const SAVED_BY_LOW_QUALITY = 0.3;
const LEAST_QUALITY = 20;
const MAX_ATTEMPTS = 6;
const SMALLEST_SIDE = 64;

type Writer = (
  raster: Raster,
  quality: number | undefined,
  codecs: Codecs,
) => Promise<Uint8Array<ArrayBuffer>>;

const WRITERS: Readonly<Record<OutputFormat, Writer>> = {
  png: writePng,
  jpeg: async (raster, quality = 95, { jpeg }) => {
    const flat = flatten(raster, WHITE);
    const bytes = await jpeg.write(flat, quality);
    if (flat !== raster) release(flat.pixels);
    return bytes;
  },
  webp: (raster, quality, { webp }) =>
    webp.write(raster, quality ?? 100, { isLossless: quality === undefined }),
};

const WHITE = [255, 255, 255] as const;
