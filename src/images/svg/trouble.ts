/** Why a drawing cannot be drawn, where in its text, and what to do, in words. */

import { ImageError } from "../../errors.ts";
import type { Frame } from "./source.ts";

/**
 * The error for a text that the rasteriser gave up on.
 * @param reason in the rasteriser's words (resvg 0.35, roxmltree 0.18), with " at ROW:COLUMN" in
 * them where it knows the place: a column counts code points, and both begin with 1.
 */
export function svgTrouble(reason: string, text: string, frame: Frame | undefined): ImageError {
  const said = frame || text.includes("<svg") ? reason : NO_ROOT;
  const known = REASONS.find(([pattern]) => pattern.test(said));
  const [, what = wordsOf(reason), advice = "Correct it there"] = known ?? [];
  const index = placeIn(said, text, frame);
  if (index === undefined) {
    return new ImageError("invalid_parameters", `The SVG cannot be drawn: ${what}. ${advice}`);
  }
  const before = text.slice(0, index).split("\n");
  const place = { line: before.length, column: [...before.at(-1)!].length + 1 };
  return new ImageError(
    "invalid_parameters",
    `The SVG cannot be drawn: at line ${place.line}, column ${place.column}, ${what}, near ` +
      `'${near(text, index)}'. ${advice}`,
    place,
  );
}

const NO_ROOT = "the document does not have a root node";

/** What the rasteriser says, what it means, and what to do; the first that fits counts. */
const REASONS: readonly (readonly [RegExp, string, string])[] = [
  [
    /unreachable|memory|call stack/i,
    "it takes too much memory",
    "Draw it smaller, with smaller pictures in it, fewer layers, or filters of smaller regions",
  ],
  [/nodes limit/, "it has too many elements", "Repeat less, above all with <use> in <use>"],
  [/entity reference loop/, "its entities grow too large", "Write out what they stand for"],
  [
    /entity reference/,
    "an & begins no entity that is known",
    "Write & as &amp; and other characters as themselves, or as numbers such as &#160;",
  ],
  [
    /invalid name token/,
    "a < begins no element",
    "Write < as &lt; in text, and end each element's name with a space or >",
  ],
  [
    /root node was opened|unexpected end/,
    "the text is over before its elements are closed",
    "Send all of it, up to </svg>",
  ],
  [/expected '.*' tag, not/, "an element is closed that is not the last opened", "Close it first"],
  [/is already defined/, "an attribute stands twice in one element", "Leave one of them out"],
  [
    /unknown namespace prefix/,
    "a name has a prefix that is declared nowhere",
    'Leave it out, or declare it on <svg> as xmlns:PREFIX="…"',
  ],
  [/expected quote/, "an attribute's value has no quotes", 'Write it as width="10"'],
  [/invalid comment/, "a comment has -- in it", "Leave that out"],
  [/unknown token/, "there is something outside the <svg> element", "Send that one element alone"],
  [
    /does not have a root|root element/,
    "there is no <svg> element",
    "Pass the SVG's text itself, from <svg to </svg>",
  ],
  [/invalid size/, "it has no size", 'Give <svg> a viewBox such as "0 0 512 512"'],
  [/background/i, "the background is no colour", "Write it as #ffffff or white"],
];

/** Without what every message begins with. */
function wordsOf(reason: string): string {
  return reason.replace(/^SVG data parsing failed cause /, "").replace(/ at \d+:\d+/g, "");
}

/** The index in `text` of the last place that the reason names, or of the end where that is early. */
function placeIn(reason: string, text: string, frame: Frame | undefined): number | undefined {
  if (/root node was opened|unexpected end/.test(reason)) return text.trimEnd().length;
  const [, row, column] = [...reason.matchAll(/ at (\d+):(\d+)/g)].at(-1) ?? [];
  if (row === undefined) return undefined;
  const lines = (frame?.svg ?? text).split("\n");
  const before = lines.slice(0, Number(row) - 1).reduce((sum, line) => sum + line.length + 1, 0);
  const within = [...lines[Number(row) - 1] ?? ""].slice(0, Number(column) - 1).join("").length;
  return frame ? frame.indexOf(before + within) : before + within;
}

/** The text around a place, on one line. */
function near(text: string, index: number): string {
  return text.slice(Math.max(0, index - 20), index + 20).replace(/\s+/g, " ").trim();
}
