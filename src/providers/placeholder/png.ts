/** Writes PNG files. */

import { joinBytes } from "../../bytes.ts";
import { constants, crc32, deflateRawSync } from "node:zlib";
import type { Breathe } from "./breath.ts";

export interface PngPicture {
  readonly width: number;
  readonly height: number;
  /** Rows of red, green and blue, one byte each. */
  readonly pixels: Uint8ClampedArray;
  /** "none" suits pictures of few colours and much texture. */
  readonly filter: "differences" | "none";
  /** Texts stored beside the picture, by keyword (1 to 79 Latin letters). */
  readonly texts: Readonly<Record<string, string>>;
}

/** The picture as a PNG file of 8 bits a colour, without transparency. */
export async function encodePng(
  picture: PngPicture,
  breathe: Breathe,
): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, texts } = picture;
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8); // bits a colour
  header.setUint8(9, 2); // red, green and blue
  return joinBytes([
    SIGNATURE,
    chunk("IHDR", new Uint8Array(header.buffer)),
    ...Object.entries(texts).map(([keyword, text]) => textChunk(keyword, text)),
    chunk("IDAT", await deflateRows(picture, breathe)),
    chunk("IEND", new Uint8Array()),
  ]);
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Packed band by band, so that other work gets its turn between them. */
async function deflateRows(
  { width, height, pixels, filter }: PngPicture,
  breathe: Breathe,
): Promise<Uint8Array<ArrayBuffer>> {
  const stride = width * 3;
  const rows = Math.max(1, Math.floor(BAND_BYTES / stride));
  const parts: Uint8Array[] = [ZLIB_HEADER];
  const check = new Checksum();
  let dictionary: Uint8Array | undefined; // a band may refer back to the one before
  for (let y = 0; y < height; y += rows) {
    await breathe();
    const end = Math.min(height, y + rows);
    const band = filterRows(pixels, stride, y, end, filter);
    check.add(band);
    const finishFlush = end === height ? constants.Z_FINISH : constants.Z_SYNC_FLUSH;
    parts.push(deflateRawSync(band, { level: PACKING, finishFlush, dictionary }));
    dictionary = band.subarray(-WINDOW);
  }
  return joinBytes([...parts, check.bytes()]);
}

/** Small enough that packing one band is not felt. */
const BAND_BYTES = 128 * 1024;

/** How far back deflate can look. */
const WINDOW = 32 * 1024;

/** With well filtered rows as small as zlib's usual 6 makes others, in half the time. */
const PACKING = 5;

const ZLIB_HEADER = Uint8Array.of(0x78, 0x5e);

/** Adler's checksum, which ends a zlib stream. */
class Checksum {
  #low = 1;
  #high = 0;

  add(bytes: Uint8Array): void {
    let [low, high] = [this.#low, this.#high];
    for (let index = 0; index < bytes.length;) {
      const end = Math.min(bytes.length, index + 3800); // before the sums outgrow 32 bits
      for (; index < end; index++) high += low += bytes[index] ?? 0;
      low %= 65521;
      high %= 65521;
    }
    [this.#low, this.#high] = [low, high];
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, this.#high * 65536 + this.#low);
    return bytes;
  }
}

/**
 * PNG's filters "Sub" and "Up": smooth pictures pack best as differences to the pixel on the left
 * or above, whichever are smaller in that row.
 */
function filterRows(
  pixels: Uint8ClampedArray,
  stride: number,
  first: number,
  end: number,
  filter: PngPicture["filter"],
): Uint8Array<ArrayBuffer> {
  const filtered = new Uint8Array((end - first) * (stride + 1));
  for (let y = first; y < end; y++) {
    const target = (y - first) * (stride + 1);
    const from = y * stride;
    if (filter === "none") {
      filtered.set(pixels.subarray(from, from + stride), target + 1);
      continue;
    }
    const isUp = y > 0 && isSmoothDown(pixels, from, stride);
    const back = isUp ? stride : 3;
    filtered[target] = isUp ? 2 : 1;
    for (let x = 0; x < stride; x++) {
      const before = isUp || x >= 3 ? pixels[from + x - back] ?? 0 : 0;
      filtered[target + 1 + x] = (pixels[from + x] ?? 0) - before;
    }
  }
  return filtered;
}

/** Whether a row differs less from the row above than from itself one pixel to the left. */
function isSmoothDown(pixels: Uint8ClampedArray, from: number, stride: number): boolean {
  let [up, left] = [0, 0];
  for (let index = from + 3; index < from + stride; index += 2) {
    const value = pixels[index] ?? 0;
    up += Math.abs(value - (pixels[index - stride] ?? 0));
    left += Math.abs(value - (pixels[index - 3] ?? 0));
  }
  return up < left;
}

/** iTXt holds any language; Latin text goes to the older tEXt, which every reader knows. */
function textChunk(keyword: string, text: string): Uint8Array<ArrayBuffer> {
  if (/^[\x20-\x7e]*$/.test(text)) return chunk("tEXt", encode(`${keyword}\0${text}`));
  return chunk("iTXt", encode(`${keyword}\0\0\0\0\0${text.replaceAll("\0", "")}`));
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function chunk(type: string, data: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}
