/** Letters, as strokes: each bitmap glyph becomes a line drawing with round ends. */

import { brotliDecompressSync } from "node:zlib";
import asset from "./unifont.txt" with { type: "text" };

/** A glyph on a grid 16 units high; the base line lies at 14. */
export interface Glyph {
  /** In units, the space to the next letter included. */
  readonly width: number;
  readonly lines: readonly Line[];
}

/** From one point to another, in units; a dot where they are the same. */
export interface Line {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/**
 * The glyph of what a reader sees as one letter; a small box stands for an unknown one, and
 * nothing for an emoji.
 */
export function glyphOf(letter: string): Glyph {
  if (/^\s/u.test(letter)) return letter === "\u3000" ? WIDE_SPACE : SPACE;
  if (isEmoji(letter)) return NOTHING;
  const [base = ""] = letter; // accents that did not join their letter are left out
  const known = glyphs.get(base);
  if (known) return known;
  font ??= readFont();
  const bitmap = font.get(base);
  if (!bitmap) return UNDRAWN.test(base) ? NOTHING : UNKNOWN;
  const glyph = bitmap.length === 16 ? narrowGlyph(bitmap) : wideGlyph(bitmap);
  glyphs.set(base, glyph);
  return glyph;
}

/** Glyphs already traced, by character. */
const glyphs = new Map<string, Glyph>();

const SPACE: Glyph = { width: 5, lines: [] };
const WIDE_SPACE: Glyph = { width: 16, lines: [] };
const NOTHING: Glyph = { width: 0, lines: [] };

/** What is invisible by itself, and pictures. */
const UNDRAWN = /^[\p{Cc}\p{Cf}\p{M}\p{Extended_Pictographic}]$/u;

/** A letter made of several, or drawn in colours, is not what its first part shows. */
function isEmoji(letter: string): boolean {
  return /[\u200d\ufe0f]|\p{RI}/u.test(letter) && /\p{Emoji}/u.test(letter);
}

const UNKNOWN: Glyph = {
  width: 13,
  lines: [
    { x1: 2, y1: 4, x2: 10, y2: 4 },
    { x1: 10, y1: 4, x2: 10, y2: 12 },
    { x1: 10, y1: 12, x2: 2, y2: 12 },
    { x1: 2, y1: 12, x2: 2, y2: 4 },
    { x1: 6, y1: 8, x2: 6, y2: 8 },
  ],
};

/** By character: 16 rows of one byte, or 16 left bytes and then 16 right ones. */
type Font = ReadonlyMap<string, Uint8Array>;

let font: Font | undefined;

/** Unpacks the asset; its layout is told where it is built. */
function readFont(): Font {
  const packed = asset.trimEnd().slice(asset.trimEnd().lastIndexOf("\n") + 1);
  const bytes = new Uint8Array(brotliDecompressSync(Uint8Array.fromBase64(packed)));
  const firstEnd = bytes.indexOf(10);
  const secondEnd = bytes.indexOf(10, firstEnd + 1);
  const narrow = new TextDecoder().decode(bytes.subarray(0, firstEnd));
  const wide = new TextDecoder().decode(bytes.subarray(firstEnd + 1, secondEnd));
  const read = new Map<string, Uint8Array>();
  let offset = secondEnd + 1;
  for (const [characters, length] of [[narrow, 16], [wide, 32]] as const) {
    for (const character of characters) {
      read.set(character, bytes.subarray(offset, offset += length));
    }
  }
  return read;
}

/** Letters 8 pixels wide get the room they need, not more. */
function narrowGlyph(bitmap: Uint8Array): Glyph {
  const all = bitmap.reduce((union, row) => union | row, 0);
  const left = Math.clz32(all) - 24;
  const right = 8 - (31 - Math.clz32(all & -all));
  const lines = trace((x, y) => x < 8 && ((bitmap[y] ?? 0) >> (7 - x) & 1) === 1);
  return { width: right - left + 2, lines: shift(lines, -left) };
}

function wideGlyph(bitmap: Uint8Array): Glyph {
  const lines = trace((x, y) => {
    const byte = bitmap[(x < 8 ? 0 : 16) + y] ?? 0;
    return (byte >> (7 - x % 8) & 1) === 1;
  });
  return { width: 17, lines };
}

function shift(lines: readonly Line[], by: number): Line[] {
  return lines.map(({ x1, y1, x2, y2 }) => ({ x1: x1 + by, y1, x2: x2 + by, y2 }));
}

interface Point {
  readonly column: number;
  readonly row: number;
  readonly neighbours: Point[];
}

/**
 * Joins the centres of neighbouring pixels. Where a line passes through a pixel, the point is
 * drawn towards its two neighbours, which turns the bitmap's stairs into slopes and curves.
 */
function trace(isSet: (x: number, y: number) => boolean): Line[] {
  const points = linkPixels(isSet);
  const lines: Line[] = [];
  for (const point of points) {
    const from = smoothed(point);
    if (point.neighbours.length === 0) {
      lines.push({ x1: from.x, y1: from.y, x2: from.x, y2: from.y });
    }
    for (const neighbour of point.neighbours) {
      const isSecondSight = neighbour.row < point.row ||
        (neighbour.row === point.row && neighbour.column < point.column);
      if (isSecondSight) continue;
      const to = smoothed(neighbour);
      lines.push({ x1: from.x, y1: from.y, x2: to.x, y2: to.y });
    }
  }
  return lines;
}

function linkPixels(isSet: (x: number, y: number) => boolean): Point[] {
  const points = new Map<number, Point>();
  for (let row = 0; row < 16; row++) {
    for (let column = 0; column < 16; column++) {
      if (isSet(column, row)) points.set(row * 16 + column, { column, row, neighbours: [] });
    }
  }
  const at = (column: number, row: number) =>
    column >= 0 && column < 16 ? points.get(row * 16 + column) : undefined;
  const link = (one: Point, other: Point | undefined) => {
    if (!other) return;
    one.neighbours.push(other);
    other.neighbours.push(one);
  };
  for (const point of points.values()) {
    const { column, row } = point;
    link(point, at(column + 1, row));
    link(point, at(column, row + 1));
    // A diagonal is a line of its own only where no pixel beside it already turns the corner.
    const below = at(column, row + 1);
    if (!below && !at(column + 1, row)) link(point, at(column + 1, row + 1));
    if (!below && !at(column - 1, row)) link(point, at(column - 1, row + 1));
  }
  return [...points.values()];
}

function smoothed({ column, row, neighbours }: Point): { x: number; y: number } {
  const [one, other] = neighbours;
  if (!one || !other || neighbours.length > 2) return { x: column + 0.5, y: row + 0.5 };
  return {
    x: column / 2 + (one.column + other.column) / 4 + 0.5,
    y: row / 2 + (one.row + other.row) / 4 + 0.5,
  };
}
