/** Words as paths of an SVG: how they break into lines that fill a box, and their strokes. */

import { glyphOf } from "./letters.ts";

export interface Caption {
  readonly lines: readonly string[];
  /** The height of a letter's grid, in pixels. */
  readonly em: number;
}

/** The largest caption that fits the box, cut with an ellipsis where even the smallest does not. */
export function fitCaption(
  prompt: string,
  box: { width: number; height: number; largest: number; smallest: number },
): Caption {
  const letters = splitLetters(plainWords(prompt));
  for (let em = box.largest;; em = Math.max(box.smallest, em * 0.9)) {
    const room = Math.max(1, Math.floor(box.height / (em * LINE_HEIGHT)));
    const width = (box.width / em) * 16;
    const lines = wrap(letters, width);
    if (lines.length <= Math.min(room, MOST_LINES)) return { em, lines: balance(letters, width) };
    if (em > box.smallest) continue;
    return { em, lines: lines.length > room ? cut(lines, room, width) : balance(letters, width) };
  }
}

/** The strokes of a caption's letters as the `d` of a path; `spacing` in 16ths of an em. */
export function strokesOf({ lines, em }: Caption, left: number, top: number, spacing = 0): string {
  const scale = em / 16;
  return lines.map((line, index) => {
    let at = left;
    return letterList(line).map((letter) => {
      const glyph = glyphOf(letter);
      const place = ({ x, y }: { x: number; y: number }) =>
        `${tenth(at + x * scale)} ${tenth(top + index * LINE_HEIGHT * em + y * scale)}`;
      const strokes = glyph.lines.map(([from, to]) => `M${place(from)}L${place(to)}`).join("");
      at += (glyph.width + spacing) * scale;
      return strokes;
    }).join("");
  }).join("");
}

/** A tenth of a pixel is all that can be seen. */
function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

/** In pixels, of the longest line. */
export function widthOf({ lines, em }: Caption, spacing = 0): number {
  const widths = lines.map((line) => {
    const letters = letterList(line);
    return gridWidth(letters) + letters.length * spacing;
  });
  return Math.max(0, ...widths) * em / 16;
}

/** In pixels. */
export function heightOf({ lines, em }: Caption): number {
  return Math.ceil((Math.max(0, lines.length - 1) * LINE_HEIGHT + 1) * em + 1);
}

/** Line pitch, in ems. */
const LINE_HEIGHT = 1.32;

/** A poster has few words: a longer caption gets smaller letters instead of more lines. */
const MOST_LINES = 4;

/** What cannot be shown need not be measured: a caption never holds more letters than this. */
const MOST_LETTERS = 600;

/** The prompt on one line, without its emoji, which these letters cannot draw. */
function plainWords(prompt: string): string {
  const start = prompt.normalize("NFC").slice(0, MOST_LETTERS * 8);
  return start.replace(EMOJI, "").replace(/\s+/gu, " ").trim();
}

/** One or several, with the space before them, so that none is left over. */
const EMOJI =
  /\s*(?:\p{Emoji}\ufe0f|[\p{Emoji_Presentation}\p{Emoji_Modifier}\p{RI}\u{1f000}-\u{1faff}]|[\ufe0f\u20e3\u{e0020}-\u{e007f}]|\u200d)+/gu;

function splitLetters(text: string): string[] {
  const letters = letterList(text);
  return letters.length > MOST_LETTERS ? [...letters.slice(0, MOST_LETTERS), "…"] : letters;
}

function letterList(text: string): string[] {
  return [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
}

/** In glyph units. */
function gridWidth(letters: readonly string[]): number {
  return letters.reduce((sum, letter) => sum + glyphOf(letter).width, 0);
}

/** Greedy lines: Latin breaks at spaces, Chinese anywhere but before closing marks. */
function wrap(letters: readonly string[], width: number, breaksAfterMarks = false): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  for (const word of splitWords(letters)) {
    const isPhrase = breaksAfterMarks && endsWithMark(line) && gridWidth(line) > width * 0.55;
    if (line.length === 0 || (!isPhrase && gridWidth(line) + gridWidth(word) <= width)) {
      line.push(...word);
    } else {
      lines.push(line);
      line = word[0] === " " ? word.slice(1) : [...word];
    }
    while (gridWidth(line) > width && line.length > 1) {
      const end = fitting(line, width);
      lines.push(line.slice(0, end));
      line = line.slice(end);
    }
  }
  return line.length > 0 ? [...lines, line] : lines;
}

/** As few lines as the width allows: broken after marks where that works, else of equal length. */
function balance(letters: readonly string[], width: number): string[] {
  let best = wrap(letters, width);
  const phrases = wrap(letters, width, true);
  if (phrases.length === best.length && phrases.slice(0, -1).some(endsWithMark)) {
    return joined(phrases);
  }
  for (let narrower = width * 0.97; narrower > width / 2; narrower *= 0.97) {
    const lines = wrap(letters, narrower);
    if (lines.length > best.length) break;
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
  const kept = joined(lines.slice(0, room));
  const last = lines[room - 1] ?? [];
  const shortened = last.slice(0, fitting(last, width - glyphOf("…").width)).join("");
  return [...kept.slice(0, -1), `${shortened.replace(/[\s,，.。、;；:：]+$/u, "")}…`];
}
