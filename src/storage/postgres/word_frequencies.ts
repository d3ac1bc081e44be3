/** How often words stand among pictures, as the database's own statistics tell it. */

import type { Database } from "./database.ts";

export class WordFrequencies {
  readonly #database: Pick<Database, "query">;
  #known: Promise<ReadonlyMap<string, number>> | undefined;
  #readAt = -Infinity;

  constructor(database: Pick<Database, "query">) {
    this.#database = database;
  }

  /**
   * The part of all pictures, from 0 to 1, that may have all of these words: that of the rarest.
   * Words that are too rare for the statistics count as 0; undefined where there are no words, or
   * too few pictures for it to matter.
   */
  async of(words: readonly string[]): Promise<number | undefined> {
    if (words.length === 0) return undefined;
    const known = await this.#read();
    if (known.size === 0) return undefined;
    return Math.min(...words.map((word) => known.get(word) ?? 0));
  }

  /**
   * The rarest of these words, rarest first: as few of them as leave next to no pictures that have
   * not all, since the index is asked for each. All where nothing is known.
   */
  async rarest(words: readonly string[]): Promise<readonly string[]> {
    const known = await this.#read();
    if (known.size === 0) return words;
    const frequencyOf = (word: string) => known.get(word) ?? UNKNOWN;
    const sorted = words.toSorted((one, other) => frequencyOf(one) - frequencyOf(other));
    let [count, part] = [0, 1];
    while (count < sorted.length && (count < FEWEST_WORDS || part > SMALL_PART)) {
      part *= frequencyOf(sorted[count++]!);
    }
    return sorted.slice(0, count);
  }

  #read(): Promise<ReadonlyMap<string, number>> {
    if (performance.now() - this.#readAt > READ_EVERY) {
      this.#readAt = performance.now();
      this.#known = this.#load();
      this.#known.catch(() => this.#readAt = -Infinity);
    }
    return this.#known!;
  }

  async #load(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#database.query(STATISTICS);
    return new Map(rows.map(({ word, frequency }) => [String(word), Number(frequency)]));
  }
}

/** Words of one text are seldom as independent as this reckons. */
const FEWEST_WORDS = 2;
/** So small a part of the pictures is looked at faster than another list of the index. */
const SMALL_PART = 3e-4;
/** What the statistics leave out is rarer than a few in a thousand, mostly by far. */
const UNKNOWN = 1e-3;
/** So many are looked through in no time. */
const FEW = 2_000;
/** The list of frequencies ends with three more: the least, the greatest, and that of no word at all. */
const STATISTICS = `
  SELECT word, frequency FROM pg_stats,
    unnest(most_common_elems::text::text[], most_common_elem_freqs) AS common (word, frequency)
  WHERE schemaname = 'image_server' AND tablename = 'images' AND attname = 'words'
    AND word IS NOT NULL AND EXISTS (SELECT 1 FROM pg_class
      WHERE oid = 'image_server.images'::regclass AND reltuples > ${FEW})`;

/** In milliseconds; the database itself looks anew after a tenth of the pictures has changed. */
const READ_EVERY = 60_000;
