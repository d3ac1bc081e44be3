/** Pictures made smaller or larger by Lanczos' filter of three lobes. */

import { type Raster, release } from "./raster.ts";

/** The same picture in another size; edges stay clean where there is something to see through. */
export function resample(raster: Raster, width: number, height: number): Raster {
  if (width === raster.width && height === raster.height) return raster;
  const pixels = new Uint8ClampedArray(width * height * 4);
  resampleByRow(raster, { width, height }, (row, y) => pixels.set(row, y * width * 4));
  return { width, height, pixels, isOpaque: raster.isOpaque };
}

export interface ResampledSize {
  readonly width: number;
  readonly height: number;
  /** Pixels of the result by which what is seen moves to the left and up; 0 where undefined. */
  readonly shift?: { readonly x: number; readonly y: number };
}

/** Hands out the rows of the picture in another size, in the same memory one after the other. */
export function resampleByRow(
  raster: Raster,
  { width, height, shift = { x: 0, y: 0 } }: ResampledSize,
  take: (row: Uint8ClampedArray, y: number) => void,
): void {
  const source = raster.isOpaque ? raster.pixels : multiplied(raster.pixels);
  const columns = weightsOf(raster.width, width, LANCZOS, shift.x);
  const rows = weightsOf(raster.height, height, LANCZOS, shift.y);
  const across = resampleRows(source, raster.width, raster.height, width, columns);
  if (source !== raster.pixels) release(source);
  resampleColumns(across, width, height, rows, (row, y) => {
    if (!raster.isOpaque) divide(row);
    take(row, y);
  });
  release(across);
}

/** A filter: how far from its middle it reaches, in pixels, and its weight at each distance. */
interface Kernel {
  readonly reach: number;
  readonly weight: (distance: number) => number;
}

/** For each target place: where its weights begin in the source, and what they are. */
export interface Weights {
  readonly count: number;
  readonly starts: Int32Array;
  /** `count` for each place, in sum 1. */
  readonly values: Float64Array;
}

/** `offset` moves the result's content to the left or up by so many of its pixels. */
export function weightsOf(from: number, to: number, kernel = LANCZOS, offset = 0): Weights {
  const scale = Math.max(1, from / to);
  const reach = kernel.reach * scale;
  const count = Math.min(from, Math.ceil(reach * 2) + 1);
  const starts = new Int32Array(to);
  const values = new Float64Array(to * count);
  for (let place = 0; place < to; place++) {
    const centre = mirrored((place + 0.5 + offset) * from / to - 0.5, from);
    const start = Math.max(0, Math.min(from - count, Math.ceil(centre - reach)));
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const value = kernel.weight((start + i - centre) / scale);
      values[place * count + i] = value;
      sum += value;
    }
    for (let i = 0; i < count; i++) values[place * count + i]! /= sum;
    starts[place] = start;
  }
  return { count, starts, values };
}

function lanczos(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= LOBES) return 0;
  const turn = Math.PI * x;
  return LOBES * Math.sin(turn) * Math.sin(turn / LOBES) / (turn * turn);
}

const LOBES = 3;
const LANCZOS: Kernel = { reach: LOBES, weight: lanczos };

/** Beyond its edges a picture goes on as in a mirror. */
function mirrored(centre: number, length: number): number {
  if (centre < -0.5) return Math.min(length - 0.5, -1 - centre);
  return centre > length - 0.5 ? Math.max(-0.5, 2 * length - 1 - centre) : centre;
}

function resampleRows(
  source: Uint8ClampedArray,
  from: number,
  height: number,
  to: number,
  { count, starts, values }: Weights,
): Uint8ClampedArray<ArrayBuffer> {
  const target = new Uint8ClampedArray(to * height * 4);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < to; x++, at += 4) {
      let red = 0;
      let green = 0;
      let blue = 0;
      let alpha = 0;
      let pixel = (y * from + starts[x]!) * 4;
      for (let i = x * count; i < (x + 1) * count; i++, pixel += 4) {
        const weight = values[i]!;
        red += source[pixel]! * weight;
        green += source[pixel + 1]! * weight;
        blue += source[pixel + 2]! * weight;
        alpha += source[pixel + 3]! * weight;
      }
      target[at] = red;
      target[at + 1] = green;
      target[at + 2] = blue;
      target[at + 3] = alpha;
    }
  }
  return target;
}

/** Row by row, so that memory is read in its order. */
function resampleColumns(
  source: Uint8ClampedArray,
  width: number,
  to: number,
  { count, starts, values }: Weights,
  take: (row: Uint8ClampedArray, y: number) => void,
): void {
  const length = width * 4;
  const sums = new Float32Array(length);
  const row = new Uint8ClampedArray(length);
  for (let y = 0; y < to; y++) {
    sums.fill(0);
    for (let i = 0; i < count; i++) {
      const weight = values[y * count + i]!;
      if (weight === 0) continue;
      const start = (starts[y]! + i) * length;
      for (let x = 0; x < length; x++) sums[x]! += source[start + x]! * weight;
    }
    row.set(sums);
    take(row, y);
  }
}

/** Colours times alpha, and all a little less, so that what the filter adds at edges has room. */
function multiplied(pixels: Uint8ClampedArray): Uint8ClampedArray {
  const result = new Uint8ClampedArray(pixels.length);
  for (let i = 0; i < pixels.length; i += 4) {
    const alpha = pixels[i + 3]! * HEADROOM;
    result[i] = pixels[i]! * alpha / 255;
    result[i + 1] = pixels[i + 1]! * alpha / 255;
    result[i + 2] = pixels[i + 2]! * alpha / 255;
    result[i + 3] = alpha;
  }
  return result;
}

function divide(pixels: Uint8ClampedArray): void {
  for (let i = 0; i < pixels.length; i += 4) {
    const alpha = pixels[i + 3]!;
    if (alpha === 0) continue;
    pixels[i] = pixels[i]! * 255 / alpha;
    pixels[i + 1] = pixels[i + 1]! * 255 / alpha;
    pixels[i + 2] = pixels[i + 2]! * 255 / alpha;
    pixels[i + 3] = alpha / HEADROOM;
  }
}

const HEADROOM = 0.8;
