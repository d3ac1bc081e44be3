/**
 * Whole words of texts, by which a rare word is found without comparing the long lists of its pairs
 * of letters. Each stands in a list of all words once, where those that contain a part are found.
 */

/** The words of four letters or more, of scripts that put spaces between them; long ones in pieces. */
export function wholeWordsOf(texts: readonly (string | null)[]): readonly string[] {
  const words = new Set(plain(texts.join(" ")).match(WORDS));
  for (const word of words) {
    if (word.length <= LONGEST_WORD) continue;
    words.delete(word);
    for (const piece of piecesOf(word)) words.add(piece);
  }
  return [...words];
}

/** The part of words that stands for a run of a query; undefined where only pairs of letters find it. */
export function wordPart(run: string): string | undefined {
  const part = plain(run);
  return run.match(WORDS)?.[0] === run && [...part].length <= STEP ? part : undefined;
}

/** So many letters a piece has at most. */
export const LONGEST_WORD = 32;
/** Pieces begin so far from each other, so that a part that is no longer is whole in one of them. */
const STEP = LONGEST_WORD / 2;

function piecesOf(word: string): readonly string[] {
  const letters = [...word];
  const count = Math.max(1, Math.ceil(letters.length / STEP) - 1);
  return Array.from(
    { length: count },
    (_, at) => letters.slice(at * STEP, at * STEP + LONGEST_WORD).join(""),
  );
}

/** Without accents and other forms of letters, as the index of SQLite compares them. */
function plain(text: string): string {
  return text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
}

/** Other scripts have no words, or forms of letters that the index compares in its own way. */
const WORDS = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Nd}]{4,}/gu;
