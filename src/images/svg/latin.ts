/** The outlines of Latin letters: those of Arimo, which are as wide as Arial's and Helvetica's. */

import asset from "./arimo.txt" with { type: "text" };
import { unpack } from "./packed.ts";
import type { Outline, OutlinePoint } from "./truetype.ts";

export type Weight = "regular" | "bold";

/** By letter, in units of 2048 to the em. */
export type Outlines = ReadonlyMap<string, Outline>;

/** The letters of a weight, read once. */
export async function latinLetters(weight: Weight): Promise<Outlines> {
  return (await (letters ??= readLetters()))[weight];
}

let letters: Promise<Readonly<Record<Weight, Outlines>>> | undefined;

/** The asset's layout is told where it is built. */
async function readLetters(): Promise<Readonly<Record<Weight, Outlines>>> {
  const bytes = await unpack(asset);
  const end = bytes.indexOf(10);
  const names = [...new TextDecoder().decode(bytes.subarray(0, end))];
  const next = numbersIn(bytes, end + 1);
  const take = (count: number) => Array.from({ length: count }, next);
  const ofEach = <Value>(read: (weight: Weight) => Value) => ({
    regular: read("regular"),
    bold: read("bold"),
  });
  const widths = ofEach(() => take(names.length));
  const contours = ofEach(() => take(names.length));
  const lengths = ofEach((weight) => take(sum(contours[weight])));
  const onLine = ofEach((weight) => take(sum(lengths[weight])));
  const xs = ofEach((weight) => running(take(onLine[weight].length)));
  const ys = ofEach((weight) => running(take(onLine[weight].length)));
  return ofEach((weight) => {
    const points = onLine[weight].map((isOn, index): OutlinePoint => ({
      x: xs[weight][index]!,
      y: ys[weight][index]!,
      isOn: isOn === 1,
    }));
    const takePoints = inTurn(points);
    const takeLengths = inTurn(lengths[weight]);
    return new Map(names.map((name, index) => [name, {
      width: widths[weight][index]!,
      contours: takeLengths(contours[weight][index]!).map(takePoints),
    }]));
  });
}

/** The next number at each call: 7 bits a byte, the lowest first, the sign in its lowest bit. */
function numbersIn(bytes: Uint8Array, from: number): () => number {
  let at = from;
  return () => {
    let value = 0;
    for (let shift = 0;; shift += 7) {
      const byte = bytes[at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value & 1 ? -(value + 1) / 2 : value / 2;
    }
  };
}

function inTurn<Value>(values: readonly Value[]): (count: number) => readonly Value[] {
  let at = 0;
  return (count) => values.slice(at, at += count);
}

function running(changes: readonly number[]): readonly number[] {
  let value = 0;
  return changes.map((change) => value += change);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
