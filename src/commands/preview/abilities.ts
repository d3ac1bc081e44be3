// deno-lint-ignore-file no-control-regex
/** Whether a terminal shows pictures, and how: what it is asked, and what its answers mean. */

export interface Abilities {
  readonly protocol: "kitty" | "iterm2" | "sixel";
  /** Pixels of one cell. */
  readonly cell: { readonly width: number; readonly height: number };
}

/**
 * One question after the other, in the order of their answers:
 *
 * - kitty's query, a picture of one pixel that is loaded and not kept; it is answered with "OK"
 *   (sw.kovidgoyal.net/kitty/graphics-protocol, read 2026-11);
 * - iTerm2's feature report, with an "F" where it shows files (iterm2.com/feature-reporting, 2026-11);
 * - the size of a cell in pixels (xterm's CSI 16 t);
 * - the primary device attributes, with a 4 among them where it draws sixels (DEC's VT510 manual).
 *   Every terminal answers that one, so that no answer before it means no.
 *
 * The line is wiped at the end, since some terminals print what they do not understand.
 */
export const QUESTIONS = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\" +
  "\x1b]1337;Capabilities\x1b\\" + "\x1b[16t" + "\x1b[c" + "\r\x1b[K";

/** Whether the last of `QUESTIONS` is answered. */
export function isAnswered(answer: string): boolean {
  return ATTRIBUTES.test(answer);
}

/** Undefined where the terminal shows no pictures. */
export function abilitiesIn(answer: string): Abilities | undefined {
  const [, height, width] = CELL.exec(answer) ?? [];
  const cell = {
    width: Number(width) || USUAL_CELL.width,
    height: Number(height) || USUAL_CELL.height,
  };
  const attributes = ATTRIBUTES.exec(answer)?.[1]?.split(";") ?? [];
  if (KITTY.test(answer)) return { protocol: "kitty", cell };
  const features: readonly string[] = ITERM2.exec(answer)?.[1]?.match(FEATURE) ?? [];
  if (features.includes("F")) return { protocol: "iterm2", cell };
  return attributes.slice(1).includes("4") ? { protocol: "sixel", cell } : undefined;
}

const KITTY = /\x1b_Gi=31;OK\x1b\\/;
/** Features are a capital with small letters, and a number where they are counted: "T3CwLrMSc7B1F". */
const ITERM2 = /\x1b\]1337;Capabilities=([A-Za-z\d]{1,200})(?:\x07|\x1b\\)/;
const FEATURE = /[A-Z][a-z]*/g;
const CELL = /\x1b\[6;(\d{1,4});(\d{1,4})t/;
const ATTRIBUTES = /\x1b\[\?([\d;]{1,100})c/;
const USUAL_CELL = { width: 10, height: 20 };
