/** Sizes of vendors who are asked for a shape ("16:9"), and perhaps a tier ("2k"), not for pixels. */

import type { Size, SizeRules } from "./provider.ts";

/** What a size stands for at such a vendor. */
export interface ShapeChoice {
  readonly shape: string;
  readonly tier: string;
}

export interface ShapeSizes {
  readonly rules: SizeRules;
  /** Undefined for "auto" and for sizes that are not listed. */
  readonly choiceOf: (size: Size) => ShapeChoice | undefined;
}

/**
 * One size for each shape in each tier: `tiers` says the side of a tier's square in pixels, and the
 * first is the default. What is drawn may differ by some pixels; the shape is kept to 1 %.
 * `auto` is the note of the size that leaves it to the vendor.
 */
export function sizesByShape(
  shapes: readonly string[],
  tiers: Readonly<Record<string, number>>,
  auto: string,
): ShapeSizes {
  const choices = Object.entries(tiers).flatMap(([tier, side]) =>
    shapes.map((shape) => [sizeOf(shape, side), { shape, tier }] as const)
  );
  const bySize: ReadonlyMap<string, ShapeChoice> = new Map(choices);
  const listed = Object.fromEntries(choices.map(([size, { shape }]) => [size, shape]));
  const [first] = Object.values(tiers);
  return {
    rules: { listed: { ...listed, auto }, default: `${first}x${first}` },
    choiceOf: (size) => bySize.get(size),
  };
}

function sizeOf(shape: string, side: number): Size {
  const [across = 1, down = 1] = shape.split(":").map(Number);
  const width = inSteps(side * Math.sqrt(across / down));
  return `${width}x${inSteps(width * down / across)}`;
}

function inSteps(pixels: number): number {
  return Math.round(pixels / STEP) * STEP;
}

/** In pixels. */
const STEP = 8;
