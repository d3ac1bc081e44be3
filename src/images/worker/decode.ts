/** Files into pixels, by whichever decoder knows them, upright and within bounds. */

import { identifyImage, type MediaType } from "../media_type.ts";
import { hasText } from "../read_bytes.ts";
import { orient } from "./arrange.ts";
import { hasForeignProfile, orientationOf } from "./file_facts.ts";
import type { JpegCodec } from "./jpeg.ts";
import { readNatively } from "./native.ts";
import { readPng } from "./png_reader.ts";
import { type Raster, UndecodableError } from "./raster.ts";
import type { WebpCodec } from "./webp.ts";

export interface Codecs {
  readonly jpeg: JpegCodec;
  readonly webp: WebpCodec;
}

/**
 * The picture, turned upright, each square of `factor` by `factor` pixels as its mean; of an
 * animation the first picture. @throws {UndecodableError}
 */
export async function decode(bytes: Uint8Array, factor: number, codecs: Codecs): Promise<Raster> {
  const mediaType = identifyImage(bytes)?.mediaType;
  const read = mediaType && READERS[mediaType];
  if (!read) throw new UndecodableError(`${mediaType ?? "This"} cannot be decoded here`);
  if (PROFILED.has(mediaType) && isEightBit(bytes) && await hasForeignProfile(bytes)) {
    const converted = await readNatively(bytes, factor).catch(() => undefined);
    if (converted) return converted;
  }
  return await read(bytes, factor, codecs);
}

type Reader = (bytes: Uint8Array, factor: number, codecs: Codecs) => Promise<Raster>;

const READERS: Readonly<Partial<Record<MediaType, Reader>>> = {
  "image/png": async (bytes, factor) => orient(await readPng(bytes, factor), orientationOf(bytes)),
  "image/jpeg": async (bytes, factor, { jpeg }) => {
    // Colours for print, and what else libjpeg-turbo's interface leaves out.
    const raster = await jpeg.read(bytes, factor).catch(() => undefined);
    return raster ? orient(raster, orientationOf(bytes)) : await readNatively(bytes, factor);
  },
  "image/webp": async (bytes, factor, { webp }) =>
    isAnimated(bytes)
      ? await readNatively(bytes, factor)
      : orient(await webp.read(bytes, factor), orientationOf(bytes)),
  "image/gif": readNatively,
  "image/bmp": readNatively,
};

/** The formats whose profiles are looked at. */
const PROFILED: ReadonlySet<MediaType> = new Set<MediaType>([
  "image/png",
  "image/jpeg",
  "image/webp",
]);

/** Deno 2.9 gives out no 16-bit pixels beside alpha, and confuses them with grey ones. */
function isEightBit(bytes: Uint8Array): boolean {
  return !hasText(bytes, 1, "PNG") || (bytes[24] === 8 && (bytes[25] === 2 || bytes[25] === 6));
}

/** The animation flag of the extended header. */
function isAnimated(bytes: Uint8Array): boolean {
  return hasText(bytes, 12, "VP8X") && (bytes[20]! & 0x02) !== 0;
}
