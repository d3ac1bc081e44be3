/** Real pictures of any size, small and no two alike, as Ark's fake hands them out. */

import { crc32, deflateSync } from "node:zlib";

/** A grey JPEG whose comment is `note`. */
export function drawJpeg(width: number, height: number, note: string): Uint8Array<ArrayBuffer> {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  // Each block is two zero bits: "brightness as before" and "no detail".
  const scan = new Uint8Array(Math.ceil(blocks / 4));
  return join([
    [0xff, 0xd8],
    jpegSegment(0xfe, new TextEncoder().encode(note)),
    jpegSegment(0xdb, [0, ...new Array(64).fill(1)]),
    jpegSegment(0xc0, [8, ...uint16(height), ...uint16(width), 1, 1, 0x11, 0]),
    jpegSegment(0xc4, [0x00, 1, ...new Array(15).fill(0), 0]),
    jpegSegment(0xc4, [0x10, 1, ...new Array(15).fill(0), 0]),
    jpegSegment(0xda, [1, 1, 0x00, 0, 63, 0]),
    scan,
    [0xff, 0xd9],
  ]);
}

/** A black one-bit PNG whose comment is `note`. */
export function drawPng(width: number, height: number, note: string): Uint8Array<ArrayBuffer> {
  const rows = new Uint8Array((1 + Math.ceil(width / 8)) * height);
  return join([
    [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    pngChunk("IHDR", [...uint32(width), ...uint32(height), 1, 0, 0, 0, 0]),
    pngChunk("tEXt", new TextEncoder().encode(`Comment\0${note}`)),
    pngChunk("IDAT", deflateSync(rows)),
    pngChunk("IEND", []),
  ]);
}

/** A grey PNG whose pixels are the letters of `note`, and which holds nothing beside them. */
export function drawPlainPng(width: number, height: number, note: string): Uint8Array<ArrayBuffer> {
  const letters = new TextEncoder().encode(note);
  const rows = new Uint8Array((1 + width) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows[y * (1 + width) + 1 + x] = letters[x % letters.length]!;
  }
  return join([
    [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    pngChunk("IHDR", [...uint32(width), ...uint32(height), 8, 0, 0, 0, 0]),
    pngChunk("IDAT", deflateSync(rows)),
    pngChunk("IEND", []),
  ]);
}

function jpegSegment(marker: number, content: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  return join([[0xff, marker], uint16(content.length + 2), content]);
}

function pngChunk(name: string, content: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const named = join([new TextEncoder().encode(name), content]);
  return join([uint32(content.length), named, uint32(crc32(named))]);
}

function uint16(value: number): number[] {
  return [value >> 8 & 0xff, value & 0xff];
}

function uint32(value: number): number[] {
  return [...uint16(value >>> 16), ...uint16(value)];
}

function join(parts: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** A colour PNG that no codec can make much smaller. */
export function noise(width: number, height: number): Uint8Array<ArrayBuffer> {
  const rows = new Uint8Array(height * (1 + width * 3));
  for (let offset = 0; offset < rows.length; offset += 65_536) {
    crypto.getRandomValues(rows.subarray(offset, offset + 65_536));
  }
  for (let row = 0; row < height; row++) rows[row * (1 + width * 3)] = 0;
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint16(8, 0x0802);
  return concatenated([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", new Uint8Array(header.buffer)),
    chunk("IDAT", deflateSync(rows, { level: 1 })),
    chunk("IEND", new Uint8Array()),
  ]);
}

function chunk(name: string, content: Uint8Array): Uint8Array {
  const named = concatenated([new TextEncoder().encode(name), content]);
  const frame = new DataView(new ArrayBuffer(8));
  frame.setUint32(0, content.length);
  frame.setUint32(4, crc32(named));
  const bytes = new Uint8Array(frame.buffer);
  return concatenated([bytes.subarray(0, 4), named, bytes.subarray(4)]);
}

function concatenated(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}
