/** Colours changed as a table says, so that any change takes the same short time. */

import { type Colour, fromOklab, type Oklab, toOklab } from "../svg/colour.ts";
import type { Raster } from "./raster.ts";

/**
 * What 17 steps of red, of green and of blue become: three bytes for each, blue changing fastest.
 * Colours between them change in proportion.
 */
export type ColourTable = Uint8ClampedArray<ArrayBuffer>;

const STEPS = 17;
const STEP = 255 / (STEPS - 1);

export function makeColourTable(change: (colour: Colour) => Colour): ColourTable {
  const table = new Uint8ClampedArray(STEPS ** 3 * 3);
  for (let index = 0; index < STEPS ** 3; index++) {
    const [red, green, blue] = [index / STEPS ** 2, index / STEPS, index];
    const colour = [red, green, blue].map((place) => (Math.floor(place) % STEPS) * STEP);
    table.set(change(colour as unknown as Colour), index * 3);
  }
  return table;
}

/** The picture in the colours of a table. */
export function recolour(raster: Raster, table: ColourTable): Raster {
  const pixels = raster.pixels.slice();
  for (let i = 0; i < pixels.length; i += 4) {
    const [red, green, blue] = [pixels[i]! / STEP, pixels[i + 1]! / STEP, pixels[i + 2]! / STEP];
    const [r, g, b] = [lower(red), lower(green), lower(blue)];
    const [x, y, z] = [red - r, green - g, blue - b];
    const corner = ((r * STEPS + g) * STEPS + b) * 3;
    for (let channel = 0; channel < 3; channel++) {
      const at = corner + channel;
      const near = plane(table, at, y, z);
      pixels[i + channel] = near + (plane(table, at + RED, y, z) - near) * x;
    }
  }
  return { ...raster, pixels };
}

/** The step below, so that there is always one above. */
function lower(place: number): number {
  return Math.min(STEPS - 2, Math.floor(place));
}

/** Between the four values around a place of one red. */
function plane(table: ColourTable, at: number, y: number, z: number): number {
  const low = table[at]! + (table[at + BLUE]! - table[at]!) * z;
  const high = table[at + GREEN]! + (table[at + GREEN + BLUE]! - table[at + GREEN]!) * z;
  return low + (high - low) * y;
}

const BLUE = 3;
const GREEN = STEPS * BLUE;
const RED = STEPS * GREEN;

/**
 * The table that gives one picture the mood of another: its mean and its spread of lightness and
 * of colour, by `share` (Reinhard's colour transfer of 2001, in OKLab).
 */
export function tonesTable(from: Raster, to: Raster, share: number): ColourTable {
  const [own, wanted] = [tonesOf(from), tonesOf(to)];
  return makeColourTable((colour) => {
    const moved = toOklab(colour).map((value, channel) => {
      const { mean, spread } = own[channel]!;
      const scale = Math.min(MOST_STRETCH, ratio(wanted, own, channel));
      const target = (value - mean) * (spread > 0 ? scale : 1) + wanted[channel]!.mean;
      return value + (target - value) * share;
    });
    return fromOklab(moved as unknown as Oklab);
  });
}

/** More would turn the noise of an even picture into colours. */
const MOST_STRETCH = 2;

interface Tone {
  readonly mean: number;
  readonly spread: number;
}

function ratio(wanted: readonly Tone[], own: readonly Tone[], channel: number): number {
  return wanted[channel]!.spread / Math.max(own[channel]!.spread, 1e-4);
}

/** By about `SAMPLES` pixels, evenly taken from those that can be seen. */
function tonesOf({ pixels }: Raster): readonly Tone[] {
  const step = Math.max(1, Math.floor(pixels.length / 4 / SAMPLES)) * 4;
  const [sums, squares] = [[0, 0, 0], [0, 0, 0]];
  let count = 0;
  for (let i = 0; i < pixels.length; i += step) {
    if (pixels[i + 3]! < 128) continue;
    const colour = toOklab([pixels[i]!, pixels[i + 1]!, pixels[i + 2]!]);
    for (const [channel, value] of colour.entries()) {
      sums[channel]! += value;
      squares[channel]! += value * value;
    }
    count++;
  }
  return sums.map((sum, channel) => {
    const mean = count > 0 ? sum / count : 0;
    const variance = count > 0 ? squares[channel]! / count - mean * mean : 0;
    return { mean, spread: Math.sqrt(Math.max(0, variance)) };
  });
}

const SAMPLES = 40_000;
