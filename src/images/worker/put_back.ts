/** The base picture's own pixels, put back around what was to change. */

import { compare, type Comparison } from "./align.ts";
import { type Codecs, decode } from "./decode.ts";
import { isSameShape, readPlane } from "./mask.ts";
import { type Plane, resamplePlane } from "./plane.ts";
import { writePng } from "./png_writer.ts";
import { type Raster, release } from "./raster.ts";
import { resampleByRow } from "./resample.ts";

export interface PutBackInput {
  readonly base: Uint8Array;
  readonly edited: Uint8Array;
  /** In the one form. */
  readonly mask: Uint8Array;
}

export interface PutBack extends Comparison {
  /** A PNG of the base picture's size; undefined where the two do not line up. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** Width and height of the two, upright. */
  readonly baseSize: readonly [number, number];
  readonly editedSize: readonly [number, number];
}

/** As `../mask.ts` says. @throws {UndecodableError} */
export async function putBack(
  { base, edited, mask }: PutBackInput,
  codecs: Codecs,
): Promise<PutBack> {
  const whole = await readPlane(mask, codecs);
  const changed = await decode(edited, 1, codecs);
  const own = await decode(base, 1, codecs);
  const sizes = {
    baseSize: [own.width, own.height],
    editedSize: [changed.width, changed.height],
  } as const;
  if (!isSameShape(own, changed)) return { ...sizes, problem: "shape" };
  const plane = resamplePlane(whole, own.width, own.height);
  const comparison = compare(own, changed, plane);
  if (comparison.problem) return { ...sizes, ...comparison };
  feather(plane);
  const { x, y } = comparison.shift ?? { x: 0, y: 0 };
  const shift = { x: x * own.width, y: y * own.height };
  resampleByRow(
    changed,
    { width: own.width, height: own.height, shift },
    (row, y) => blendRow(own, row, plane, y),
  );
  release(changed.pixels);
  const isOpaque = own.isOpaque && changed.isOpaque;
  return { ...sizes, ...comparison, bytes: await writePng({ ...own, isOpaque }) };
}

/** Lets the change begin softly within the mask; what is outside it stays at 0. */
function feather(plane: Plane): void {
  const longest = Math.max(plane.width, plane.height);
  const usual = Math.max(NARROWEST, Math.min(WIDEST, Math.round(longest / 250)));
  const distances = distancesFromOutside(plane, usual);
  let deepest = 0;
  for (const distance of distances) if (distance > deepest) deepest = distance;
  // Of a thin line nothing would be left.
  const width = Math.min(usual, Math.max(1, deepest / 2));
  for (let place = 0; place < distances.length; place++) {
    const part = Math.min(1, distances[place]! / (width + 1));
    plane.values[place]! *= part * part * (3 - 2 * part);
  }
}

/** In pixels. */
const NARROWEST = 2;
const WIDEST = 12;

/** Steps to the nearest pixel outside the mask, straight or across, up to `most` and one more. */
function distancesFromOutside({ width, height, values }: Plane, most: number): Uint8Array {
  const distances = new Uint8Array(values.length);
  const far = most + 1;
  for (let place = 0; place < values.length; place++) distances[place] = values[place] ? far : 0;
  const from = (place: number, x: number, row: number, ahead: number) => {
    let least = distances[place]! - 1;
    const look = (other: number) => least = Math.min(least, distances[other]!);
    if (row >= 0 && row < height) {
      const above = row * width + x;
      look(above);
      if (x > 0) look(above - 1);
      if (x < width - 1) look(above + 1);
    }
    if (x + ahead >= 0 && x + ahead < width) look(place + ahead);
    distances[place] = least + 1;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) if (values[y * width + x]) from(y * width + x, x, y - 1, -1);
  }
  for (let y = height - 1; y >= 0; y--) {
    for (let x = width - 1; x >= 0; x--) {
      if (values[y * width + x]) from(y * width + x, x, y + 1, 1);
    }
  }
  return distances;
}

/** Lays the row over the base as far as the mask says. */
function blendRow({ width, pixels }: Raster, row: Uint8ClampedArray, mask: Plane, y: number): void {
  for (let x = 0, place = y * width; x < width; x++, place++) {
    const weight = mask.values[place]! / 255;
    if (weight === 0) continue;
    const to = place * 4;
    const over = row[x * 4 + 3]! * weight;
    const under = pixels[to + 3]! * (1 - weight);
    const alpha = over + under;
    for (let channel = 0; channel < 3 && alpha > 0; channel++) {
      const colour = row[x * 4 + channel]! * over + pixels[to + channel]! * under;
      pixels[to + channel] = colour / alpha;
    }
    pixels[to + 3] = alpha;
  }
}
