/**
 * Letters of every language, as strokes: each bitmap glyph becomes a line drawing, because a font
 * with Chinese letters would be larger than all the rest of the program.
 */

import { brotliDecompressSync } from "node:zlib";
import { packedIn } from "./packed.ts";
import asset from "./unifont.txt" with { type: "text" };

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A glyph on a grid 16 units high; the base line lies at 14. */
export interface Glyph {
  /** In units, the space to the next letter included. */
  readonly width: number;
  /** From one point to another; a dot where they are the same. */
  readonly lines: readonly (readonly [from: Point, to: Point])[];
}

/**
 * The glyph of what a reader sees as one letter; a small box stands for an unknown one, and
 * nothing for an emoji.
 */
export function glyphOf(letter: string): Glyph {
  if (/^\s/u.test(letter)) return { width: letter === "\u3000" ? 16 : 5, lines: [] };
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

const NOTHING: Glyph = { width: 0, lines: [] };

/** What is invisible by itself, and pictures. */
const UNDRAWN = /^[\p{Cc}\p{Cf}\p{M}\p{Extended_Pictographic}]$/u;

/** A letter made of several, or drawn in colours, is not what its first part shows. */
function isEmoji(letter: string): boolean {
  return /[\u200d\ufe0f]|\p{RI}/u.test(letter) && /\p{Emoji}/u.test(letter);
}

const CORNERS = [{ x: 2, y: 4 }, { x: 10, y: 4 }, { x: 10, y: 12 }, { x: 2, y: 12 }];
/** The glyph of every letter that there is none for. */
export const UNKNOWN: Glyph = {
  width: 13,
  lines: CORNERS.map((from, index) => [from, CORNERS[(index + 1) % 4] ?? from] as const),
};

/** By character: 16 rows of one byte, or 16 left bytes and then 16 right ones. */
let font: ReadonlyMap<string, Uint8Array> | undefined;

/** Unpacks the asset; its layout is told where it is built. */
function readFont(): ReadonlyMap<string, Uint8Array> {
  const bytes = new Uint8Array(brotliDecompressSync(packedIn(asset)));
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
  return { width: right - left + 2, lines: trace((x, y) => isSet(bitmap[y], x + left)) };
}

function wideGlyph(bitmap: Uint8Array): Glyph {
  return { width: 17, lines: trace((x, y) => isSet(bitmap[(x < 8 ? 0 : 16) + y], x % 8)) };
}

function isSet(row = 0, column: number): boolean {
  return column < 8 && (row >> (7 - column) & 1) === 1;
}

/**
 * Joins the centres of neighbouring pixels. Where a line passes through a pixel, the point is
 * drawn towards its two neighbours, which turns the bitmap's stairs into slopes and curves.
 */
function trace(isInk: (x: number, y: number) => boolean): Glyph["lines"] {
  const has = (x: number, y: number) => x >= 0 && x < 16 && y >= 0 && y < 16 && isInk(x, y);
  const joins = ({ x, y }: Point, [dx, dy]: readonly [number, number]) =>
    has(x + dx, y + dy) &&
    // A diagonal is a line of its own only where no pixel beside it already turns the corner.
    (dx === 0 || dy === 0 || !(has(x + dx, y) || has(x, y + dy)));
  const neighbours = (at: Point) =>
    STEPS.filter((step) => joins(at, step)).map(([dx, dy]) => ({ x: at.x + dx, y: at.y + dy }));
  const smooth = (at: Point): Point => {
    const [one, other, third] = neighbours(at);
    if (!one || !other || third) return { x: at.x + 0.5, y: at.y + 0.5 };
    const between = (axis: "x" | "y") => at[axis] / 2 + (one[axis] + other[axis]) / 4 + 0.5;
    return { x: between("x"), y: between("y") };
  };
  return GRID.filter(({ x, y }) => has(x, y)).flatMap((at) => {
    const from = smooth(at);
    const near = neighbours(at);
    if (near.length === 0) return [[from, from] as const];
    return near.filter(({ x, y }) => y > at.y || (y === at.y && x > at.x))
      .map((other) => [from, smooth(other)] as const);
  });
}

const GRID = Array.from({ length: 256 }, (_, index) => ({ x: index % 16, y: index >> 4 }));
const STEPS = [[-1, -1], [0, -1], [1, -1], [-1, 0], [1, 0], [-1, 1], [0, 1], [1, 1]] as const;
