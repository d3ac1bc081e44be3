/** What may be done to pixels without making them anew: cut, turned, mirrored, greyed, laid on a colour. */

import type { Raster } from "./raster.ts";

/** In pixels, from the upper left corner. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Red, green and blue from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** What lies within `area`, which lies within the picture. */
export function crop(raster: Raster, { left, top, width, height }: Area): Raster {
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * raster.width + left) * 4;
    pixels.set(raster.pixels.subarray(start, start + width * 4), y * width * 4);
  }
  return { width, height, pixels, isOpaque: raster.isOpaque };
}

/** Turned as the eight values of EXIF's Orientation say what must be done to see it upright. */
export function orient(raster: Raster, orientation: number): Raster {
  const place = ORIENTATIONS[orientation];
  return place ? moved(raster, orientation >= 5, place) : raster;
}

/** Turned clockwise by quarters of a circle. */
export function rotate(raster: Raster, degrees: 90 | 180 | 270): Raster {
  return orient(raster, { 90: 6, 180: 3, 270: 8 }[degrees]);
}

/** Mirrored: left and right change places, or top and bottom. */
export function flip(raster: Raster, direction: "horizontal" | "vertical"): Raster {
  return orient(raster, direction === "horizontal" ? 2 : 4);
}

/** Without colour, as bright as it was (Rec. 601). */
export function grayscale(raster: Raster): Raster {
  const pixels = raster.pixels.slice();
  for (let i = 0; i < pixels.length; i += 4) {
    const grey = pixels[i]! * 0.299 + pixels[i + 1]! * 0.587 + pixels[i + 2]! * 0.114;
    pixels[i] = pixels[i + 1] = pixels[i + 2] = grey;
  }
  return { ...raster, pixels };
}

/** Laid on a colour, so that nothing can be seen through any more. */
export function flatten(raster: Raster, colour: Colour): Raster {
  if (raster.isOpaque) return raster;
  const pixels = raster.pixels.slice();
  for (let i = 0; i < pixels.length; i += 4) {
    const alpha = pixels[i + 3]!;
    for (let channel = 0; channel < 3; channel++) {
      pixels[i + channel] = (pixels[i + channel]! * alpha + colour[channel]! * (255 - alpha)) / 255;
    }
    pixels[i + 3] = 255;
  }
  return { ...raster, pixels, isOpaque: true };
}

/** Where a pixel of the result comes from, in a picture of the source's last column and row. */
type Place = (x: number, y: number, right: number, bottom: number) => readonly [number, number];

/** By EXIF's Orientation; 1 is upright. */
const ORIENTATIONS: Readonly<Record<number, Place>> = {
  2: (x, y, right) => [right - x, y],
  3: (x, y, right, bottom) => [right - x, bottom - y],
  4: (x, y, _right, bottom) => [x, bottom - y],
  5: (x, y) => [y, x],
  6: (x, y, _right, bottom) => [y, bottom - x],
  7: (x, y, right, bottom) => [right - y, bottom - x],
  8: (x, y, right) => [right - y, x],
};

function moved(raster: Raster, isSideways: boolean, place: Place): Raster {
  const [right, bottom] = [raster.width - 1, raster.height - 1];
  const width = isSideways ? raster.height : raster.width;
  const height = isSideways ? raster.width : raster.height;
  const source = new Uint32Array(raster.pixels.buffer, raster.pixels.byteOffset);
  const target = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    // Each row is walked in even steps, so two places tell them all.
    const [fromX, fromY] = place(0, y, right, bottom);
    const [nextX, nextY] = place(1, y, right, bottom);
    const step = (nextY - fromY) * raster.width + nextX - fromX;
    let from = fromY * raster.width + fromX;
    for (let x = 0; x < width; x++, from += step) target[y * width + x] = source[from]!;
  }
  const pixels = new Uint8ClampedArray(target.buffer);
  return { width, height, pixels, isOpaque: raster.isOpaque };
}
