/** Writes PNG files of 8 bits a channel. */

import { joinBytes } from "../../bytes.ts";
import type { Plane } from "./plane.ts";
import type { Raster } from "./raster.ts";

/** The picture as a PNG: grey, RGB or RGBA, whichever is the least that holds it. */
export function writePng(raster: Raster): Promise<Uint8Array<ArrayBuffer>> {
  const channels = raster.isOpaque ? (isGrey(raster) ? 1 : 3) : 4;
  return write({ ...raster, channels, pack: (y, row) => pack(raster, y, channels, row) });
}

/** The plane as a grey PNG. */
export function writeGreyPng({ width, height, values }: Plane): Promise<Uint8Array<ArrayBuffer>> {
  const packGrey = (y: number, row: Uint8Array) =>
    row.set(values.subarray(y * width, (y + 1) * width));
  return write({ width, height, channels: 1, pack: packGrey });
}

/**
 * A PNG that can be seen through as far as the plane is dark; white there and black elsewhere, for
 * those who look at colours alone.
 */
export function writeAlphaPng({ width, height, values }: Plane): Promise<Uint8Array<ArrayBuffer>> {
  const packAlpha = (y: number, row: Uint8Array) => {
    for (let x = 0, to = 0; x < width; x++, to += 4) {
      const alpha = values[y * width + x]!;
      row.fill(255 - alpha, to, to + 3);
      row[to + 3] = alpha;
    }
  };
  return write({ width, height, channels: 4, pack: packAlpha });
}

interface Rows {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  /** Lays out the row `y`; what it leaves is 0. */
  readonly pack: (y: number, row: Uint8Array) => void;
}

async function write(rows: Rows): Promise<Uint8Array<ArrayBuffer>> {
  // Most workers never write one, and it takes five megabytes.
  const { crc32, deflateSync } = await import("node:zlib");
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, rows.width);
  header.setUint32(4, rows.height);
  header.setUint8(8, 8);
  header.setUint8(9, { 1: 0, 3: 2, 4: 6 }[rows.channels]);
  const chunk = (type: string, content: Uint8Array) => chunkOf(type, content, crc32);
  return joinBytes([
    SIGNATURE,
    chunk("IHDR", new Uint8Array(header.buffer)),
    chunk("IDAT", deflateSync(filtered(rows), { level: 6 })),
    chunk("IEND", new Uint8Array()),
  ]);
}

function isGrey({ pixels }: Raster): boolean {
  for (let i = 0; i < pixels.length; i += 4) {
    if (pixels[i] !== pixels[i + 1] || pixels[i] !== pixels[i + 2]) return false;
  }
  return true;
}

/** Each row by the filter that leaves the smallest sum of differences, as libpng guesses. */
function filtered({ width, height, channels, pack }: Rows): Uint8Array<ArrayBuffer> {
  const length = width * channels;
  const target = new Uint8Array((length + 1) * height);
  const trials = FILTERS.map(() => new Uint8Array(length));
  let row: Uint8Array = new Uint8Array(length);
  let above: Uint8Array = new Uint8Array(length);
  for (let y = 0; y < height; y++) {
    pack(y, row);
    let best = 0;
    let least = Infinity;
    FILTERS.forEach((filter, index) => {
      const sum = filter(row, above, channels, trials[index]!);
      if (sum < least) [best, least] = [index, sum];
    });
    target[y * (length + 1)] = best;
    target.set(trials[best]!, y * (length + 1) + 1);
    [row, above] = [above, row];
  }
  return target;
}

function pack(raster: Raster, y: number, channels: number, row: Uint8Array): void {
  const { width, pixels } = raster;
  for (let x = 0, from = y * width * 4, to = 0; x < width; x++, from += 4, to += channels) {
    for (let channel = 0; channel < channels; channel++) {
      row[to + channel] = pixels[from + channel]!;
    }
  }
}

/** Writes the filtered row to `target`; the sum of its bytes, taken as signed differences. */
type Filter = (row: Uint8Array, above: Uint8Array, step: number, target: Uint8Array) => number;

/** None, Sub, Up: smooth pictures pack best as differences, pictures of few colours as they are. */
const FILTERS: readonly Filter[] = [
  (row, _above, _step, target) => {
    target.set(row);
    return size(target);
  },
  (row, _above, step, target) => {
    for (let i = 0; i < row.length; i++) target[i] = row[i]! - (i < step ? 0 : row[i - step]!);
    return size(target);
  },
  (row, above, _step, target) => {
    for (let i = 0; i < row.length; i++) target[i] = row[i]! - above[i]!;
    return size(target);
  },
];

function size(row: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += row[i]! < 128 ? row[i]! : 256 - row[i]!;
  return sum;
}

function chunkOf(
  type: string,
  content: Uint8Array,
  crc32: (bytes: Uint8Array) => number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(content.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(content, 8);
  view.setUint32(content.length + 8, crc32(bytes.subarray(4, content.length + 8)));
  return bytes;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
