/**
 * Masks: which part of a picture may change. Here a mask has one form, an 8-bit grey PNG of its
 * base picture's size, as it is seen upright: 255 may change, 0 stays, between them partly.
 * `asAlphaMask` and `asBlackMask` make of it what a vendor wants.
 */

import { ImageError } from "../errors.ts";
import { decodingCost, MAX_PIXELS } from "./limits.ts";
import type { Box, MaskReading } from "./worker/mask.ts";
import { runImageWork, UndecodableImageError } from "./workers.ts";

/** In pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

export interface MaskOptions {
  /** What the mask marks stays, and everything else may change. */
  readonly invert?: boolean;
  readonly signal?: AbortSignal;
}

export interface ReadMask {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How the mask was taken where that may surprise, as sentences. */
  readonly warnings: readonly string[];
}

/**
 * A person's mask in the one form, for a base picture of that size. What marks the change is told
 * by what the mask holds:
 * - What can be seen through may change, as OpenAI and ComfyUI have it, where a 2000th of the mask
 *   or more can be seen through by more than a half. Its colours do not count then.
 * - Otherwise white may change and black stays, as all other vendors have it.
 * - Black may change where a mask is a black figure on white paper: white is more than half of it
 *   and at least 95 % of its border. That is told in a warning, since it may mean the opposite.
 *
 * Nearly black counts as black and nearly white as white, since JPEG leaves neither; greys between
 * them stay. A mask of another size is scaled, with a warning, where its shape is within 2 % of the
 * base's. One that lets everything change gets a warning.
 * @throws {ImageError} `invalid_parameters` for a mask of another shape, one that lets nothing
 * change, one in colour, more than 36 million pixels, and what cannot be decoded.
 */
export async function readMask(
  mask: Uint8Array,
  base: PictureSize,
  { invert = false, signal }: MaskOptions = {},
): Promise<ReadMask> {
  const cost = decodingCost(mask, { isWhole: true });
  if (typeof cost === "string") throw unusable(cost);
  const { width, height } = base;
  if (width * height > MAX_PIXELS) throw tooLarge(base);
  const input = () => Promise.resolve({ bytes: mask.slice(), width, height, isInverted: invert });
  const reading = await runImageWork({
    operation: "readMask",
    input,
    cost: cost.pixels + width * height,
    signal,
  }).catch((error) => {
    throw error instanceof UndecodableImageError ? unusable(error.message) : error;
  });
  const problem = problemOf(reading, base);
  if (problem) throw new ImageError("invalid_parameters", problem);
  return { bytes: reading.bytes!, warnings: warningsOf(reading, base, invert) };
}

/** A part of a picture, each number a fraction of its width or height from 0 to 1. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Regions of one mask. */
const MAX_REGIONS = 16;

/**
 * A mask that lets 1 to 16 regions of the base picture change, each at least one pixel large.
 * @throws {ImageError} `invalid_parameters` for a region outside the picture, none, or too many.
 */
export async function paintRegions(
  regions: readonly Region[],
  base: PictureSize,
  { invert = false, signal }: MaskOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  if (regions.length < 1 || regions.length > MAX_REGIONS) {
    throw new ImageError(
      "invalid_parameters",
      `A mask has 1 to ${MAX_REGIONS} regions, not ${regions.length}`,
      { regions: regions.length, max_regions: MAX_REGIONS },
    );
  }
  const { width, height } = base;
  if (width * height > MAX_PIXELS) throw tooLarge(base);
  const areas = regions.map((region, index) => {
    if (!isWithin(region)) throw outside(region, index + 1);
    return areaOf(region, base);
  });
  const input = () => Promise.resolve({ width, height, areas, isInverted: invert });
  const work = { operation: "paintMask", input, cost: width * height, signal } as const;
  return (await runImageWork(work)).bytes;
}

/**
 * The mask as a PNG with alpha, transparent where the picture may change. Under that its colours are
 * the mask's own, white where it may, since some servers look at those alone.
 */
export async function asAlphaMask(
  mask: Uint8Array,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const input = () => Promise.resolve({ bytes: mask.slice(), form: "alpha" } as const);
  return (await runImageWork({ operation: "shapeMask", input, signal })).bytes;
}

/** The mask with its colours exchanged: black where the picture may change. */
export async function asBlackMask(
  mask: Uint8Array,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const input = () => Promise.resolve({ bytes: mask.slice(), form: "black" } as const);
  return (await runImageWork({ operation: "shapeMask", input, signal })).bytes;
}

function unusable(reason: string): ImageError {
  return new ImageError(
    "invalid_parameters",
    `The mask cannot be used: ${reason}. Pass a PNG of the picture's size`,
  );
}

function problemOf(
  { bytes, width, height, coloured, changed }: MaskReading,
  base: PictureSize,
): string | undefined {
  if (!bytes) {
    return `The mask is ${width}x${height} and the picture ${base.width}x${base.height}, which ` +
      "has another shape: pass a mask of the picture's size";
  }
  if (coloured > MOST_COLOURED) {
    return "The mask is a picture in colour: pass one that is transparent where the picture may " +
      "change, or white there and black elsewhere, or point with mask_region";
  }
  return changed > 0 ? undefined : "The mask marks nothing to change: make what may change " +
    "transparent, or white on black, or pass invert";
}

/** Part of the pixels. */
const MOST_COLOURED = 0.05;

function warningsOf(
  { width, height, mark, changed }: MaskReading,
  base: PictureSize,
  isInverted: boolean,
): readonly string[] {
  const warnings: string[] = [];
  if (width !== base.width || height !== base.height) {
    warnings.push(
      `The mask of ${width}x${height} was scaled to the picture's ${base.width}x${base.height}`,
    );
  }
  if (mark === "black") {
    const [verb, remedy] = isInverted ? ["stays", "leave invert out"] : ["changes", "pass invert"];
    warnings.push(
      `The mask was read as black on white, so what is black ${verb}; ${remedy} for the opposite`,
    );
  }
  if (changed === 1) {
    warnings.push("The mask lets the whole picture change, so it does as much as none");
  }
  return warnings;
}

function isWithin({ x, y, width, height }: Region): boolean {
  const isPart = (start: number, length: number) =>
    start >= 0 && length > 0 && start + length <= 1 + ROUNDING && start < 1;
  return isPart(x, width) && isPart(y, height);
}

/** Two rounded numbers may add up to a little more than 1. */
const ROUNDING = 0.005;

function areaOf({ x, y, width, height }: Region, base: PictureSize): Box {
  const [left, right] = edgesOf(x, width, base.width);
  const [top, bottom] = edgesOf(y, height, base.height);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function edgesOf(start: number, length: number, side: number): readonly [number, number] {
  const first = Math.min(side - 1, Math.round(start * side));
  return [first, Math.max(first + 1, Math.min(side, Math.round((start + length) * side)))];
}

function outside({ x, y, width, height }: Region, place: number): ImageError {
  return new ImageError(
    "invalid_parameters",
    `Region ${place} is not within the picture: x and y must be from 0 to 1, width and height ` +
      "above 0, and x + width and y + height at most 1, as fractions of the picture's sides; " +
      `current value is ${JSON.stringify({ x, y, width, height })}`,
    { x, y, width, height },
  );
}

function tooLarge({ width, height }: PictureSize): ImageError {
  return new ImageError(
    "invalid_parameters",
    `A picture of ${width}x${height} is too large for a mask: at most ${MAX_PIXELS / 1e6} ` +
      "million pixels",
    { width, height, max_pixels: MAX_PIXELS },
  );
}
