/** Sizes in FLUX's terms: pixels for some models, a shape and perhaps a tier for others. */

import type { Size, SizeRules } from "../provider.ts";
import { type ShapeChoice, sizesByShape } from "../shapes.ts";

/** What a body says about the size. */
export type SizeFields = Readonly<Record<string, string | number>>;

/** The sizes of a family of models, and how each is asked for. */
export interface SizeTable {
  readonly rules: SizeRules;
  /** The fields for one of the legal sizes; none where the vendor chooses. */
  readonly fieldsOf: (size: Size) => SizeFields;
}

export const AUTO_NOTE = "1024x1024, or the shape of the picture that comes in";

/** Any legal width and height, in pixels. */
export function sizesInPixels(rules: SizeRules): SizeTable {
  return {
    rules,
    fieldsOf: (size): SizeFields => {
      const [width, height] = size.split("x").map(Number);
      return width && height ? { width, height } : {};
    },
  };
}

/** The shapes of a family in its tiers, as of `sizesByShape`. */
export function sizesInShapes(
  shapes: readonly string[],
  tiers: Readonly<Record<string, number>>,
  fields: (choice: ShapeChoice) => SizeFields = ({ shape }) => ({ aspect_ratio: shape }),
): SizeTable {
  const { rules, choiceOf } = sizesByShape(shapes, tiers, AUTO_NOTE);
  return {
    rules,
    fieldsOf: (size): SizeFields => {
      const choice = choiceOf(size);
      return choice ? fields(choice) : {};
    },
  };
}

/** Where the picture that comes in says it. */
export const SIZE_OF_INPUT: SizeTable = {
  rules: { listed: { auto: "the size of the picture that comes in" }, default: "auto" },
  fieldsOf: () => ({}),
};
