/**
 * Reads PNG files row by row, whatever their colours (W3C PNG, third edition, 2025), so that the
 * pixels of a large one need never be in memory together: no codec on npm does that.
 */

import { bigEndian, hasText } from "../read_bytes.ts";
import { type Channels, type Raster, RasterBuilder, release, UndecodableError } from "./raster.ts";
import { joinBytes } from "../../bytes.ts";
import { expandRow, type PngColours } from "./png_colours.ts";
import { removeFilter } from "./png_filters.ts";

/**
 * The picture, each square of `factor` by `factor` pixels as its mean. Of an animated PNG the
 * picture that stands for it.
 * @throws {UndecodableError}
 */
export async function readPng(bytes: Uint8Array, factor: number): Promise<Raster> {
  const file = readChunks(bytes);
  const { width, height, isInterlaced } = file;
  const builder = new RasterBuilder(width, height, factor);
  const lines = new LineReader(file.data, rawBytes(file));
  try {
    if (isInterlaced) await readInterlaced(file, lines, builder);
    else {
      await readRows(
        file,
        lines,
        width,
        height,
        (row, channels) => builder.addRow(row, 0, channels),
      );
    }
  } finally {
    lines.cancel();
  }
  return builder.finish();
}

interface PngFile {
  readonly width: number;
  readonly height: number;
  readonly isInterlaced: boolean;
  readonly colours: PngColours;
  readonly data: readonly Uint8Array[];
}

function readChunks(bytes: Uint8Array): PngFile {
  const data: Uint8Array[] = [];
  let palette: Uint8Array | undefined;
  let transparency: Uint8Array | undefined;
  for (let offset = 8; offset + 12 <= bytes.length;) {
    const length = bigEndian(bytes, offset, 4);
    const content = bytes.subarray(offset + 8, offset + 8 + length);
    if (hasText(bytes, offset + 4, "IEND")) break;
    if (hasText(bytes, offset + 4, "PLTE")) palette = content;
    if (hasText(bytes, offset + 4, "tRNS")) transparency = content;
    if (hasText(bytes, offset + 4, "IDAT")) data.push(content);
    offset += 12 + length;
  }
  const depth = bytes[24] ?? 0;
  const kind = bytes[25] ?? -1;
  if (!DEPTHS[kind]?.includes(depth) || bytes[28]! > 1) {
    throw new UndecodableError(`There is no PNG of colour type ${kind} with ${depth} bits`);
  }
  if (kind === PALETTE && !palette) throw new UndecodableError("Its palette is missing");
  const colours = { kind, depth, samples: SAMPLES[kind]!, palette, transparency };
  const [width, height] = [bigEndian(bytes, 16, 4), bigEndian(bytes, 20, 4)];
  return { width, height, isInterlaced: bytes[28] === 1, colours, data };
}

/** Hands out `height` rows of `width` pixels, unfiltered and in 8 bits a channel. */
async function readRows(
  { colours }: PngFile,
  lines: LineReader,
  width: number,
  height: number,
  take: (row: Uint8Array, channels: Channels, y: number) => void,
): Promise<void> {
  const bits = colours.samples * colours.depth;
  const length = Math.ceil(width * bits / 8);
  const pixelBytes = Math.max(1, bits / 8);
  let line: Uint8Array = new Uint8Array(length + 1);
  let above: Uint8Array = new Uint8Array(length + 1);
  const expand = expandRow(colours, width);
  for (let y = 0; y < height; y++) {
    if (!lines.tryFill(line)) await lines.fill(line);
    removeFilter(line, above, pixelBytes);
    take(expand.row(line), expand.channels, y);
    [line, above] = [above, line];
  }
}

/** The seven passes of Adam7, laid out whole before they are shrunk. */
async function readInterlaced(
  file: PngFile,
  lines: LineReader,
  builder: RasterBuilder,
): Promise<void> {
  const { width, height } = file;
  const whole = new Uint8Array(width * height * 4).fill(255);
  for (const [left, top, across, down] of PASSES) {
    const [columns, rows] = [Math.ceil((width - left) / across), Math.ceil((height - top) / down)];
    if (columns <= 0 || rows <= 0) continue;
    await readRows(file, lines, columns, rows, (row, channels, y) => {
      for (let x = 0; x < columns; x++) {
        const to = ((top + y * down) * width + left + x * across) * 4;
        for (let channel = 0; channel < 3; channel++) {
          whole[to + channel] = row[x * channels + (channels === 1 ? 0 : channel)]!;
        }
        if (channels === 4) whole[to + 3] = row[x * 4 + 3]!;
      }
    });
  }
  for (let y = 0; y < height; y++) builder.addRow(whole, y * width * 4, 4);
}

/** The unpacked data in pieces of the length that is asked for. */
class LineReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #piece: Uint8Array = new Uint8Array();
  #used = 0;

  /** `length` is what the data should unpack to, in bytes. */
  constructor(parts: readonly Uint8Array[], length: number) {
    const stream = ReadableStream.from(piecesOf(parts, length))
      .pipeThrough(new DecompressionStream("deflate"));
    this.#reader = stream.getReader();
  }

  /** Fills `line` where all of it is there already, which saves waiting for each row. */
  tryFill(line: Uint8Array): boolean {
    const end = this.#used + line.length;
    if (end > this.#piece.length) return false;
    line.set(this.#piece.subarray(this.#used, end));
    this.#used = end;
    return true;
  }

  async fill(line: Uint8Array): Promise<void> {
    for (let filled = 0; filled < line.length;) {
      if (this.#used === this.#piece.length) await this.#next();
      const more = this.#piece.subarray(this.#used, this.#used + line.length - filled);
      line.set(more, filled);
      this.#used += more.length;
      filled += more.length;
    }
  }

  cancel(): void {
    this.#reader.cancel().catch(() => {});
  }

  async #next(): Promise<void> {
    const { value } = await this.#reader.read().catch((error) => {
      throw new UndecodableError(`Its data cannot be unpacked: ${error.message}`);
    });
    if (!value) throw new UndecodableError("Its data ends too early");
    release(this.#piece);
    this.#piece = value;
    this.#used = 0;
  }
}

/** So small that each unpacks to about a quarter of a megabyte, since that is kept whole. */
function* piecesOf(
  parts: readonly Uint8Array[],
  length: number,
): Generator<Uint8Array<ArrayBuffer>> {
  const packed = parts.reduce((sum, part) => sum + part.length, 0);
  const size = Math.max(SMALLEST_PIECE, Math.min(LARGEST_PIECE, packed / length * UNPACKED_PIECE));
  const isShattered = parts.length > 1000;
  for (const part of isShattered ? [joinBytes(parts)] : parts) {
    for (let start = 0; start < part.length; start += size) {
      yield part.subarray(start, start + size) as Uint8Array<ArrayBuffer>;
    }
  }
}

function rawBytes({ width, height, colours }: PngFile): number {
  return Math.ceil(width * colours.samples * colours.depth / 8 + 1) * height;
}

const UNPACKED_PIECE = 256 * 1024;
const SMALLEST_PIECE = 256;
const LARGEST_PIECE = 64 * 1024;
const PALETTE = 3;
/** Bits a sample, by colour type. */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};
/** Samples a pixel, by colour type. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Left, top, and the steps to the right and down of each pass. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
