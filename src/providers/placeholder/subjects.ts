/** The things of a prompt. */

import { DRAWINGS, type DrawnThing } from "./drawings.ts";
import type { HueName } from "./hues.ts";
import { namedInOrder } from "./words.ts";

/** A thing the prompt names, with the colour it gives it. */
export interface Subject extends DrawnThing {
  readonly name: string;
  readonly hue?: HueName;
}

/** More would crowd the picture. */
const MOST_SUBJECTS = 3;

/** In letters: "red little car" is a red car still. */
const FURTHEST_HUE = 10;

/** What the text names, as it comes. */
export function readSubjects(text: string): Subject[] {
  const hues = namedInOrder<HueName>(text, "hue");
  let free = 0; // where the words begin that tell of no earlier thing
  return namedInOrder(text, "thing").slice(0, MOST_SUBJECTS).flatMap(({ name, start, end }) => {
    const own = hues.findLast((hue) =>
      hue.start >= free && hue.end <= start && start - hue.end <= FURTHEST_HUE
    );
    free = end;
    const drawing = DRAWINGS[name];
    return drawing ? [{ ...drawing, name, hue: own?.name }] : [];
  });
}
