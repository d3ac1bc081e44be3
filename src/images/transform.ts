/** Pictures cut, turned, resized and put into another format. */

import { decodingCost } from "./limits.ts";
import type { Encoded, Output } from "./worker/encode.ts";
import type { Step, Transformed, TransformInput } from "./worker/transform.ts";
import type { Raster } from "./worker/raster.ts";
import { runImageWork, UndecodableImageError } from "./workers.ts";

export type { Area, Colour } from "./worker/arrange.ts";
export type { Encoded, Output, OutputFormat } from "./worker/encode.ts";
export type { Raster } from "./worker/raster.ts";
export type { Fit, Step } from "./worker/transform.ts";

/**
 * The picture, turned upright, after each of `steps` in turn, as a file; undefined where no copy
 * of at least 64 pixels a side has at most `output.maxBytes`. At most 36 million pixels.
 * @throws {UndecodableImageError} with a sentence that says why.
 * @throws {RangeError} for an area outside the picture or a size beyond the bounds.
 */
export async function transformImage(
  bytes: Uint8Array,
  steps: readonly Step[],
  output: Output,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Transformed | undefined> {
  const input = () => Promise.resolve<TransformInput>({ bytes: bytes.slice(), steps, output });
  return await runImageWork({ operation: "transform", input, cost: pixelsOf(bytes), signal });
}

/** All pixels of a picture of at most 36 million, upright. @throws {UndecodableImageError} */
export async function decodeImage(
  bytes: Uint8Array,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Raster> {
  const input = () => Promise.resolve({ bytes: bytes.slice() });
  return await runImageWork({ operation: "decode", input, cost: pixelsOf(bytes), signal });
}

/**
 * Pixels as a file; undefined where no copy is as small as asked. Their memory is taken along, so
 * `raster` holds no pixels afterwards.
 */
export async function encodeImage(
  raster: Raster,
  output: Output,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Encoded | undefined> {
  const input = () => Promise.resolve({ raster, output });
  const cost = raster.width * raster.height;
  return await runImageWork({ operation: "encode", input, cost, signal });
}

function pixelsOf(bytes: Uint8Array): number {
  const cost = decodingCost(bytes, { isWhole: true });
  if (typeof cost === "string") throw new UndecodableImageError(cost);
  return cost.pixels;
}
