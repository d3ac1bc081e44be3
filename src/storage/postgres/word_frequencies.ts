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
