/** Where the caption stands, and how it stays legible on any picture. */

import { type Caption, fitCaption, heightOf, strokesOf } from "../../images/svg/text.ts";
import {
  adjust,
  BLACK,
  type Colour,
  css,
  hex,
  lightness,
  mix,
  WHITE,
} from "../../images/svg/colour.ts";
import { box, element, pathOf, rows } from "../../images/svg/markup.ts";
import type { Scene } from "./scene.ts";

/** Where the prompt's words stand on a picture, lower left, with a small mark below them. */
export interface CaptionPlan {
  readonly caption: Caption;
  readonly margin: number;
  /** The height of the mark's letters; 0 where the picture is too small for one. */
  readonly markEm: number;
  /** The row where the words begin. */
  readonly top: number;
}

/** How large the words are and where they begin, before anything is drawn. */
export function planCaption(prompt: string, width: number, height: number): CaptionPlan {
  const unit = Math.min(width, height);
  const isSmall = unit < 160;
  const margin = Math.round(unit * (isSmall ? 0.07 : 0.065));
  const markEm = unit >= 192 ? Math.max(10, unit * 0.02) : 0;
  const caption = fitCaption(prompt, {
    width: width - margin * 2,
    height: height * (isSmall ? 0.55 : 0.34) - markEm * 2.1,
    largest: Math.max(12, Math.min(unit * 0.105, width * 0.08)),
    smallest: Math.max(isSmall ? 11 : 13, unit * 0.032),
  });
  const top = Math.round(height - margin - markEm * 2.1 - heightOf(caption));
  return { caption, margin, markEm, top };
}

/** The words and the mark that this is a placeholder, on ground that keeps them legible. */
export function drawCaption(scene: Scene, { caption, margin, markEm, top }: CaptionPlan): string {
  const { height, unit, land, haze, look } = scene;
  const isDark = !look.paper && lightness(mix(land.far, land.near, 0.75)) < 0.72;
  const dark = adjust(land.near, { light: 0.45, vivid: 0.8 });
  const ground = isDark ? dark : look.paper ?? mix(haze, WHITE, 0.4);
  const ink = isDark ? WHITE : hex("#262428");
  const shade = rows(
    scene,
    top - margin * (isDark ? 1.4 : 0.9),
    top + caption.em * 1.2,
    (share) => css(ground, 0.75 * share * share * (3 - 2 * share)),
  );
  const words = strokesOf(caption, margin + caption.em * 0.04, top);
  const weight = Math.max(1, caption.em * 0.078);
  const shadow = isDark ? [2.6, 1.9].map((wide) => strokes(words, weight * wide, BLACK, 0.22)) : [];
  return shade + shadow.join("") + strokes(words, weight, ink) +
    (markEm > 0 ? drawMark(ink, margin, height - margin, unit, markEm) : "");
}

function drawMark(ink: Colour, left: number, foot: number, unit: number, em: number): string {
  const rule = box(left, foot - em * 1.5, unit * 0.07, Math.max(1, unit * 0.0028));
  const letters = strokesOf({ lines: ["placeholder"], em }, left, foot - em * 0.85, 2.5);
  return pathOf(rule, css(ink, 0.85)) + strokes(letters, em * 0.075, ink, 0.72);
}

function strokes(d: string, width: number, colour: Colour, opacity = 1): string {
  const ends = { "stroke-linecap": "round", "stroke-linejoin": "round" };
  const stroke = { stroke: css(colour, opacity), "stroke-width": Math.max(1, width) };
  return element("path", { d, fill: "none", ...stroke, ...ends });
}
