/** Colours that a prompt names. */

import { type Colour, hex } from "./colour.ts";
import { type Found, namedInOrder } from "./words.ts";

/** The colours named in the text, as they come. */
export function readHues(text: string): Found<HueName>[] {
  return namedInOrder(text, HUE_WORDS);
}

export const HUES = {
  red: hex("#d8352f"),
  orange: hex("#ee8330"),
  golden: hex("#e0a52e"),
  yellow: hex("#f2cf45"),
  green: hex("#3f9a58"),
  teal: hex("#2a9d9a"),
  blue: hex("#2f6fce"),
  purple: hex("#7d4bbd"),
  pink: hex("#f48fb4"),
  brown: hex("#8a5a38"),
  black: hex("#1b1c22"),
  grey: hex("#8d9299"),
  white: hex("#f7f5ef"),
} as const satisfies Record<string, Colour>;

export type HueName = keyof typeof HUES;

const HUE_WORDS: Readonly<Record<HueName, RegExp>> = {
  red: /\b(red|crimson|scarlet|ruby)\b|红/u,
  orange: /\borange\b|橙|橘/u,
  golden: /\bgold(en)?\b|金(?!鱼|字塔|属)/u,
  yellow: /\byellow\b|黄(?!昏|河|山|金)/u,
  green: /\b(green|emerald)\b|绿|翠/u,
  teal: /\b(teal|turquoise|cyan)\b|青(?!年|春|蛙)/u,
  blue: /\b(blue|azure|sapphire)\b|蓝/u,
  purple: /\b(purple|violet|lavender|lilac)\b|紫/u,
  pink: /\bpink\b|粉/u,
  brown: /\bbrown\b|棕|褐/u,
  black: /\bblack\b|黑(?!夜)/u,
  grey: /\b(gr[ae]y|silver)\b|灰|银(?!河|行)/u,
  white: /\bwhite\b|白(?!天|日|云)/u,
};
