/**
 * Text as the index of SQLite sees it: pairs of neighbouring letters, so that a part of a word is
 * found, and a Chinese word is although nothing stands between words there. Whose it is stands
 * among them, so that one person's search does not read through everybody's texts.
 */

/** A picture as the index knows it. */
export interface IndexedImage {
  /** Null stands for everybody. */
  readonly owner: string | null;
  readonly isTrashed: boolean;
  readonly texts: readonly (string | null)[];
  /** What a search may ask for as a whole. */
  readonly facts: Facts;
}

/** Kinds of facts, each with the values that hold. */
export type Facts = Readonly<Partial<Record<FactName, readonly string[]>>>;

/** What is indexed of a picture. */
export function wordsOf({ owner, isTrashed, texts, facts }: IndexedImage): string {
  const pairs = texts.map((text) => text ?? "").flatMap(runsOf).flatMap(pairsOf);
  return [ownerWord(owner, isTrashed), ...factWords(facts), ...pairs].join(" ");
}

/**
 * What is asked of a picture, for an index that has each word of `wordsOf` by itself: the words of
 * facts, the pairs of letters of a query, and its runs, each of which stands in a text where it is found.
 */
export function termsOf(
  { query = "", facts = {} }: { readonly query?: string; readonly facts?: Facts },
): Readonly<Record<"facts" | "pairs" | "runs", readonly string[]>> {
  const runs = queryRuns(query);
  const pairs = runs.flatMap(pairsOf).filter((pair) => [...pair].length === 2);
  return { facts: factWords(facts), pairs, runs };
}

/** The runs of letters and digits of some texts, each text on a line of its own. */
export function searchedText(texts: readonly (string | null)[]): string {
  return texts.map((text) => runsOf(text ?? "").join(" ")).join("\n");
}

/** The expression that finds the pictures that `owner` may see with these facts and every word of `query`. */
export function matchOf(
  { query = "", owner, isTrashed = false, facts = {}, wholeWords }: {
    readonly query?: string;
    readonly owner: string;
    readonly isTrashed?: boolean;
    readonly facts?: Facts;
    /** For some of the runs of `query`: all words that contain it, one at least. */
    readonly wholeWords?: ReadonlyMap<string, readonly string[]>;
  },
): string {
  const terms = queryRuns(query).map((run) => {
    const words = wholeWords?.get(run);
    if (words) return `(${words.map((word) => `"${word}"`).join(" OR ")})`;
    const pairs = pairsOf(run).filter((pair) => [...pair].length === 2);
    return pairs.length === 0 ? `"${run}"*` : `"${pairs.join(" ")}"`;
  });
  const visible = [owner, null].map((whose) => `"${ownerWord(whose, isTrashed)}"`).join(" OR ");
  const known = factWords(facts).map((word) => `"${word}"`);
  return [`(${visible})`, ...known, ...terms].join(" AND ");
}

/** The runs of letters and digits that a query asks for, as many as are looked for. */
export function queryRuns(query: string): readonly string[] {
  return runsOf(query).slice(0, MAX_TERMS);
}

/** Begins as no query does, and tells upper from lower case no more than people do. */
function factWords(facts: Facts): readonly string[] {
  return Object.entries(facts).flatMap(([name, values]) =>
    values.map((value) => FACTS[name as FactName] + hexOf(value.toLowerCase()))
  );
}

type FactName = keyof typeof FACTS;

const FACTS = {
  provider: "\uE004",
  model: "\uE005",
  style: "\uE006",
  tag: "\uE007",
  parent: "\uE008",
  favorite: "\uE009",
} as const;

/** Begins with a letter of the private area, which no query brings into the index's expressions. */
function ownerWord(owner: string | null, isTrashed: boolean): string {
  if (owner === null) return isTrashed ? "\uE003" : "\uE001";
  return (isTrashed ? "\uE002" : "\uE000") + hexOf(owner);
}

function hexOf(text: string): string {
  return new TextEncoder().encode(text).toHex();
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
