/** Writes PNG files. */

import type { Breathe } from "./breath.ts";

export interface PngPicture {
  readonly width: number;
  readonly height: number;
  /** Rows of red, green and blue, one byte each. */
  readonly pixels: Uint8ClampedArray;
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
  return join([
    SIGNATURE,
    chunk("IHDR", new Uint8Array(header.buffer)),
    ...Object.entries(texts).map(([keyword, text]) => textChunk(keyword, text)),
    chunk("IDAT", await deflateRows(picture, breathe)),
    chunk("IEND", new Uint8Array()),
  ]);
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

async function deflateRows(
  { width, height, pixels }: PngPicture,
  breathe: Breathe,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new CompressionStream("deflate");
  const packed = new Response(stream.readable).bytes();
  packed.catch(() => {}); // an abort below is the error worth telling
  const writer = stream.writable.getWriter();
  const stride = width * 3;
  const rows = Math.max(1, Math.floor(BAND_BYTES / stride));
  try {
    for (let y = 0; y < height; y += rows) {
      await breathe();
      await writer.write(filterRows(pixels, stride, y, Math.min(height, y + rows)));
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  }
  return await packed;
}

/** Small enough that packing one band is not felt. */
const BAND_BYTES = 128 * 1024;

/** PNG's filter "Sub": smooth pictures pack best as differences to the pixel on the left. */
function filterRows(
  pixels: Uint8ClampedArray,
  stride: number,
  first: number,
  end: number,
): Uint8Array<ArrayBuffer> {
  const filtered = new Uint8Array((end - first) * (stride + 1));
  let target = 0;
  for (let y = first; y < end; y++) {
    filtered[target++] = 1;
    let source = y * stride;
    for (let x = 0; x < stride; x++, source++) {
      filtered[target++] = (pixels[source] ?? 0) - (x < 3 ? 0 : pixels[source - 3] ?? 0);
    }
  }
  return filtered;
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
  view.setUint32(data.length + 8, checksum(bytes.subarray(4, data.length + 8)));
  return bytes;
}

/** CRC-32 as PNG and gzip define it. */
function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
