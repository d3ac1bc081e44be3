/**
 * Text as the index of SQLite sees it: pairs of neighbouring letters, so that a part of a word is
 * found, and a Chinese word is although nothing stands between words there.
 */

/** What is indexed of texts; null counts as nothing. */
export function wordsOf(...texts: readonly unknown[]): string {
  return texts.map((text) => text === null || text === undefined ? "" : String(text))
    .flatMap(runsOf).map((run) => pairsOf(run).join(" ")).join(" ");
}

/** The expression that finds texts with every word of `query` in them; undefined where it has none. */
export function matchOf(query: string): string | undefined {
  const terms = runsOf(query).slice(0, MAX_TERMS).map((run) => {
    const pairs = pairsOf(run).filter((pair) => [...pair].length === 2);
    return pairs.length === 0 ? `"${run}"*` : `"${pairs.join(" ")}"`;
  });
  return terms.length > 0 ? terms.join(" AND ") : undefined;
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
