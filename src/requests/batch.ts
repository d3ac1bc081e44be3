/** Many drawings at once: items, each with every combination of what goes into the gaps of prompts. */

import { ImageError } from "../errors.ts";
import { expandTemplate, type Variables } from "./template_text.ts";

/** The most drawings of one batch: each is a picture that somebody may pay for. */
export const MOST_DRAWINGS = 200;

/** Values for a gap, by its name. */
export type VariableLists = Readonly<Record<string, readonly string[]>>;

/** A combination of values with what is said of it. */
export interface Combination {
  readonly variables: Variables;
  /** The values, such as "cat · red"; "" where there are none. */
  readonly label: string;
}

/**
 * Each combination of the lists once, the last list changing fastest; one without variables where
 * there are no lists.
 * @throws {ImageError} `invalid_parameters` where that would be more than `MOST_DRAWINGS`, `times`
 * each.
 */
export function combinationsOf(lists: VariableLists, times = 1): readonly Combination[] {
  const names = Object.keys(lists);
  const values = names.map((name) => [...new Set(lists[name])]);
  const count = values.reduce((product, { length }) => product * length, times);
  if (count > MOST_DRAWINGS) throw tooManyDrawings(count);
  return values
    .reduce<readonly (readonly string[])[]>(
      (ways, list) => ways.flatMap((way) => list.map((value) => [...way, value])),
      [[]],
    )
    .map((way) => ({
      variables: Object.fromEntries(names.map((name, index) => [name, way[index]!])),
      label: way.join(" · "),
    }));
}

/**
 * The prompt with its gaps filled; as it is where there is nothing to fill in.
 * @throws {ImageError} `invalid_parameters` that names each variable that is missing, or unknown.
 */
export function promptWith(prompt: string, variables: Variables): string {
  return Object.keys(variables).length === 0 ? prompt : expandTemplate(prompt, variables);
}

export function tooManyDrawings(count: number): ImageError {
  return new ImageError(
    "invalid_parameters",
    `That would be ${count} pictures, and a batch has at most ${MOST_DRAWINGS}: pass fewer items, ` +
      "shorter lists of variables or a smaller n, or make several batches",
    { pictures: count, max_pictures: MOST_DRAWINGS },
  );
}
