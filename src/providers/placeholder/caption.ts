/** The prompt's words on the picture. */

import { type Glyph, glyphOf } from "./font.ts";
import { boxOf, strokeCover } from "./raster.ts";

/** Letters as a mask: 0 where nothing is drawn, 255 where a letter is. */
export interface Lettering {
  readonly width: number;
  readonly height: number;
  readonly cover: Uint8Array;
}

export interface Caption {
  readonly lines: readonly string[];
  /** The height of a letter's grid, in pixels. */
  readonly em: number;
}

/** Line pitch, in ems. */
const LINE_HEIGHT = 1.32;

/** The largest caption that fits the box, cut with an ellipsis where even the smallest does not. */
export function fitCaption(
  prompt: string,
  box: { width: number; height: number; largest: number; smallest: number },
): Caption {
  // What cannot be shown need not be measured: a caption never holds more letters than this.
  const letters = splitLetters(plainWords(prompt), 600);
  for (let em = box.largest;; em = Math.max(box.smallest, em * 0.9)) {
    const room = Math.max(1, Math.floor(box.height / (em * LINE_HEIGHT)));
    const lines = wrap(letters, (box.width / em) * 16);
    const isSmallest = em <= box.smallest;
    if (lines.length <= Math.min(room, MOST_LINES) || isSmallest) {
      const width = (box.width / em) * 16;
      return { em, lines: lines.length > room ? cut(lines, room, width) : balance(letters, width) };
    }
  }
}

/** A poster has few words: a longer caption gets smaller letters instead of more lines. */
const MOST_LINES = 4;

/** The prompt on one line, without its emoji, which these letters cannot draw. */
function plainWords(prompt: string): string {
  const start = prompt.normalize("NFC").slice(0, 600 * 8);
  return start.replace(EMOJI, "").replace(/\s+/gu, " ").trim();
}

/** One or several, with the space before them, so that none is left over. */
const EMOJI =
  /\s*(?:\p{Emoji}\ufe0f|[\p{Emoji_Presentation}\p{Emoji_Modifier}\p{RI}\u{1f000}-\u{1faff}]|[\ufe0f\u20e3\u{e0020}-\u{e007f}]|\u200d)+/gu;

function splitLetters(text: string, most: number): string[] {
  const letters: string[] = [];
  for (const { segment } of new Intl.Segmenter().segment(text.slice(0, most * 8))) {
    if (letters.length === most) return [...letters, "…"];
    letters.push(segment);
  }
  return letters;
}

/** In glyph units. */
function widthOf(letters: readonly string[]): number {
  return letters.reduce((sum, letter) => sum + glyphOf(letter).width, 0);
}

/** Greedy lines: Latin breaks at spaces, Chinese anywhere but before closing marks. */
function wrap(
  letters: readonly string[],
  width: number,
  { breaksAfterMarks = false } = {},
): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  for (const word of splitWords(letters)) {
    const isPhrase = breaksAfterMarks && endsWithMark(line) &&
      widthOf(line) > width * 0.55;
    if (line.length === 0 || (!isPhrase && widthOf(line) + widthOf(word) <= width)) {
      line.push(...word);
    } else {
      lines.push(line);
      line = word[0] === " " ? word.slice(1) : [...word];
    }
    while (widthOf(line) > width && line.length > 1) {
      const end = fitting(line, width);
      lines.push(line.slice(0, end));
      line = line.slice(end);
    }
  }
  return line.length > 0 ? [...lines, line] : lines;
}

/** As few lines as the width allows: broken after marks where that works, else of equal length. */
function balance(letters: readonly string[], width: number): string[] {
  const fewest = wrap(letters, width);
  const phrases = wrap(letters, width, { breaksAfterMarks: true });
  if (phrases.length === fewest.length && phrases.slice(0, -1).some(endsWithMark)) {
    return joined(phrases);
  }
  let best = fewest;
  for (let narrower = width * 0.97; narrower > width / 2; narrower *= 0.97) {
    const lines = wrap(letters, narrower);
    if (lines.length > fewest.length) break;
    best = lines;
  }
  return joined(best);
}

function endsWithMark(line: readonly string[]): boolean {
  return CLOSING.test(line.at(-1) ?? "");
}

function joined(lines: readonly string[][]): string[] {
  return lines.map((line) => line.join(""));
}

/** Pieces that stay together, each with the space before it. */
function splitWords(letters: readonly string[]): string[][] {
  const words: string[][] = [];
  for (const letter of letters) {
    const word = words.at(-1);
    const before = word?.at(-1);
    const mayBreak = before !== undefined && !CLOSING.test(letter) && !OPENING.test(before) &&
      (letter === " " || (before !== " " && (isWide(letter) || isWide(before))));
    if (!word || mayBreak) words.push([letter]);
    else word.push(letter);
  }
  return words;
}

const CLOSING = /^[,.;:!?)\]}'"’”…%，。、；：！？）】》」』〉〕]/u;
const OPENING = /^[([{‘“（【《「『〈〔]/u;

function isWide(letter: string): boolean {
  return glyphOf(letter).width >= 13;
}

/** How many of the letters fit, at least one. */
function fitting(letters: readonly string[], width: number): number {
  let sum = 0;
  const end = letters.findIndex((letter) => (sum += glyphOf(letter).width) > width);
  return end === -1 ? letters.length : Math.max(1, end);
}

function cut(lines: readonly string[][], room: number, width: number): string[] {
  const kept = lines.slice(0, room);
  const last = kept.at(-1);
  if (last && lines.length > room) {
    const space = width - glyphOf("…").width;
    const shortened = last.slice(0, fitting(last, space));
    kept[kept.length - 1] = [...shortened.join("").replace(/[\s,，.。、;；:：]+$/u, ""), "…"];
  }
  return joined(kept);
}

/** Draws lines of text; `weight` is a stroke's thickness in 16ths of an em. */
export function letter(
  { lines, em }: Caption,
  { weight = 1.25, spacing = 0 }: { weight?: number; spacing?: number } = {},
): Lettering {
  const scale = em / 16;
  const rows = lines.map((line) =>
    [...new Intl.Segmenter().segment(line)].map(({ segment }) => glyphOf(segment))
  );
  const units = Math.max(1, ...rows.map((row) => lineWidth(row, spacing)));
  const width = Math.ceil(units * scale + weight * scale);
  const height = heightOf({ lines, em });
  const lettering = { width, height, cover: new Uint8Array(width * height) };
  rows.forEach((row, index) => {
    let x = weight / 2;
    for (const glyph of row) {
      drawGlyph(lettering, glyph, x * scale, index * LINE_HEIGHT * em, scale, weight);
      x += glyph.width + spacing;
    }
  });
  return lettering;
}

/** In pixels. */
export function heightOf({ lines, em }: Caption): number {
  return Math.ceil((Math.max(0, lines.length - 1) * LINE_HEIGHT + 1) * em + 1);
}

function lineWidth(row: readonly Glyph[], spacing: number): number {
  return row.reduce((sum, glyph) => sum + glyph.width + spacing, 0);
}

function drawGlyph(
  { width, height, cover }: Lettering,
  glyph: Glyph,
  left: number,
  top: number,
  scale: number,
  weight: number,
): void {
  const radius = Math.max(0.5, (weight * scale) / 2);
  for (const line of glyph.lines) {
    const stroke = {
      x1: left + line.x1 * scale,
      y1: top + line.y1 * scale,
      x2: left + line.x2 * scale,
      y2: top + line.y2 * scale,
      radius1: radius,
      radius2: radius,
    };
    const box = boxOf(stroke);
    const coverAt = strokeCover(stroke);
    const [lastColumn, lastRow] = [Math.min(width, box.right), Math.min(height, box.bottom)];
    for (let y = Math.max(0, Math.floor(box.top)); y < lastRow; y++) {
      for (let x = Math.max(0, Math.floor(box.left)); x < lastColumn; x++) {
        const value = coverAt(x + 0.5, y + 0.5) * 255;
        const index = y * width + x;
        if (value > (cover[index] ?? 0)) cover[index] = value;
      }
    }
  }
}
