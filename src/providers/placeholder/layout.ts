/** Where the caption stands, and how it stays legible on any picture. */

import type { Breathe } from "./breath.ts";
import { type Caption, fitCaption, heightOf, letter, type Lettering } from "./caption.ts";
import { BLACK, type Colour, WHITE } from "./colour.ts";
import { blend, drawRectangle, type Raster } from "./raster.ts";

/** Where the prompt's words stand on a picture, lower left, with a small mark below them. */
export interface CaptionPlan {
  readonly caption: Caption;
  readonly margin: number;
  /** The height of the mark's letters; absent where the picture is too small for one. */
  readonly markEm?: number;
  /** The room below the words. */
  readonly foot: number;
  /** The row where the words begin. */
  readonly top: number;
}

/** How large the words are and where they begin, before anything is drawn. */
export function planCaption(
  prompt: string,
  { width, height }: { width: number; height: number },
): CaptionPlan {
  const unit = Math.min(width, height);
  const margin = Math.round(unit * (unit < 160 ? 0.07 : 0.065));
  const markEm = unit >= 192 ? Math.max(10, unit * 0.02) : undefined;
  const foot = (markEm ?? 0) * 2.1;
  const caption = fitCaption(prompt, {
    width: width - margin * 2,
    height: height * (unit < 160 ? 0.55 : 0.34) - foot,
    largest: Math.max(12, Math.min(unit * 0.105, width * 0.08)),
    smallest: Math.max(unit < 160 ? 11 : 13, unit * 0.032),
  });
  return {
    caption,
    margin,
    markEm,
    foot,
    top: Math.round(height - margin - foot - heightOf(caption)),
  };
}

/** Draws the words and the mark that this is a placeholder, on ground that keeps them legible. */
export async function drawCaption(
  breathe: Breathe,
  raster: Raster,
  { caption, margin, markEm, foot, top }: CaptionPlan,
  { paper, haze, shadow }: { paper?: Colour; haze: Colour; shadow: Colour },
): Promise<void> {
  const unit = Math.min(raster.width, raster.height);
  await breathe();
  const words = letter(caption);
  await breathe();
  const colours = paper || isBright(raster, top)
    ? { ink: DARK_INK, ground: paper ?? haze, strength: 0.76 }
    : { ink: WHITE, ground: shadow, strength: 0.7 };
  const isDark = colours.ink === WHITE;
  const rise = margin * (isDark ? 1.4 : 0.9);
  await shade(breathe, raster, top - rise, rise + caption.em * 1.2, colours);
  if (isDark) {
    stamp(
      raster,
      soften(words, Math.max(1, Math.round(caption.em * 0.06))),
      margin,
      top,
      BLACK,
      0.55,
    );
  }
  stamp(raster, words, margin, top, colours.ink, 1);
  if (markEm === undefined) return;
  const rule = Math.round(raster.height - margin - foot * 0.72);
  drawRectangle(raster, {
    left: margin,
    top: rule,
    right: margin + unit * 0.07,
    bottom: rule + Math.max(1, Math.round(unit * 0.0028)),
  }, { colour: colours.ink, opacity: 0.85 });
  const mark = letter({ lines: ["placeholder"], em: markEm }, { spacing: 2.5, weight: 1.2 });
  stamp(
    raster,
    mark,
    margin,
    Math.round(raster.height - margin - mark.height * 0.82),
    colours.ink,
    0.72,
  );
}

/** Whether dark letters read better than white ones on the picture from a row down. */
function isBright({ width, height, pixels }: Raster, from: number): boolean {
  const part = pixels.subarray(Math.max(0, from) * width * 3, height * width * 3);
  let [sum, count] = [0, 0];
  for (let index = 0; index < part.length; index += 31, count++) sum += part[index] ?? 0;
  return sum / count > 165;
}

const DARK_INK: Colour = [38, 36, 40];

/** Darkens (or pales) the picture's foot: nothing at `from`, full strength `long` pixels below. */
async function shade(
  breathe: Breathe,
  raster: Raster,
  from: number,
  long: number,
  { ground, strength }: { ground: Colour; strength: number },
): Promise<void> {
  const { width, height } = raster;
  const first = Math.max(0, Math.floor(from));
  for (let y = first; y < height; y++) {
    await breathe();
    const share = Math.min(1, (y - first) / long);
    const ink = { colour: ground, opacity: strength * share * share * (3 - 2 * share) };
    for (let x = 0; x < width; x++) blend(raster, y * width + x, ink, 1);
  }
}

function stamp(
  raster: Raster,
  lettering: Lettering,
  left: number,
  top: number,
  colour: Colour,
  opacity: number,
): void {
  const ink = { colour, opacity };
  for (let y = 0; y < lettering.height; y++) {
    const row = top + y;
    if (row < 0 || row >= raster.height) continue;
    for (let x = 0; x < lettering.width; x++) {
      const cover = lettering.cover[y * lettering.width + x] ?? 0;
      if (cover > 0 && left + x < raster.width) {
        blend(raster, row * raster.width + left + x, ink, cover / 255);
      }
    }
  }
}

/** The letters' shadow: each row and column smeared by `radius` pixels. */
function soften({ width, height, cover }: Lettering, radius: number): Lettering {
  const across = smear(cover, width, height, 1, width, radius);
  return { width, height, cover: smear(across, height, width, width, 1, radius) };
}

function smear(
  cover: Uint8Array,
  length: number,
  lines: number,
  step: number,
  pitch: number,
  radius: number,
): Uint8Array {
  const result = new Uint8Array(cover.length);
  const window = radius * 2 + 1;
  for (let line = 0; line < lines; line++) {
    let sum = 0;
    for (let place = -radius; place < length; place++) {
      const [entering, leaving] = [place + radius, place - radius - 1];
      if (entering < length) sum += cover[line * pitch + entering * step] ?? 0;
      if (leaving >= 0) sum -= cover[line * pitch + leaving * step] ?? 0;
      if (place >= 0) result[line * pitch + place * step] = Math.min(255, sum / window * 1.6);
    }
  }
  return result;
}
