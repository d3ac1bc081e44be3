/** What lists, look-ups and searches take with many records, next to few. */

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { silentLogger } from "../../src/log.ts";
import { openSqliteRecords } from "../../src/storage/local/sqlite_records.ts";
import type { Records } from "../../src/storage/records/records.ts";
import { matchOf } from "../../src/storage/rows/words.ts";
import { temporaryFolder } from "../support/folder.ts";
import { median, milliseconds, ratio, report } from "./figures.ts";
import { fileName, fillRecords, imageId, OWNER, RARE_OWNER, WORDS } from "./many_records.ts";

const FEW = 100;
const MANY = 100_000;
const ROUNDS = 201;
/** As many as both have. */
const PAGE = { limit: 10 };

/** `count` is how many records there are, `round` how often it was done before. */
export type Read = (records: Records, count: number, round: number) => Promise<unknown>;

export const READS: Readonly<Record<string, Read>> = {
  "list pictures": ({ images }) => images.list(OWNER, PAGE),
  "list pictures from the middle on": ({ images }, count) =>
    images.list(OWNER, { ...PAGE, before: count / 2 }),
  "find a picture": ({ images }, count) => images.find(imageId(count / 2 + 1), OWNER, 0),
  "find a file": ({ images }, count) => images.findFile(fileName(count / 2 + 1), OWNER),
  "search a word of every prompt": ({ images }) =>
    images.search({ query: WORDS.common }, OWNER, PAGE),
  "search it from the middle on": ({ images }, count) =>
    images.search({ query: WORDS.common }, OWNER, { ...PAGE, before: count / 2 }),
  "search it among everybody else's": ({ images }) =>
    images.search({ query: WORDS.common }, RARE_OWNER, PAGE),
  "search a rare word": ({ images }) => images.search({ query: WORDS.rare }, OWNER, PAGE),
  "search a Chinese word": ({ images }) => images.search({ query: WORDS.chinese }, OWNER, PAGE),
  "search a letter": ({ images }) => images.search({ query: WORDS.letter }, OWNER, PAGE),
  "search a rare tag": ({ images }) => images.search({ tag: WORDS.rareTag }, OWNER, PAGE),
  "search a tag of every tenth": ({ images }) => images.search({ tag: WORDS.tag }, OWNER, PAGE),
  "search the provider of all": ({ images }) =>
    images.search({ provider: WORDS.provider }, OWNER, PAGE),
  "search a provider's rare word": ({ images }) =>
    images.search({ provider: WORDS.provider, query: WORDS.rare }, OWNER, PAGE),
  "search favourites": ({ images }) => images.search({ isFavorite: true }, OWNER, PAGE),
  "search all but favourites": ({ images }) =>
    images.search({ isFavorite: false, query: WORDS.common }, OWNER, PAGE),
  "list jobs": ({ jobs }) => jobs.list(OWNER, PAGE.limit),
};

/** The words that contain those of the searches. */
const WHOLE_WORDS = new Map([WORDS.common, WORDS.rare].map((word) => [word, [word]]));

/**
 * Searches whose words are looked up in the index alone, without a row of the table: SQLite's own
 * share, which grows with the lists that have to be compared.
 */
const LOOK_UPS: Readonly<Record<string, string>> = {
  "search it among everybody else's": matchOf({
    query: WORDS.common,
    owner: RARE_OWNER,
    wholeWords: WHOLE_WORDS,
  }),
  "search a rare word": matchOf({
    query: WORDS.rare,
    owner: OWNER,
    wholeWords: WHOLE_WORDS,
  }),
  "search a provider's rare word": matchOf({
    query: WORDS.rare,
    owner: OWNER,
    facts: { provider: [WORDS.provider] },
    wholeWords: WHOLE_WORDS,
  }),
};

/** `count` records next to few. */
export async function measureRecords(count = MANY): Promise<void> {
  await using few = await openFilled(FEW);
  await using many = await openFilled(count);
  for (const [what, read] of Object.entries(READS)) {
    const times = { few: [] as number[], many: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) { // in turns, since a machine's speed drifts
      times.few.push(await timeOf(() => read(few.records, FEW, round)));
      times.many.push(await timeOf(() => read(many.records, count, round)));
    }
    const [base, figure] = [median(times.few), median(times.many)];
    report(
      `${count} records against ${FEW}: ${what}`,
      `${milliseconds(figure)} = ${ratio(figure / base)}`,
      "at most 1.2 x",
    );
    if (Object.hasOwn(LOOK_UPS, what)) measureLookUp(what, { few, many, count });
  }
}

interface Filled {
  readonly index: DatabaseSync;
}

function measureLookUp(
  what: string,
  { few, many, count }: { readonly few: Filled; readonly many: Filled; readonly count: number },
): void {
  const sql = `SELECT rowid FROM image_words WHERE image_words MATCH ? ORDER BY rowid LIMIT ?`;
  const [small, large] = [few, many].map(({ index }) => index.prepare(sql));
  const times = { few: [] as number[], many: [] as number[] };
  const time = (work: () => unknown) => {
    const began = performance.now();
    work();
    return performance.now() - began;
  };
  for (let round = 0; round < ROUNDS; round++) {
    times.few.push(time(() => small!.all(LOOK_UPS[what]!, PAGE.limit)));
    times.many.push(time(() => large!.all(LOOK_UPS[what]!, PAGE.limit)));
  }
  const [base, figure] = [median(times.few), median(times.many)];
  report(
    `${count} records against ${FEW}: the index alone of it`,
    `${milliseconds(base)}, ${milliseconds(figure)} = ${ratio(figure / base)}`,
    "the floor of the line above",
  );
}

async function openFilled(count: number) {
  const folder = await temporaryFolder();
  await fillRecords(folder.path, count);
  const records = await openSqliteRecords(folder.path, silentLogger, Date.now);
  await records.images.tidy(new AbortController().signal); // as servers do every hour
  const index = new DatabaseSync(join(folder.path, "records.sqlite"), { readOnly: true });
  return {
    records,
    index,
    async [Symbol.asyncDispose]() {
      index.close();
      await records.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
