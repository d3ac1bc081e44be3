/** The canvas: pixels in memory, and the few shapes everything else is made of. */

import type { Colour } from "./colour.ts";

export interface Raster {
  readonly width: number;
  readonly height: number;
  /** Rows of red, green and blue. */
  readonly pixels: Uint8ClampedArray;
  /** What each pixel shows: 0 the sky, 1 the sun or moon, from 2 on the layers, far to near. */
  readonly kinds: Uint8Array;
}

export function createRaster(width: number, height: number): Raster {
  return {
    width,
    height,
    pixels: new Uint8ClampedArray(width * height * 3),
    kinds: new Uint8Array(width * height),
  };
}

/** How shapes are laid on: `over` limits them to pixels whose kind it accepts. */
export interface Ink {
  readonly colour: Colour;
  /** 0 to 1. */
  readonly opacity: number;
  readonly over?: (kind: number) => boolean;
}

/** A round spot; `softness` 0 has a crisp edge, 1 fades from the centre on. */
export function drawSpot(
  raster: Raster,
  { x, y, radius, softness = 0 }: { x: number; y: number; radius: number; softness?: number },
  ink: Ink,
): void {
  const feather = Math.max(1, radius * softness);
  const reach = radius + 1;
  forBox(raster, { left: x - reach, top: y - reach, right: x + reach, bottom: y + reach }, (
    from,
    to,
    row,
    start,
  ) => {
    const down = row + 0.5 - y;
    for (let column = from; column < to; column++) {
      const across = column + 0.5 - x;
      const distance = Math.sqrt(across * across + down * down);
      if (distance < radius + 0.5) {
        blend(raster, start + column, ink, ramp((radius + 0.5 - distance) / feather));
      }
    }
  });
}

/** A stroke with round ends that runs from one thickness to another. */
export interface Stroke {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly radius1: number;
  readonly radius2: number;
}

export function drawStroke(raster: Raster, stroke: Stroke, ink: Ink): void {
  const { x1, y1, x2, y2, radius1, radius2 } = stroke;
  const [along, down, growth] = [x2 - x1, y2 - y1, radius2 - radius1];
  const perLength = 1 / Math.max(1e-9, along * along + down * down);
  // The same as strokeCover, written out because paintings are made of nothing else.
  forBox(raster, boxOf(stroke), (from, to, row, start) => {
    const below = row + 0.5 - y1;
    for (let column = from; column < to; column++) {
      const beside = column + 0.5 - x1;
      const share = clamp((beside * along + below * down) * perLength);
      const across = beside - along * share;
      const off = below - down * share;
      const reach = radius1 + growth * share + 0.5;
      const square = across * across + off * off;
      if (square < reach * reach) {
        blend(raster, start + column, ink, clamp(reach - Math.sqrt(square)));
      }
    }
  });
}

/** How much of the pixel around a point a stroke covers, 0 to 1. */
export function strokeCover(stroke: Stroke): (x: number, y: number) => number {
  const { x1, y1, x2, y2, radius1, radius2 } = stroke;
  const [along, down, growth] = [x2 - x1, y2 - y1, radius2 - radius1];
  const perLength = 1 / Math.max(1e-9, along * along + down * down);
  return (x, y) => {
    const share = clamp(((x - x1) * along + (y - y1) * down) * perLength);
    const [across, off] = [x - x1 - along * share, y - y1 - down * share];
    return clamp(radius1 + growth * share - Math.sqrt(across * across + off * off) + 0.5);
  };
}

/** The pixels a stroke can touch. */
export function boxOf({ x1, y1, x2, y2, radius1, radius2 }: Stroke): Box {
  const reach = Math.max(radius1, radius2) + 1;
  return {
    left: Math.min(x1, x2) - reach,
    top: Math.min(y1, y2) - reach,
    right: Math.max(x1, x2) + reach,
    bottom: Math.max(y1, y2) + reach,
  };
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function drawRectangle(raster: Raster, box: Box, ink: Ink): void {
  forBox(raster, box, (from, to, _row, start) => {
    for (let column = from; column < to; column++) blend(raster, start + column, ink, 1);
  });
}

/** Mixes the ink into one pixel. */
export function blend({ pixels, kinds }: Raster, index: number, ink: Ink, cover: number): void {
  if (cover <= 0 || (ink.over && !ink.over(kinds[index] ?? 0))) return;
  mixInto(pixels, index, ink.colour, cover * ink.opacity);
}

/** Moves one pixel a share of the way to a colour. */
export function mixInto(
  pixels: Uint8ClampedArray,
  index: number,
  colour: Colour,
  share: number,
): void {
  const offset = index * 3;
  // Written out, because this is where most of the time goes.
  const red = pixels[offset] ?? 0;
  const green = pixels[offset + 1] ?? 0;
  const blue = pixels[offset + 2] ?? 0;
  pixels[offset] = red + (colour[0] - red) * share;
  pixels[offset + 1] = green + (colour[1] - green) * share;
  pixels[offset + 2] = blue + (colour[2] - blue) * share;
}

/** Visits the part of each row that lies in the box; `start` is the index of the row's first pixel. */
function forBox(
  { width, height }: Raster,
  { left, top, right, bottom }: Box,
  visit: (from: number, to: number, row: number, start: number) => void,
): void {
  const [from, to] = [Math.max(0, Math.floor(left)), Math.min(width, Math.ceil(right))];
  const lastRow = Math.min(height, bottom);
  for (let row = Math.max(0, Math.floor(top)); row < lastRow; row++) {
    visit(from, to, row, row * width);
  }
}

/** `value` held between 0 and 1. */
export function clamp(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}

function ramp(value: number): number {
  const share = clamp(value);
  return share * share * (3 - 2 * share);
}
