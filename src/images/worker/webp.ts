/** WebP by libwebp. */

import { createDecoder, createEncoder, defaultOptions } from "../../dependencies/jsquash_webp.ts";
import { type Raster, RasterBuilder, UndecodableError } from "./raster.ts";
import { Codec, type CodecModules } from "./wasm.ts";

interface Decoder {
  decode(bytes: Uint8Array): unknown;
}

interface Encoder {
  encode(
    pixels: Uint8ClampedArray,
    width: number,
    height: number,
    options: Readonly<Record<string, number>>,
  ): Uint8Array<ArrayBuffer> | null;
}

export interface WebpCodec {
  /** Not of animations. @throws {UndecodableError} */
  read(bytes: Uint8Array, factor: number): Promise<Raster>;
  /** `quality` from 0 to 100. */
  write(
    raster: Raster,
    quality: number,
    options: { readonly isLossless?: boolean; readonly effort?: number },
  ): Promise<Uint8Array<ArrayBuffer>>;
}

export function createWebpCodec(modules: () => CodecModules): WebpCodec {
  const decoder = new Codec<Decoder>(createDecoder, () => modules().webpDecoder);
  const encoder = new Codec<Encoder>(createEncoder, () => modules().webpEncoder);
  return {
    async read(bytes, factor) {
      let hasFailed = true;
      try {
        const raster = await inPlace(async () => (await decoder.instance()).decode(bytes), factor);
        hasFailed = false;
        return raster;
      } catch (error) {
        if (error instanceof UndecodableError) throw error;
        throw new UndecodableError("Its data cannot be decoded");
      } finally {
        decoder.tidy(hasFailed);
      }
    },
    async write({ pixels, width, height }, quality, { isLossless = false, effort = 0 }) {
      const { encode } = await encoder.instance();
      const lossless = isLossless ? LOSSLESS : {};
      const options = { ...defaultOptions, quality, method: effort, ...lossless };
      const bytes = encode(pixels, width, height, options);
      encoder.tidy(bytes === null);
      if (!bytes) throw new Error(`A WebP of ${width}x${height} pixels could not be made`);
      return bytes;
    },
  };
}

/** Exact, since some read what lies under clear pixels. */
const LOSSLESS = { lossless: 1, quality: 40, method: 2, exact: 1 };

/**
 * Runs the decoder and shrinks the pixels where it has left them. It would hand out a copy, made
 * by the global constructors, which for a large picture is more memory than there may be: so it
 * finds others in their place while it starts and runs, and keeps those.
 */
async function inPlace(decode: () => Promise<unknown>, factor: number): Promise<Raster> {
  const { ImageData, Uint8ClampedArray } = globalThis;
  const restore = () => Object.assign(globalThis, { ImageData, Uint8ClampedArray });
  let raster: Raster | undefined;
  take = (pixels, width, height) => {
    restore();
    const builder = new RasterBuilder(width, height, factor);
    for (let y = 0; y < height; y++) builder.addRow(pixels, y * width * 4, 4);
    raster = builder.finish();
  };
  Object.assign(globalThis, { ImageData: Taker, Uint8ClampedArray: Itself });
  try {
    await decode();
  } finally {
    restore();
  }
  if (!raster) throw new UndecodableError("Its data cannot be decoded");
  return raster;
}

let take: (pixels: Uint8Array, width: number, height: number) => void;

class Taker {
  constructor(pixels: Uint8Array, width: number, height: number) {
    take(pixels, width, height);
  }
}

/** As a constructor it gives back what it is given: a view of the decoder's own memory. */
function Itself(view: Uint8Array): Uint8Array {
  return view;
}
