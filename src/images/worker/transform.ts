/** Pixels changed in steps, and the result as a file. */

import { type Area, type Colour, crop, flatten, flip, grayscale, rotate } from "./arrange.ts";
import { type Codecs, decode } from "./decode.ts";
import { encode, type Encoded, type Output } from "./encode.ts";
import { type Raster, release } from "./raster.ts";
import { resample } from "./resample.ts";

/**
 * How a picture gets into a box: filling it and losing what hangs over ("cover"), wholly within
 * it with clear or coloured bars ("contain"), stretched ("fill"), wholly within it without bars
 * ("inside").
 */
export type Fit = "cover" | "contain" | "fill" | "inside";

/** One change; sizes in pixels. */
export type Step =
  | {
    readonly do: "resize";
    /** One of them may be left out, and follows from the other. */
    readonly width?: number;
    readonly height?: number;
    /** Default "inside". */
    readonly fit?: Fit;
    /** Of the bars of "contain"; clear where undefined. */
    readonly background?: Colour;
  }
  | { readonly do: "crop"; readonly area: Area }
  /** The same with fractions of the picture's sides. */
  | { readonly do: "crop part"; readonly part: Area }
  /** The largest area of that shape, width over height, in the middle. */
  | { readonly do: "crop to ratio"; readonly ratio: number }
  | { readonly do: "rotate"; readonly degrees: 90 | 180 | 270 }
  | { readonly do: "flip"; readonly direction: "horizontal" | "vertical" }
  | { readonly do: "grayscale" }
  | { readonly do: "flatten"; readonly background: Colour };

export interface TransformInput {
  readonly bytes: Uint8Array;
  readonly steps: readonly Step[];
  readonly output: Output;
  /** How many pixels across become one while the picture is read; 1 where undefined. */
  readonly factor?: number;
}

export interface Transformed extends Encoded {
  /** Whether something could be seen through the picture before and after the steps. */
  readonly hadAlpha: boolean;
  readonly hasAlpha: boolean;
  /** Whether some step made it larger. */
  readonly isEnlarged: boolean;
  /** Whether it has fewer pixels than the steps make, to fit into so many bytes. */
  readonly isShrunk: boolean;
}

/**
 * The picture, upright, after each step in turn; undefined where it cannot be as small as
 * `maxBytes`. @throws {UndecodableError} @throws {RangeError} for an area outside the picture.
 */
export async function transform(
  { bytes, steps, output, factor = 1 }: TransformInput,
  codecs: Codecs,
): Promise<Transformed | undefined> {
  const original = await decode(bytes, factor, codecs);
  const hadAlpha = !original.isOpaque;
  let isEnlarged = false;
  let changed = original;
  let reduction = factor;
  for (const step of steps) {
    const next = applied(changed, step, reduction);
    if (step.do === "resize") {
      isEnlarged ||= next.width * next.height > changed.width * changed.height;
      reduction = 1;
    }
    if (next !== changed) release(changed.pixels);
    changed = next;
  }
  const encoded = await encode(changed, output, codecs);
  release(changed.pixels);
  const hasAlpha = !changed.isOpaque && output.format !== "jpeg";
  if (!encoded) return undefined;
  const isShrunk = encoded.width < changed.width || encoded.height < changed.height;
  return { ...encoded, hadAlpha, hasAlpha, isEnlarged, isShrunk };
}

/**
 * The picture after one step, of a picture that was reduced by `factor` while it was read.
 * @throws {RangeError} for an area outside it or a size beyond bounds.
 */
export function applied(raster: Raster, step: Step, factor = 1): Raster {
  switch (step.do) {
    case "resize":
      return fitted(raster, step);
    case "crop":
      return crop(raster, reduced(step.area, raster, factor));
    case "crop part":
      return crop(raster, pixelsOf(step.part, raster));
    case "crop to ratio":
      return crop(raster, middleOf(raster, step.ratio));
    case "rotate":
      return rotate(raster, step.degrees);
    case "flip":
      return flip(raster, step.direction);
    case "grayscale":
      return grayscale(raster);
    case "flatten":
      return flatten(raster, step.background);
  }
}

/** The area in a picture that was reduced while it was read. */
function reduced(area: Area, { width, height }: Raster, factor: number): Area {
  const { left, top, ...size } = within(area, { width: width * factor, height: height * factor });
  const [right, bottom] = [left + size.width, top + size.height];
  const [x, y] = [Math.floor(left / factor), Math.floor(top / factor)];
  return {
    left: x,
    top: y,
    width: Math.max(1, Math.floor(right / factor) - x),
    height: Math.max(1, Math.floor(bottom / factor) - y),
  };
}

function pixelsOf({ left, top, width, height }: Area, raster: Raster): Area {
  const [x, across] = spanOf(left, width, raster.width);
  const [y, down] = spanOf(top, height, raster.height);
  return { left: x, top: y, width: across, height: down };
}

/** Start and length in pixels, of at least one. */
function spanOf(start: number, length: number, side: number): readonly [number, number] {
  const first = Math.min(side - 1, Math.round(start * side));
  const end = Math.min(side, Math.round((start + length) * side));
  return [first, Math.max(1, end - first)];
}

function middleOf({ width, height }: Raster, ratio: number): Area {
  const box = {
    width: Math.max(1, Math.min(width, Math.round(height * ratio))),
    height: Math.max(1, Math.min(height, Math.round(width / ratio))),
  };
  return middle(width, height, box);
}

function within(area: Area, { width, height }: { width: number; height: number }): Area {
  const numbers = [area.left, area.top, area.width, area.height];
  const isInside = numbers.every(Number.isInteger) && area.left >= 0 && area.top >= 0 &&
    area.width >= 1 && area.height >= 1 && area.left + area.width <= width &&
    area.top + area.height <= height;
  if (isInside) return area;
  throw new RangeError(
    `The area to keep must lie within the picture's ${width}x${height} pixels, not at ` +
      `${area.left},${area.top} with ${area.width}x${area.height}`,
  );
}

function fitted(raster: Raster, step: Extract<Step, { do: "resize" }>): Raster {
  const { fit = "inside", background } = step;
  const box = boxOf(raster, step);
  if (fit === "fill") return resample(raster, box.width, box.height);
  const across = box.width / raster.width;
  const down = box.height / raster.height;
  const scale = fit === "cover" ? Math.max(across, down) : Math.min(across, down);
  const width = Math.max(1, Math.round(raster.width * scale));
  const height = Math.max(1, Math.round(raster.height * scale));
  if (fit === "cover") return crop(resample(raster, width, height), middle(width, height, box));
  const small = resample(raster, Math.min(width, box.width), Math.min(height, box.height));
  return fit === "contain" ? framed(small, box, background) : small;
}

function boxOf(
  raster: Raster,
  { width, height }: { readonly width?: number; readonly height?: number },
): { width: number; height: number } {
  const ratio = raster.width / raster.height;
  const box = {
    width: width ?? Math.max(1, Math.round((height ?? raster.height) * ratio)),
    height: height ?? Math.max(1, Math.round((width ?? raster.width) / ratio)),
  };
  const isBounded = [box.width, box.height].every((side) => Number.isInteger(side) && side >= 1) &&
    box.width * box.height <= MAX_TARGET_PIXELS;
  if (isBounded) return box;
  throw new RangeError(
    `A picture can be made 1x1 to ${MAX_TARGET_PIXELS / 1e6} million pixels large, not ` +
      `${box.width}x${box.height}`,
  );
}

function middle(width: number, height: number, box: { width: number; height: number }): Area {
  const size = { width: Math.min(width, box.width), height: Math.min(height, box.height) };
  const left = Math.floor((width - size.width) / 2);
  return { left, top: Math.floor((height - size.height) / 2), ...size };
}

/** In the middle of a box of that size. */
function framed(
  raster: Raster,
  box: { width: number; height: number },
  background: Colour | undefined,
): Raster {
  const pixels = new Uint8ClampedArray(box.width * box.height * 4);
  const { left, top } = middle(box.width, box.height, raster);
  for (let y = 0; y < raster.height; y++) {
    const row = raster.pixels.subarray(y * raster.width * 4, (y + 1) * raster.width * 4);
    pixels.set(row, ((top + y) * box.width + left) * 4);
  }
  const isFilled = raster.width === box.width && raster.height === box.height;
  const result = { ...box, pixels, isOpaque: raster.isOpaque && isFilled };
  return background ? flatten(result, background) : result;
}

const MAX_TARGET_PIXELS = 40_000_000;
