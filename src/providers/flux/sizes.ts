/** Sizes in FLUX's terms: pixels for some models, a shape and perhaps a tier for others. */

import type { Size, SizeRules } from "../provider.ts";

/** What a body says about the size. */
export type SizeFields = Readonly<Record<string, string | number>>;

/** The sizes of a family of models, and how each is asked for. */
export interface SizeTable {
  readonly rules: SizeRules;
  /** The fields for one of the legal sizes; none where the vendor chooses. */
  readonly fieldsOf: (size: Size) => SizeFields;
}

/** Any legal width and height, in pixels. */
export function sizesInPixels(rules: SizeRules): SizeTable {
  return { rules, fieldsOf: pixelFields };
}

/**
 * One size for each shape ("16:9") in each tier: `tiers` says the side of a tier's square in
 * pixels, the first is the default. What is drawn may differ by some pixels.
 */
export function sizesByShape(
  shapes: readonly string[],
  tiers: Readonly<Record<string, number>>,
  fieldsOf: (shape: string, tier: string) => SizeFields,
): SizeTable {
  const listed: Record<string, string> = {};
  const fields = new Map<string, SizeFields>();
  for (const [tier, side] of Object.entries(tiers)) {
    for (const shape of shapes) {
      const size = sizeOf(shape, side);
      listed[size] = shape;
      fields.set(size, fieldsOf(shape, tier));
    }
  }
  const [side = 1024] = Object.values(tiers);
  const rules: SizeRules = {
    listed: { ...listed, auto: AUTO_NOTE },
    default: `${side}x${side}`,
  };
  return { rules, fieldsOf: (size) => fields.get(size) ?? {} };
}

/** Where the picture that comes in says it. */
export const SIZE_OF_INPUT: SizeTable = {
  rules: { listed: { auto: "the size of the picture that comes in" }, default: "auto" },
  fieldsOf: () => ({}),
};

export const AUTO_NOTE = "1024x1024, or the shape of the picture that comes in";

function pixelFields(size: Size): SizeFields {
  const [width, height] = size.split("x").map(Number);
  return width && height ? { width, height } : {};
}

function sizeOf(shape: string, side: number): Size {
  const [across = 1, down = 1] = shape.split(":").map(Number);
  const width = inSteps(side * Math.sqrt(across / down));
  return `${width}x${inSteps(width * down / across)}`;
}

/** Near enough for every shape to stay within 1 %. */
function inSteps(pixels: number): number {
  return Math.round(pixels / STEP) * STEP;
}

/** In pixels. */
const STEP = 8;
