/** Writes fonts: outlines as a TrueType file of the few tables that drawing needs. */

import { joinBytes } from "../../bytes.ts";

export interface OutlinePoint {
  readonly x: number;
  readonly y: number;
  /** Whether the line passes through it; else it pulls a quadratic curve. */
  readonly isOn: boolean;
}

/** In units of `UNITS_PER_EM`, upwards from the base line. */
export interface Outline {
  readonly width: number;
  readonly contours: readonly (readonly OutlinePoint[])[];
}

export interface Face {
  readonly family: string;
  /** 400 is regular, 700 bold. */
  readonly weight: number;
  readonly isItalic: boolean;
  /** What stands for every other letter. */
  readonly unknown: Outline;
  readonly letters: ReadonlyMap<string, Outline>;
}

export const UNITS_PER_EM = 2048;

/** Of Arial, so that lines lie where they do with it. */
const ASCENT = 1854;
const DESCENT = -434;

/** The font file. Letters are of one code point each, at most 65,534. */
export function trueType(face: Face): Uint8Array<ArrayBuffer> {
  const letters = [...face.letters].sort(([one], [other]) => codeOf(one) - codeOf(other));
  const outlines = [face.unknown, ...letters.map(([, outline]) => outline)];
  const glyphs = outlines.map(glyphBytes);
  const tables = {
    "OS/2": systemTable(face),
    cmap: characterTable(letters.map(([letter]) => codeOf(letter))),
    glyf: joinBytes(glyphs),
    head: headTable(face),
    hhea: uint16s([1, 0, ASCENT, DESCENT, 0, ...zeros(12), outlines.length]),
    hmtx: uint16s(outlines.flatMap(({ width, contours }) => [width, box(contours).left])),
    loca: offsetsOf(glyphs),
    maxp: uint16s([1, 0, outlines.length, ...zeros(13)]),
    name: nameTable(face.family),
    post: uint16s([3, 0, 0, 0, -217, 150, ...zeros(10)]), // a line below
  };
  return fileOf(tables);
}

function codeOf(letter: string): number {
  return letter.codePointAt(0)!;
}

function glyphBytes({ contours }: Outline): Uint8Array<ArrayBuffer> {
  if (contours.length === 0) return new Uint8Array();
  const points = contours.flat();
  const { left, bottom, right, top } = box(contours);
  let end = -1;
  const ends = contours.map(({ length }) => end += length);
  const changes = (axis: "x" | "y") =>
    points.map((point, index) => point[axis] - (points[index - 1]?.[axis] ?? 0));
  const glyph = joinBytes([
    uint16s([contours.length, left, bottom, right, top, ...ends, 0]),
    Uint8Array.from(points, ({ isOn }) => isOn ? 1 : 0),
    uint16s([...changes("x"), ...changes("y")]),
  ]);
  return padded(glyph);
}

function box(contours: Outline["contours"]) {
  const points = contours.flat();
  const least = (axis: "x" | "y") => points.reduce((low, at) => Math.min(low, at[axis]), Infinity);
  const most = (axis: "x" | "y") =>
    points.reduce((high, at) => Math.max(high, at[axis]), -Infinity);
  if (points.length === 0) return { left: 0, bottom: 0, right: 0, top: 0 };
  return { left: least("x"), bottom: least("y"), right: most("x"), top: most("y") };
}

function offsetsOf(glyphs: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let end = 0;
  return uint32s([0, ...glyphs.map(({ length }) => end += length)]);
}

/** One group for each character: of platform Windows, any of Unicode. */
function characterTable(codes: readonly number[]): Uint8Array<ArrayBuffer> {
  const groups = codes.flatMap((code, index) => [code, code, index + 1]);
  return joinBytes([
    uint16s([0, 1, 3, 10, 0, 12, 12, 0]),
    uint32s([16 + codes.length * 12, 0, codes.length, ...groups]),
  ]);
}

function headTable({ weight, isItalic }: Face): Uint8Array<ArrayBuffer> {
  const style = (weight >= 700 ? 1 : 0) + (isItalic ? 2 : 0);
  const bounds = [0, DESCENT, UNITS_PER_EM, ASCENT];
  return joinBytes([
    uint32s([0x10000, 0x10000, 0, 0x5f0f3cf5]),
    uint16s([0, UNITS_PER_EM, ...zeros(8), ...bounds, style, 8, 2, 1, 0]),
  ]);
}

function systemTable({ weight, isItalic }: Face): Uint8Array<ArrayBuffer> {
  const selection = isItalic ? 1 : weight >= 700 ? 32 : 64;
  return uint16s([
    ...[4, 1000, weight, 5, 0],
    ...[1434, 1331, 0, 287, 1434, 1331, 0, 977], // lowered and raised letters
    ...[102, 530, 0], // a line through
    ...zeros(5 + 8 + 2),
    ...[selection, 0x20, 0xffff, ASCENT, DESCENT, 0, ASCENT, -DESCENT],
    ...zeros(4),
    ...[1062, 1466, 0, 0x20, 0], // the heights of x and H
  ]);
}

/** The name of the family, and the one for PostScript, without which readers take no font. */
function nameTable(family: string): Uint8Array<ArrayBuffer> {
  const text = uint16s(Array.from(family, codeOf));
  const records = [1, 6].flatMap((id) => [3, 1, 0x409, id, text.length, 0]);
  return joinBytes([uint16s([0, 2, 6 + records.length * 2, ...records]), text]);
}

function fileOf(
  tables: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
): Uint8Array<ArrayBuffer> {
  const names = Object.keys(tables);
  const bodies = Object.values(tables).map(padded);
  let offset = 12 + names.length * 16;
  const entries = names.map((name, index) => {
    const entry = joinBytes([
      new TextEncoder().encode(name.padEnd(4)),
      uint32s([0, offset, tables[name]!.length]),
    ]);
    offset += bodies[index]!.length;
    return entry;
  });
  return joinBytes([uint16s([1, 0, names.length, ...zeros(3)]), ...entries, ...bodies]);
}

/** To whole groups of four bytes. */
function padded(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.length % 4 === 0 ? bytes : joinBytes([bytes, new Uint8Array(4 - bytes.length % 4)]);
}

function zeros(count: number): readonly number[] {
  return Array<number>(count).fill(0);
}

/** Two bytes each; a negative number as its complement. */
function uint16s(numbers: readonly number[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(numbers.length * 2));
  numbers.forEach((number, index) => view.setUint16(index * 2, number));
  return new Uint8Array(view.buffer);
}

function uint32s(numbers: readonly number[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(numbers.length * 4));
  numbers.forEach((number, index) => view.setUint32(index * 4, number));
  return new Uint8Array(view.buffer);
}
