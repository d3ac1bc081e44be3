/** A strict reader of the PNG files that the tests meet: every length and checksum must be right. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { crc32, inflateSync } from "node:zlib";

export interface ReadPng {
  readonly width: number;
  readonly height: number;
  /** Rows of red, green and blue. */
  readonly pixels: Uint8Array;
  readonly texts: Readonly<Record<string, string>>;
}

export function readPng(bytes: Uint8Array): ReadPng {
  const file = Buffer.from(bytes);
  assert.equal(file.subarray(0, 8).toString("latin1"), "\x89PNG\r\n\x1a\n");
  const chunks = readChunks(file);
  assert.equal(chunks[0]?.type, "IHDR");
  assert.equal(chunks.at(-1)?.type, "IEND");
  const header = chunks[0].data;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  assert.deepEqual([...header.subarray(8)], [8, 6, 0, 0, 0], "8 bits, RGBA, not interlaced");
  const packed = chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data);
  const texts = Object.fromEntries(chunks.flatMap(readText));
  return {
    width,
    height,
    pixels: withoutAlpha(unfilter(inflateSync(Buffer.concat(packed)), width, height)),
    texts,
  };
}

/** The mean colour of the rows from one share of the height to another. */
export function meanColour({ width, height, pixels }: ReadPng, from = 0, to = 1) {
  const part = pixels.subarray(
    Math.floor(height * from) * width * 3,
    Math.floor(height * to) * width * 3,
  );
  const sums = [0, 0, 0];
  part.forEach((value, index) => sums[index % 3] = (sums[index % 3] ?? 0) + value);
  const [red = 0, green = 0, blue = 0] = sums.map((sum) => sum / (part.length / 3));
  return { red, green, blue };
}

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

function readChunks(file: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  let offset = 8;
  while (offset < file.length) {
    const length = file.readUInt32BE(offset);
    const end = offset + 8 + length;
    assert.equal(file.readUInt32BE(end), crc32(file.subarray(offset + 4, end)));
    const type = file.subarray(offset + 4, offset + 8).toString("latin1");
    chunks.push({ type, data: file.subarray(offset + 8, end) });
    offset = end + 4;
  }
  assert.equal(offset, file.length);
  return chunks;
}

function readText({ type, data }: Chunk): [string, string][] {
  const keyword = data.subarray(0, data.indexOf(0)).toString("latin1");
  const rest = data.subarray(keyword.length + 1);
  if (type === "tEXt") return [[keyword, rest.toString("latin1")]];
  if (type !== "iTXt") return [];
  assert.deepEqual(
    [...rest.subarray(0, 4)],
    [0, 0, 0, 0],
    "not packed, no language, no other keyword",
  );
  return [[keyword, rest.subarray(4).toString("utf8")]];
}

/** Red, green and blue alone; there must be nothing to see through. */
function withoutAlpha(rgba: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(rgba.length / 4 * 3);
  let isOpaque = true;
  for (let index = 0; index < rgba.length / 4; index++) {
    pixels.set(rgba.subarray(index * 4, index * 4 + 3), index * 3);
    isOpaque &&= rgba[index * 4 + 3] === 255;
  }
  assert.ok(isOpaque, "the picture is opaque");
  return pixels;
}

function unfilter(data: Uint8Array, width: number, height: number): Uint8Array {
  const stride = width * 4;
  assert.equal(data.length, (stride + 1) * height);
  const pixels = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const predict = PREDICTORS[data[y * (stride + 1)] ?? -1];
    assert.ok(predict, "a filter that PNG knows");
    for (let x = 0; x < stride; x++) {
      const target = y * stride + x;
      const left = x < 4 ? 0 : pixels[target - 4] ?? 0;
      const above = y === 0 ? 0 : pixels[target - stride] ?? 0;
      const corner = x < 4 || y === 0 ? 0 : pixels[target - stride - 4] ?? 0;
      pixels[target] = (data[y * (stride + 1) + 1 + x] ?? 0) + predict(left, above, corner);
    }
  }
  return pixels;
}

/** PNG's filters None, Sub, Up, Average and Paeth, by number. */
const PREDICTORS: readonly ((left: number, above: number, corner: number) => number)[] = [
  () => 0,
  (left) => left,
  (_left, above) => above,
  (left, above) => (left + above) >> 1,
  (left, above, corner) => {
    const sum = left + above - corner;
    const [a, b, c] = [left, above, corner].map((value) => Math.abs(sum - value));
    if (a! <= b! && a! <= c!) return left;
    return b! <= c! ? above : corner;
  },
];
