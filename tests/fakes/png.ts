/** PNG files of every kind, sample by sample. */

import { crc32, deflateSync } from "node:zlib";

/** A PNG of the given colour type whose samples `pixel` names; all zero without it. */
export function png(
  width: number,
  height: number,
  colourType: 0 | 2 | 3 | 4 | 6,
  pixel?: (x: number, y: number) => readonly number[],
  { depth = 8, palette = [], transparency = [], repeat = height }: {
    readonly depth?: 1 | 8 | 16;
    readonly palette?: readonly number[];
    readonly transparency?: readonly number[];
    /** Only so many rows are drawn, and repeated. */
    readonly repeat?: number;
  } = {},
): Uint8Array<ArrayBuffer> {
  const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colourType];
  const stride = 1 + Math.ceil(width * channels * depth / 8);
  const raw = new DataView(new ArrayBuffer(stride * height));
  for (let y = 0; pixel && y < Math.min(height, repeat); y++) {
    for (let x = 0; x < width; x++) {
      pixel(x, y).forEach((sample, channel) => {
        const offset = y * stride + 1 + (x * channels + channel) * depth / 8;
        if (depth === 16) raw.setUint16(offset, sample);
        else raw.setUint8(offset, sample);
      });
    }
  }
  const rows = new Uint8Array(raw.buffer);
  for (let y = repeat; y < height; y++) {
    rows.copyWithin(y * stride, (y % repeat) * stride, (y % repeat + 1) * stride);
  }
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, depth);
  header.setUint8(9, colourType);
  return joined([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", new Uint8Array(header.buffer)),
    ...(palette.length > 0 ? [chunk("PLTE", Uint8Array.from(palette))] : []),
    ...(transparency.length > 0 ? [chunk("tRNS", Uint8Array.from(transparency))] : []),
    chunk("IDAT", deflateSync(rows, { level: 1 })),
    chunk("IEND", new Uint8Array()),
  ]);
}

/** The PNG with further chunks before its pixels, each of a type and its content. */
export function withChunks(
  file: Uint8Array,
  chunks: readonly (readonly [string, Uint8Array])[],
): Uint8Array<ArrayBuffer> {
  const [header, rest] = [file.subarray(0, 33), file.subarray(33)];
  return joined([header, ...chunks.map(([type, content]) => chunk(type, content)), rest]);
}

/** What an iCCP chunk holds of a colour profile. */
export function packedProfile(profile: Uint8Array): Uint8Array<ArrayBuffer> {
  return joined([new TextEncoder().encode("p\0\0"), deflateSync(profile)]);
}

function chunk(type: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const body = joined([new TextEncoder().encode(type), content]);
  return joined([unsigned(content.length), body, unsigned(crc32(body))]);
}

/** The JPEG with an EXIF segment that says how to turn it. */
export function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array<ArrayBuffer> {
  const exif = joined([
    new TextEncoder().encode("Exif\0\0MM\0*"),
    unsigned(8),
    Uint8Array.of(0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0),
    unsigned(0),
  ]);
  const segment = joined([Uint8Array.of(0xff, 0xe1, 0, exif.length + 2), exif]);
  return joined([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
}

function unsigned(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((offset, part) => (whole.set(part, offset), offset + part.length), 0);
  return whole;
}
