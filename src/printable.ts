/** Words from outside on their way to a terminal, a log or an error. */

/**
 * The text with everything that would steer a terminal or turn its letters around written out as
 * \u001b: control characters but tab and line end, marks of direction, tags and lone halves of
 * letters. In JSON the same sign stands for the same letter, so JSON keeps its meaning.
 */
export function printable(text: string): string {
  return STEERING.test(text) ? text.replaceAll(EVERY_STEERING, writtenOut) : text;
}

/** The same on one line. */
export function printableLine(text: string): string {
  return printable(text).replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

/** What is left of a text that may be no longer than `length` characters; "…" stands for the rest. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  return text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, "") + "…";
}

function writtenOut(letter: string): string {
  const halves = letter.split("");
  return halves.map((half) => `\\u${half.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}

const RANGES = [
  "\\u{0}-\\u{8}\\u{b}-\\u{1f}\\u{7f}-\\u{9f}", // controls, CSI (U+009B) among them
  "\\u{61c}\\u{200e}\\u{200f}\\u{202a}-\\u{202e}\\u{2066}-\\u{2069}", // direction
  "\\u{2028}\\u{2029}\\u{feff}\\u{fff9}-\\u{fffb}", // line ends and marks that nobody sees
  "\\u{e0000}-\\u{e007f}", // tags, which hide words from the eye
  "\\u{d800}-\\u{dfff}",
].join("");
const STEERING = new RegExp(`[${RANGES}]`, "u");
const EVERY_STEERING = new RegExp(`[${RANGES}]`, "gu");
