/** Finds what a prompt names; `vocabulary.txt` holds the words. */

import vocabulary from "./vocabulary.txt" with { type: "text" };

/** A name, and where its word stands in the text. */
export interface Found<Name extends string> {
  readonly name: Name;
  readonly start: number;
  readonly end: number;
}

/** Every name of a kind that has a word in the text, in the vocabulary's order. */
export function named<Name extends string>(text: string, kind: string): Found<Name>[] {
  return WORDS.filter((entry) => entry.kind === kind).flatMap(({ name, pattern }) => {
    const found = pattern.exec(text);
    if (!found) return [];
    return [{ name: name as Name, start: found.index, end: found.index + found[0].length }];
  });
}

/** The same as they come; the longer one where two begin together. */
export function namedInOrder<Name extends string>(text: string, kind: string): Found<Name>[] {
  return named<Name>(text, kind)
    .sort((one, other) => one.start - other.start || other.end - one.end);
}

const WORDS = [...vocabulary.matchAll(/^(\w+) (\w+) (.+)$/gm)].map(
  ([, kind = "", name = "", pattern = ""]) => ({ kind, name, pattern: new RegExp(pattern, "u") }),
);
