/** One number from 0 to 255 for each pixel: masks, and brightness. */

import { type Raster, release } from "./raster.ts";
import { type Weights, weightsOf } from "./resample.ts";

export interface Plane {
  readonly width: number;
  readonly height: number;
  /** Rows from the top. */
  readonly values: Uint8ClampedArray<ArrayBuffer>;
}

/** How bright each pixel is (Rec. 601), whatever can be seen through it. */
export function brightnessOf({ width, height, pixels }: Raster): Plane {
  const values = new Uint8ClampedArray(width * height);
  for (let place = 0, i = 0; place < values.length; place++, i += 4) {
    values[place] = pixels[i]! * 0.299 + pixels[i + 1]! * 0.587 + pixels[i + 2]! * 0.114;
  }
  return { width, height, values };
}

/** How much can be seen of each pixel. */
export function alphaOf({ width, height, pixels }: Raster): Plane {
  const values = new Uint8ClampedArray(width * height);
  for (let place = 0; place < values.length; place++) values[place] = pixels[place * 4 + 3]!;
  return { width, height, values };
}

/** White for black and black for white, in place. */
export function invert({ values }: Plane): void {
  for (let place = 0; place < values.length; place++) values[place] = 255 - values[place]!;
}

/** The part of the places, from 0 to 1, whose value is at least `least`. */
export function partOf({ values }: Plane, least: number): number {
  let count = 0;
  for (const value of values) if (value >= least) count++;
  return count / values.length;
}

/**
 * The same in another size, by straight lines between the values: unlike Lanczos' filter it leaves
 * no ripples, so that what was flat stays flat.
 */
export function resamplePlane(plane: Plane, width: number, height: number): Plane {
  if (width === plane.width && height === plane.height) return plane;
  const across = resampleRows(plane, weightsOf(plane.width, width, LINEAR), width);
  const result = resampleColumns(across, weightsOf(plane.height, height, LINEAR), height);
  release(across.values);
  return result;
}

const LINEAR = { reach: 1, weight: (x: number) => Math.max(0, 1 - Math.abs(x)) };

function resampleRows({ width: from, height, values }: Plane, weights: Weights, to: number): Plane {
  const { count, starts, values: factors } = weights;
  const target = new Uint8ClampedArray(to * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < to; x++, at++) {
      let sum = 0;
      const start = y * from + starts[x]!;
      for (let i = 0; i < count; i++) sum += values[start + i]! * factors[x * count + i]!;
      target[at] = sum;
    }
  }
  return { width: to, height, values: target };
}

function resampleColumns({ width, values }: Plane, weights: Weights, to: number): Plane {
  const { count, starts, values: factors } = weights;
  const target = new Uint8ClampedArray(width * to);
  const row = new Float32Array(width);
  for (let y = 0; y < to; y++) {
    row.fill(0);
    for (let i = 0; i < count; i++) {
      const factor = factors[y * count + i]!;
      if (factor === 0) continue;
      const start = (starts[y]! + i) * width;
      for (let x = 0; x < width; x++) row[x]! += values[start + x]! * factor;
    }
    target.set(row, y * width);
  }
  return { width, height: to, values: target };
}
