/** Pictures cut, turned, resized and put into another format. */

import { type DecodingCost, decodingCost, MAX_WHOLE_PIXELS } from "./limits.ts";
import { identifyImage } from "./media_type.ts";
import type { Output } from "./worker/encode.ts";
import type { Step, Transformed, TransformInput } from "./worker/transform.ts";
import type { Raster } from "./worker/raster.ts";
import { runImageWork, UndecodableImageError } from "./workers.ts";

export type { Area, Colour } from "./worker/arrange.ts";
export type { Encoded, Output, OutputFormat } from "./worker/encode.ts";
export type { Raster } from "./worker/raster.ts";
export type { Fit, Step, Transformed } from "./worker/transform.ts";

/**
 * The picture, turned upright, after each of `steps` in turn, as a file; undefined where no copy
 * of at least 64 pixels a side has at most `output.maxBytes`. At most 36 million pixels, or 64
 * million where a step makes it so much smaller that they need never be there together.
 * @throws {UndecodableImageError} with a sentence that says why.
 * @throws {RangeError} for an area outside the picture or a size beyond the bounds.
 */
export async function transformImage(
  bytes: Uint8Array,
  steps: readonly Step[],
  output: Output,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Transformed | undefined> {
  const input = () => Promise.resolve(transformation(bytes.slice(), steps, output));
  const { pixels } = identifiedCost(bytes, reductionOf(bytes, steps) === 1);
  return await runImageWork({ operation: "transform", input, cost: pixels, signal });
}

/** The work of `transformImage` for a worker, which is given the bytes. @throws as that does. */
export function transformation(
  bytes: Uint8Array,
  steps: readonly Step[],
  output: Output,
): TransformInput {
  const factor = reductionOf(bytes, steps);
  identifiedCost(bytes, factor === 1);
  return { bytes, steps, output, factor };
}

/** All pixels of a picture of at most 36 million, upright. @throws {UndecodableImageError} */
export async function decodeImage(
  bytes: Uint8Array,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Raster> {
  const input = () => Promise.resolve({ bytes: bytes.slice() });
  return await runImageWork({ operation: "decode", input, cost: pixelsOf(bytes), signal });
}

function pixelsOf(bytes: Uint8Array): number {
  return identifiedCost(bytes, true).pixels;
}

function identifiedCost(bytes: Uint8Array, isWhole: boolean): DecodingCost {
  const cost = decodingCost(bytes, { isWhole });
  if (typeof cost === "string") throw new UndecodableImageError(cost);
  return cost;
}

/** How far a picture too large to be held whole may be reduced while it is read. */
function reductionOf(bytes: Uint8Array, steps: readonly Step[]): number {
  const { width = 0, height = 0 } = identifyImage(bytes) ?? {};
  return width * height <= MAX_WHOLE_PIXELS ? 1 : factorFor(Math.min(width, height), steps);
}

/** So that what is left of the shorter side is still no shorter than what a resize makes of it. */
function factorFor(shorter: number, steps: readonly Step[]): number {
  let left = shorter;
  for (const step of steps) {
    if (step.do === "crop") left = Math.min(step.area.width, step.area.height);
    if (step.do === "crop part") left *= Math.min(step.part.width, step.part.height);
    if (step.do === "crop to ratio") left *= Math.min(step.ratio, 1 / step.ratio);
    if (step.do !== "resize") continue;
    return Math.max(1, Math.floor(left / Math.max(step.width ?? 1, step.height ?? 1)));
  }
  return 1;
}
