/** Where the caption stands, and how it stays legible on any picture. */

import { type Caption, fitCaption, heightOf, strokesOf, widthOf } from "../../images/svg/text.ts";
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
  readonly left: number;
  /** The row where the words begin, and the one that the mark stands on. */
  readonly top: number;
  readonly foot: number;
}

/**
 * How large the words are and where they begin in a frame, before anything is drawn. Those of a
 * subtitle are smaller; `longest` is the longest side of the picture that is looked at.
 */
export function planCaption(
  prompt: string,
  { left, top, width, height }: Frame,
  { isSubtitle = false, longest = Math.max(width, height) } = {},
): CaptionPlan {
  const unit = Math.min(width, height);
  const isSmall = unit < 160;
  const margin = Math.round(unit * (isSmall ? 0.07 : 0.065));
  const markEm = unit >= 192 ? markHeight(width - margin * 2, longest) : 0;
  const caption = fitCaption(prompt, {
    width: width - margin * 2,
    height: height * (isSmall ? 0.55 : isSubtitle ? 0.2 : 0.34) - markEm * 2.1,
    largest: Math.max(12, Math.min(unit * 0.105, width * 0.08) * (isSubtitle ? 0.55 : 1)),
    smallest: Math.max(isSmall ? 11 : 13, unit * 0.032),
  });
  const foot = top + height - margin;
  const start = Math.round(foot - markEm * 2.1 - heightOf(caption));
  return { caption, margin, markEm, left: left + margin, top: start, foot };
}

/** A rectangle of a picture, in pixels. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** As high as can be read in a copy of 256 pixels, unless the picture is too narrow for that. */
function markHeight(room: number, longest: number): number {
  const most = room / widthOf({ lines: [MARK], em: 1 }, MARK_SPACING);
  return Math.min(most, Math.max(10, longest * 0.042));
}

const MARK = "placeholder · no AI model";
/** Between letters, in 16ths of an em. */
const MARK_SPACING = 1;

/**
 * The words and the mark that this is a placeholder, on ground that keeps them legible; `cover` is
 * how much it hides of what lies under it, 0 to 1.
 */
export function drawCaption(scene: Scene, plan: CaptionPlan, cover = 0.75): string {
  const { caption, margin, left, top } = plan;
  const { land, haze, look } = scene;
  const isDark = !look.paper && lightness(mix(land.far, land.near, 0.75)) < 0.72;
  const dark = adjust(land.near, { light: 0.45, vivid: 0.8 });
  const ground = isDark ? dark : look.paper ?? mix(haze, WHITE, 0.4);
  const ink = isDark ? WHITE : INK;
  const shade = rows(
    scene,
    top - margin * (isDark ? 1.4 : 0.9),
    top + caption.em * (cover < 1 ? 1.2 : 0),
    (share) => css(ground, cover * share * share * (3 - 2 * share)),
  );
  const words = strokesOf(caption, left + caption.em * 0.04, top);
  const weight = Math.max(1, caption.em * 0.078);
  const shadow = isDark ? [2.6, 1.9].map((wide) => strokes(words, weight * wide, BLACK, 0.22)) : [];
  return shade + shadow.join("") + strokes(words, weight, ink) + drawMark(ink, plan);
}

/** The same on clear ground, which may be laid on anything: dark letters with a pale edge. */
export function drawCaptionOnClear(plan: CaptionPlan): string {
  const { caption, left, top, markEm } = plan;
  const words = strokesOf(caption, left + caption.em * 0.04, top);
  const weight = Math.max(1, caption.em * 0.078);
  const edges = strokes(words, weight * 3, WHITE, 0.9) +
    (markEm > 0 ? strokes(lettersOfMark(plan), markEm * 0.3, WHITE, 0.9) : "");
  return edges + strokes(words, weight, INK) + drawMark(INK, plan);
}

const INK = hex("#262428");

function drawMark(ink: Colour, plan: CaptionPlan): string {
  const { left, foot, markEm: em } = plan;
  if (em === 0) return "";
  const rule = box(left, foot - em * 1.5, em * 2, Math.max(1, em * 0.07));
  return pathOf(rule, css(ink, 0.85)) + strokes(lettersOfMark(plan), em * 0.085, ink, 0.85);
}

function lettersOfMark({ left, foot, markEm: em }: CaptionPlan): string {
  return strokesOf({ lines: [MARK], em }, left, foot - em * 0.9, MARK_SPACING);
}

function strokes(d: string, width: number, colour: Colour, opacity = 1): string {
  const ends = { "stroke-linecap": "round", "stroke-linejoin": "round" };
  const stroke = { stroke: css(colour, opacity), "stroke-width": Math.max(1, width) };
  return element("path", { d, fill: "none", ...stroke, ...ends });
}
