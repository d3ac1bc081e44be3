/** The index of words in SQLite: what is written to it, what it is asked for, and its upkeep. */

import { sleep } from "../../sleep.ts";
import type { ImageRecord, ImageSource } from "../records/records.ts";
import { indexedImage } from "../rows/indexed_words.ts";
import { LONGEST_WORD, wholeWordsOf, wordPart } from "../rows/whole_words.ts";
import { queryRuns, wordsOf } from "../rows/words.ts";
import type { Database, Read, Row, Write } from "./database.ts";

/**
 * Tells the index what a row can be found by, and gives its words; those that are `known` to be in
 * the list of all words are not written to it again.
 */
export function indexWords(
  write: Write,
  row: Row,
  known: ReadonlySet<string> = new Set(),
): readonly string[] {
  const image = indexedImage(row);
  const words = wholeWordsOf(image.texts);
  // Whole words stand apart from the pairs, whose neighbours count.
  const indexed = [...words, wordsOf(image)].join(" ");
  write("INSERT INTO image_words (rowid, words) VALUES (?, ?)", -Number(row.rowid), indexed);
  const unknown = words.filter((word) => !known.has(word));
  if (unknown.length > 0) write(ADD_PARTS, JSON.stringify(unknown));
  const notes = `${row.title ?? ""}${row.tags}${row.favorite}${row.trashed_at ?? ""}`;
  if (row.indexed_notes !== notes) {
    write("UPDATE images SET indexed_notes = ? WHERE rowid = ?", notes, Number(row.rowid));
  }
  return words;
}

export function unindexWords(write: Write, row: Row): void {
  write("DELETE FROM image_words WHERE rowid = ?", -Number(row.rowid));
}

/**
 * Takes words out of the list of all words that the picture `old` had and no picture has now, tells
 * which. Those that are `kept` are known to be in use.
 */
export function dropWords(
  write: Write,
  read: Read,
  old: Row,
  kept: readonly string[],
): readonly string[] {
  const dropped = new Set(wholeWordsOf(indexedImage(old).texts)).difference(new Set(kept));
  const unused = [...dropped].filter((word) =>
    read("SELECT 1 FROM image_words WHERE image_words MATCH ? LIMIT 1", `"${word}"`) === undefined
  );
  if (unused.length > 0) write(DROP_PARTS, JSON.stringify(unused));
  return unused;
}

/** What the index is to know of a picture that was just saved, without reading its row again. */
export function newRow(image: ImageRecord, { prompt, parents, parameters }: ImageSource): Row {
  const { owner, provider, model, revisedPrompt } = image;
  return {
    ...{ owner, provider, model, prompt, revised_prompt: revisedPrompt },
    ...{ parents: JSON.stringify(parents), parameters: JSON.stringify(parameters) },
    ...{ title: null, tags: "[]", favorite: 0, trashed_at: null, indexed_notes: NO_NOTES },
  };
}

/**
 * For runs of `query`, all words of pictures that contain them, maybe none. Without those that are
 * better found by pairs of letters: all of them while there are pictures whose words are not known.
 */
export async function findWholeWords(
  database: Database,
  query = "",
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const run of queryRuns(query)) {
    const part = wordPart(run);
    if (part === undefined) continue;
    const rows = await database.all(FIND_WORDS, part, part + LAST_LETTER);
    if (rows.length <= MOST_WORDS) found.set(run, rows.map(({ word }) => String(word)));
  }
  const areKnown = found.size > 0 && await database.get(WITHOUT_WORDS) === undefined;
  return areKnown ? found : new Map();
}

/**
 * Gives their words to pictures that older servers wrote, a few at a time. SQLite would merge a large
 * part of the index at once as soon as enough is written, so it is told to leave that to this.
 */
export async function giveWords(database: Database, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const isOver = await database.transact((write, read) => {
      const end = performance.now() + PORTION_TIME;
      let count = 0;
      let row = read(WITHOUT_WORDS);
      if (!row) return true;
      write(tell("automerge"), 0);
      for (; row && count < PORTION && performance.now() < end; row = read(WITHOUT_WORDS)) {
        count++;
        unindexWords(write, row);
        indexWords(write, row);
      }
      write("INSERT INTO image_words (image_words) VALUES ('flush')");
      write(tell("automerge"), USUAL_MERGE);
      write(tell("usermerge"), USUAL_MERGE);
      return row === undefined;
    });
    if (isOver) return;
    await sleep(TIDY_PAUSE);
    await mergeInSteps(database, PAGES_AT_ONCE, signal);
  }
}

/**
 * Every word is looked up in each part that the index was written in. All are merged into one where
 * the largest is not nearly all of it, else the small ones among themselves.
 */
export async function mergeParts(database: Database, signal: AbortSignal): Promise<void> {
  const sql = "SELECT count(*) AS pages FROM image_words_idx GROUP BY segid";
  const parts = (await database.all(sql)).map(({ pages }) => Number(pages));
  const all = parts.reduce((sum, pages) => sum + pages, 0);
  const isScattered = all - Math.max(0, ...parts) > all / 10;
  if (!isScattered && parts.length <= FEW_PARTS) return;
  await database.run(tell("usermerge"), () => [2]);
  await mergeInSteps(database, isScattered ? -PAGES_AT_ONCE : PAGES_AT_ONCE, signal);
}

/** Merges until nothing is left to merge: so many `pages` at once, all parts where it is negative. */
async function mergeInSteps(database: Database, pages: number, signal: AbortSignal) {
  while (!signal.aborted) {
    const changes = await database.transact((write, read) => {
      const count = () => Number(read("SELECT total_changes() AS count")!.count);
      const before = count();
      write(tell("merge"), pages);
      return count() - before;
    });
    if (changes < 2) return; // as SQLite tells that there was nothing to do
    pages = Math.abs(pages); // the negative number before says that all are meant
    await sleep(TIDY_PAUSE);
  }
}

/** A command to the index, with a number. */
function tell(command: string): string {
  return `INSERT INTO image_words (image_words, rank) VALUES ('${command}', CAST(? AS INTEGER))`;
}

/** Each ending of words, so that those that contain a part lie side by side. */
const PARTS = `
  SELECT substr(words.value, places.value), words.value
  FROM json_each(?) AS words CROSS JOIN json_each('${placesIn(LONGEST_WORD)}') AS places
  WHERE places.value <= length(words.value) - 3`;
const ADD_PARTS = `
  INSERT OR IGNORE INTO word_parts ${PARTS}
    AND NOT EXISTS (SELECT 1 FROM word_parts WHERE part = words.value AND word = words.value)`;
const DROP_PARTS = `DELETE FROM word_parts WHERE (part, word) IN (${PARTS})`;

function placesIn(length: number): string {
  return JSON.stringify(Array.from({ length }, (_, at) => at + 1));
}

/** More words are slower to look for than the pairs of letters that they have in common. */
const MOST_WORDS = 16;
const LAST_LETTER = "\u{10FFFF}";
const FIND_WORDS = `
  SELECT DISTINCT word FROM word_parts WHERE part >= ? AND part < ? LIMIT ${MOST_WORDS + 1}`;
/** Of a picture of which nothing is noted yet. */
export const NO_NOTES = "[]0";
const NOTES = "coalesce(title, '') || tags || favorite || coalesce(trashed_at, '')";
/** A picture that an older server wrote or changed; an index has these alone. */
const WITHOUT_WORDS = `SELECT rowid, * FROM images INDEXED BY images_without_words
  WHERE indexed_notes IS NOT ${NOTES} LIMIT 1`;

/** Parts of the index that cost searches nothing to speak of. */
const FEW_PARTS = 3;
/** Of the index that are merged in one go, which takes some milliseconds. */
const PAGES_AT_ONCE = 8;
/** Pictures that are given their words in one go, and the milliseconds for it. */
const PORTION = 16;
const PORTION_TIME = 4;
/** Of the parts of the same size that SQLite merges, if it is not told otherwise. */
const USUAL_MERGE = 4;
/** Milliseconds for everybody else. */
const TIDY_PAUSE = 5;
