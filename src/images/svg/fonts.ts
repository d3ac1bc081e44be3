/** The fonts that the text of a drawing needs: made for it, of its own letters alone. */

import { latinLetters, type Weight } from "./latin.ts";
import { glyphOf, UNKNOWN } from "./letters.ts";
import { outlineOf } from "./stroked.ts";
import { type Outline, trueType } from "./truetype.ts";

/** What every family of letters stands for. */
export const FAMILY = "Arimo";

/**
 * TrueType files of one family with every letter of `svg`: Latin ones from Arimo, others as strokes.
 * Bold and slanted faces are there where the drawing speaks of them.
 */
export async function fontsFor(svg: string): Promise<readonly Uint8Array<ArrayBuffer>[]> {
  const letters = lettersIn(svg);
  const weights: readonly Weight[] = /bold|weight|<style/i.test(svg)
    ? ["regular", "bold"]
    : ["regular"];
  const slants = /italic|oblique/i.test(svg) ? [false, true] : [false];
  const fonts: Uint8Array<ArrayBuffer>[] = [];
  for (const weight of weights) {
    const outlines = await outlinesOf(letters, weight);
    for (const isItalic of slants) {
      const shape = isItalic ? slanted : same;
      fonts.push(trueType({
        family: FAMILY,
        weight: weight === "bold" ? 700 : 400,
        isItalic,
        unknown: shape(outlineOf(UNKNOWN, THICKNESS[weight])),
        letters: new Map([...outlines].map(([letter, outline]) => [letter, shape(outline)])),
      }));
    }
  }
  return fonts;
}

/** Letters of the drawing's text that there are no outlines for, each once. */
export function unknownLetters(svg: string): readonly string[] {
  const words =
    svg.replace(/<!--[^]*?-->|<(title|desc|metadata|style|script)[\s>][^]*?<\/\1\s*>/g, "")
      .match(/>[^<]*</g) ?? [];
  return lettersIn(words.join("")).filter((letter) => {
    const glyph = glyphOf(letter);
    return glyph === UNKNOWN ||
      (glyph.lines.length === 0 && /\p{Extended_Pictographic}/u.test(letter));
  });
}

/** Each character once, those written as numbers too; at most `MOST_LETTERS`. */
function lettersIn(svg: string): readonly string[] {
  const letters = new Set<string>(` <>&"'${svg.normalize("NFC")}`);
  for (const [, hex, decimal] of svg.matchAll(/&#(?:x([\da-f]{1,6})|(\d{1,7}));/gi)) {
    const code = hex ? parseInt(hex, 16) : Number(decimal);
    if (code <= 0x10ffff) letters.add(String.fromCodePoint(code));
  }
  return [...letters].slice(0, MOST_LETTERS);
}

/** More than any text uses, so that a drawing that names all of Unicode does not hold up others. */
const MOST_LETTERS = 3000;

async function outlinesOf(
  letters: readonly string[],
  weight: Weight,
): Promise<ReadonlyMap<string, Outline>> {
  const latin = await latinLetters(weight);
  const outlines = new Map<string, Outline>();
  for (const letter of letters) {
    const glyph = latin.get(letter) ?? glyphOf(letter);
    if (glyph === UNKNOWN) continue;
    outlines.set(letter, "lines" in glyph ? outlineOf(glyph, THICKNESS[weight]) : glyph);
  }
  return outlines;
}

/** Of strokes, in units of their grid: about what is right beside Arimo's. */
const THICKNESS: Readonly<Record<Weight, number>> = { regular: 1.1, bold: 1.75 };

function same(outline: Outline): Outline {
  return outline;
}

function slanted({ width, contours }: Outline): Outline {
  const lean = (contour: Outline["contours"][number]) =>
    contour.map((point) => ({ ...point, x: Math.round(point.x + point.y * SLANT) }));
  return { width, contours: contours.map(lean) };
}

/** 12 degrees, as Arial's italics lean. */
const SLANT = 0.2126;
