/** Masks in their one form here: 8-bit grey, 255 where a picture may change and 0 where it stays. */

import { type Codecs, decode } from "./decode.ts";
import { writeAlphaPng, writeGreyPng } from "./png_writer.ts";
import { alphaOf, brightnessOf, invert, partOf, type Plane, resamplePlane } from "./plane.ts";
import { type Raster, release } from "./raster.ts";

export interface ReadMaskInput {
  readonly bytes: Uint8Array;
  /** Of the base picture. */
  readonly width: number;
  readonly height: number;
  readonly isInverted: boolean;
}

export interface MaskReading {
  /** The mask in the base picture's size; undefined where its own shape is another. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** Its own size, upright. */
  readonly width: number;
  readonly height: number;
  /** What marks the change: what can be seen through, white, or black on a white ground. */
  readonly mark: "clear" | "white" | "black";
  /** Parts of its pixels, from 0 to 1: those in colour, and those that mark any change. */
  readonly coloured: number;
  readonly changed: number;
}

/** Reads a mask by what it holds, as `../mask.ts` says. @throws {UndecodableError} */
export async function readMask(
  { bytes, width, height, isInverted }: ReadMaskInput,
  codecs: Codecs,
): Promise<MaskReading> {
  const raster = await decode(bytes, 1, codecs);
  const { mark, plane } = marked(raster);
  const coloured = mark === "clear" ? 0 : colouredPart(raster);
  release(raster.pixels);
  if (isInverted) invert(plane);
  const facts = { width: plane.width, height: plane.height, mark, coloured };
  const changed = partOf(plane, 1);
  if (!isSameShape(plane, { width, height })) return { ...facts, changed };
  const sized = resamplePlane(plane, width, height);
  return { ...facts, changed, bytes: await writeGreyPng(sized) };
}

/** Whether one can become the other without being seen to be stretched: within 2 %. */
export function isSameShape(one: Size, other: Size): boolean {
  return Math.abs(one.width * other.height / (one.height * other.width) - 1) <= 0.02;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The plane of a mask that is in the one form already. */
export async function readPlane(bytes: Uint8Array, codecs: Codecs): Promise<Plane> {
  const raster = await decode(bytes, 1, codecs);
  const plane = brightnessOf(raster);
  release(raster.pixels);
  return plane;
}

function marked(raster: Raster): Pick<MaskReading, "mark"> & { readonly plane: Plane } {
  const alpha = raster.isOpaque ? undefined : alphaOf(raster);
  if (alpha) {
    invert(alpha);
    if (partOf(alpha, 128) >= LEAST_FIGURE) return { mark: "clear", plane: cleaned(alpha) };
  }
  const plane = cleaned(brightnessOf(raster));
  if (!isBlackOnWhite(plane)) return { mark: "white", plane };
  invert(plane);
  return { mark: "black", plane };
}

/** Nearly black counts as black and nearly white as white, since JPEG leaves neither as it was. */
function cleaned(plane: Plane): Plane {
  const { values } = plane;
  const scale = 255 / (255 - 2 * NOISE);
  for (let place = 0; place < values.length; place++) {
    values[place] = (values[place]! - NOISE) * scale;
  }
  return plane;
}

/** A figure on paper: white is most of it and nearly all of its border, and something is black. */
function isBlackOnWhite(plane: Plane): boolean {
  const white = partOf(plane, 128);
  return white > 0.5 && white <= 1 - LEAST_FIGURE && whiteBorder(plane) >= 0.95;
}

function whiteBorder({ width, height, values }: Plane): number {
  let white = 0;
  const look = (place: number) => white += values[place]! >= 128 ? 1 : 0;
  for (let x = 0; x < width; x++) {
    look(x);
    look((height - 1) * width + x);
  }
  for (let y = 0; y < height; y++) {
    look(y * width);
    look(y * width + width - 1);
  }
  return white / (2 * (width + height));
}

function colouredPart({ pixels }: Raster): number {
  let count = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    const [red, green, blue] = [pixels[i]!, pixels[i + 1]!, pixels[i + 2]!];
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > COLOUR) count++;
  }
  return count * 4 / pixels.length;
}

/** Part of the pixels; less is a speck. */
const LEAST_FIGURE = 0.0005;
const NOISE = 16;
/** Between a pixel's brightest and darkest channel; JPEG's errors stay below. */
const COLOUR = 48;

export interface PaintMaskInput {
  readonly width: number;
  readonly height: number;
  /** In pixels, within the picture. */
  readonly areas: readonly Box[];
  readonly isInverted: boolean;
}

/** In pixels, from the upper left corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A mask that lets the areas change. */
export async function paintMask(
  { width, height, areas, isInverted }: PaintMaskInput,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer> }> {
  const values = new Uint8ClampedArray(width * height);
  for (const area of areas) {
    for (let y = area.y; y < area.y + area.height; y++) {
      values.fill(255, y * width + area.x, y * width + area.x + area.width);
    }
  }
  const plane = { width, height, values };
  if (isInverted) invert(plane);
  return { bytes: await writeGreyPng(plane) };
}

export interface ShapeMaskInput {
  readonly bytes: Uint8Array;
  readonly form: "alpha" | "black";
}

/** A mask of the one form in the form of another vendor. */
export async function shapeMask(
  { bytes, form }: ShapeMaskInput,
  codecs: Codecs,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer> }> {
  const plane = await readPlane(bytes, codecs);
  invert(plane);
  return { bytes: await (form === "black" ? writeGreyPng(plane) : writeAlphaPng(plane)) };
}
