/** Finds the words of a prompt in tables of patterns. */

/** A word of a table, and where it stands in the text. */
export interface Found<Name extends string> {
  readonly name: Name;
  readonly start: number;
  readonly end: number;
}

/** Every entry that has a word in the text, as they come; the longer one where two begin together. */
export function namedInOrder<Name extends string>(
  text: string,
  words: Readonly<Partial<Record<Name, RegExp>>>,
): Found<Name>[] {
  return entries(words).flatMap(([name, pattern]) => {
    const found = pattern.exec(text);
    return found ? [{ name, start: found.index, end: found.index + found[0].length }] : [];
  }).sort((one, other) => one.start - other.start || other.end - one.end);
}

/** Every entry that has a word in the text, in the table's order. */
export function allNamed<Name extends string>(
  text: string,
  words: Readonly<Partial<Record<Name, RegExp>>>,
): Name[] {
  return entries(words).filter(([, pattern]) => pattern.test(text)).map(([name]) => name);
}

function entries<Name extends string>(
  words: Readonly<Partial<Record<Name, RegExp>>>,
): [Name, RegExp][] {
  return Object.entries(words) as [Name, RegExp][];
}
