/** What can be asked of a web UI with one checkpoint, as far as its name tells. */

import type { Capabilities } from "../provider.ts";
import { sizesByShape } from "../shapes.ts";
import { STYLE_WORDS } from "../style_words.ts";
import { type Inventory, named } from "./inventory.ts";
import { kindOf } from "./kinds.ts";

/** Of the steps that a checkpoint wants, by the words that vendors have for quality. */
export const STEPS_OF_QUALITY: Readonly<Record<string, number>> = {
  low: 0.5,
  medium: 1,
  standard: 1,
  high: 1.6,
  hd: 1.6,
  xhigh: 2,
  max: 3,
};

/** Four megapixels, which a card with 8 GB still draws. */
export const MAX_PIXELS = 2048 * 2048;

const SHAPES = ["1:1", "3:2", "2:3", "4:3", "3:4", "16:9", "9:16"];

/** `model` as a request has it; the checkpoint that is loaded there where it names none. */
export function capabilitiesFor(model: string | undefined, inventory?: Inventory): Capabilities {
  const { side } = kindOf(wordsFor(model, inventory));
  const { listed } = sizesByShape(SHAPES, { native: side }, AUTO_NOTE).rules;
  return {
    styles: STYLE_WORDS,
    sizes: {
      listed,
      default: "auto",
      range: { minSide: 64, maxSide: 4096, maxPixels: MAX_PIXELS, multipleOf: 8 },
    },
    // One after another in calls of their own: each has its time, its seed and its progress.
    maxCount: 1,
    maxPromptLength: 10_000,
    seed: { minimum: 0, maximum: 4_294_967_295 },
    negativePrompt: "native",
    inputs: {
      maxImages: 1,
      roles: ["base"],
      mediaTypes: ["image/png", "image/jpeg", "image/webp"],
      maxBytes: 50 * 1024 * 1024,
    },
    mask: "white",
    strength: { minimum: 0, maximum: 1 },
    partialImages: true,
    options: { quality: { values: Object.keys(STEPS_OF_QUALITY) } },
  };
}

/** All that is known of the checkpoint that a model means, for `kindOf`. */
export function wordsFor(
  model: string | undefined,
  inventory: Inventory | undefined,
): string | undefined {
  const { checkpoints = [], loaded } = inventory ?? {};
  const wanted = [model, ...model?.split("+") ?? []].filter((each) => each !== undefined)
    .map((each) => named(each.trim(), checkpoints)).find((each) => each !== undefined);
  const known = wanted ?? (loaded === undefined ? undefined : named(loaded, checkpoints));
  if (known) return `${known.kind ?? ""} ${known.title}`;
  return model ?? loaded;
}

const AUTO_NOTE = "as the checkpoint was trained, or the size of the picture that comes in";
