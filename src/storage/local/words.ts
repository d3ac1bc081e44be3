/**
 * Text as the index of SQLite sees it: pairs of neighbouring letters, so that a part of a word is
 * found, and a Chinese word is although nothing stands between words there. Whose it is stands
 * among them, so that one person's search does not read through everybody's texts.
 */

/** What is indexed of an owner's texts; an owner of null stands for everybody, a text of null for none. */
export function wordsOf(owner: string | null, ...texts: readonly unknown[]): string {
  const pairs = texts.map((text) => text === null || text === undefined ? "" : String(text))
    .flatMap(runsOf).flatMap(pairsOf);
  return [ownerWord(owner), ...pairs].join(" ");
}

/**
 * The expression that finds texts that `owner` may see with every word of `query` in them;
 * undefined where the query has none.
 */
export function matchOf(query: string, owner: string): string | undefined {
  const terms = runsOf(query).slice(0, MAX_TERMS).map((run) => {
    const pairs = pairsOf(run).filter((pair) => [...pair].length === 2);
    return pairs.length === 0 ? `"${run}"*` : `"${pairs.join(" ")}"`;
  });
  if (terms.length === 0) return undefined;
  const visible = `("${ownerWord(owner)}" OR "${ownerWord(null)}")`;
  return [visible, ...terms].join(" AND ");
}

/** Begins with a letter of the private area, which no query brings into the index's expressions. */
function ownerWord(owner: string | null): string {
  return owner === null ? "\uE001" : `\uE000${new TextEncoder().encode(owner).toHex()}`;
}

/** The letters and digits that stand together. */
function runsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
}

/** "cat" → "ca", "at", "t": the last letter alone lets a single letter be found everywhere. */
function pairsOf(run: string): readonly string[] {
  const letters = [...run];
  return letters.map((letter, index) => letter + (letters[index + 1] ?? ""));
}

/** More make a search slower and seldom better. */
const MAX_TERMS = 20;
