/** Variables that are almost this server's: misspelt, or of another version. */

import { editDistance } from "../errors.ts";

export interface UnknownName {
  readonly name: string;
  readonly source: string;
  /** The variable that was most likely meant. */
  readonly suggestion?: string;
}

/** Names that were found in one place. */
export interface FoundNames {
  readonly source: string;
  readonly names: readonly string[];
  /** Whether whoever wrote them surely had this server in mind, so that even a strange name is a slip. */
  readonly isOurs: boolean;
}

/**
 * The names in `found` that nothing reads and somebody expects to be read. Only the
 * variables in `unset` are suggested, since the others have their value.
 */
export function unknownNames(
  known: readonly string[],
  unset: readonly string[],
  found: readonly FoundNames[],
): readonly UnknownName[] {
  const prefixes = new Set(known.map(prefixOf));
  const isOfPrefix = (name: string) => prefixes.has(prefixOf(name)) && !known.includes(name);
  return found.flatMap(({ source, names, isOurs }) =>
    names.filter(isOfPrefix).flatMap((name): UnknownName[] => {
      const suggestion = unset.find((candidate) => isNear(name, candidate));
      if (suggestion !== undefined) return [{ name, source, suggestion }];
      return isOurs && prefixOf(name) === OWN_PREFIX ? [{ name, source }] : [];
    })
  );
}

const OWN_PREFIX = "MCP";

/** "OPENAI_API_KEY" → "OPENAI". */
function prefixOf(name: string): string {
  return name.toUpperCase().split("_", 1)[0]!;
}

/** Stricter than for what a person types: other programs' variables must not look like slips. */
function isNear(name: string, candidate: string): boolean {
  if (prefixOf(name) !== prefixOf(candidate)) return false;
  const wanted = lettersOf(candidate);
  return editDistance(lettersOf(name), wanted) <= Math.floor(wanted.length / LETTERS_PER_SLIP);
}

/** What follows the prefix, without underscores. */
function lettersOf(name: string): string {
  return name.toUpperCase().split("_").slice(1).join("");
}

const LETTERS_PER_SLIP = 4;
