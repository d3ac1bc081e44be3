/** One prompt in several ways: every combination of what is to be compared. */

import { ImageError } from "../errors.ts";
import { parseRequest, type RequestArguments } from "./parse.ts";
import type { ParsedRequest } from "./request.ts";

/** What may differ; what is not listed is the same for all. */
export interface ComparedLists {
  readonly providers?: readonly string[];
  readonly models?: readonly string[];
  readonly styles?: readonly string[];
  readonly seeds?: readonly number[];
}

export interface Variant {
  /** What sets it apart from the others, such as "openai · watercolor". */
  readonly label: string;
  readonly request: ParsedRequest;
}

/** The most ways of one comparison: each is a picture that somebody may pay for. */
const MAX_VARIANTS = 12;

/**
 * Each combination of the lists once, the last list changing fastest.
 * @throws {ImageError} `invalid_parameters` for fewer than two, for more than `MAX_VARIANTS`, and
 * for what `parseRequest` refuses.
 */
export function variantsOf(args: RequestArguments, lists: ComparedLists): readonly Variant[] {
  const ways = LISTS.reduce<readonly Way[]>(
    (ways, [list, argument]) => combined(ways, argument, lists[list] ?? []),
    [{}],
  );
  if (ways.length < 2) throw nothingToCompare();
  if (ways.length > MAX_VARIANTS) throw tooMany(ways.length);
  return ways.map((way) => ({
    label: labelOf(way),
    request: parseRequest({ ...args, ...way }),
  }));
}

type Way = Readonly<Pick<RequestArguments, "provider" | "model" | "style" | "seed">>;

/** Each list with the argument that its members are given as. */
const LISTS = [
  ["providers", "provider"],
  ["models", "model"],
  ["styles", "style"],
  ["seeds", "seed"],
] as const;

function combined(
  ways: readonly Way[],
  argument: keyof Way,
  values: readonly (string | number)[],
): readonly Way[] {
  const different = [...new Map(values.map((value) => [keyOf(value), value])).values()];
  if (different.length === 0) return ways;
  return ways.flatMap((way) => different.map((value) => ({ ...way, [argument]: value }) as Way));
}

/** "Anime" and "anime " are one. */
function keyOf(value: string | number): string {
  return String(value).trim().toLowerCase();
}

function labelOf({ seed, ...named }: Way): string {
  return [...Object.values(named), ...seed === undefined ? [] : [`seed ${seed}`]].join(" · ");
}

function nothingToCompare(): ImageError {
  return new ImageError(
    "invalid_parameters",
    "There is nothing to compare: pass two or more providers, models, styles or seeds, or as " +
      "images the ids of two or more pictures",
  );
}

function tooMany(count: number): ImageError {
  return new ImageError(
    "invalid_parameters",
    `That would be ${count} pictures, each combination of the lists, and a comparison has at most ` +
      `${MAX_VARIANTS}: shorten them`,
    { pictures: count, max_pictures: MAX_VARIANTS },
  );
}
