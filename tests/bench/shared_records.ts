/** What lists, look-ups, searches and saves take with a million records in PostgreSQL, next to few. */

import type { Query } from "../../src/storage/postgres/statements.ts";
import { silentLogger } from "../../src/log.ts";
import { openPostgresRecords } from "../../src/storage/postgres/postgres_records.ts";
import { connectTo, POSTGRES, startPostgres } from "../support/postgres.ts";
import { median, milliseconds, ratio, report } from "./figures.ts";
import {
  imageId,
  imageOf,
  isFavoriteAt,
  jobOf,
  OWNER,
  ownerOf,
  promptOf,
  sourceOf,
  START,
  tagsOf,
  WORDS,
} from "./many_records.ts";
import { type Read, READS, timeOf } from "./records.ts";

const FEW = 100;
const MANY = 1_000_000;
const ROUNDS = 101;
/** Pictures that are written by the program itself; the database copies them until there are enough. */
const SEEDS = 2_000; // a multiple of 100, so that each copy has the tags and words of its number

/** `count` records next to few, in two databases of one server. */
export async function measureSharedRecords(count = MANY): Promise<void> {
  if (POSTGRES === undefined) return report("a million records in PostgreSQL", "not installed");
  await using server = await startPostgres();
  await using few = await openFilled(await server.createDatabase(), FEW);
  await using many = await openFilled(await server.createDatabase(), count);
  const works = { ...READS, ...MORE };
  for (const [what, work] of Object.entries(works)) {
    const times = { few: [] as number[], many: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) { // in turns, since a machine's speed drifts
      times.few.push(await timeOf(() => work(few.records, FEW, round)));
      times.many.push(await timeOf(() => work(many.records, count, round)));
    }
    const [base, figure] = [median(times.few), median(times.many)];
    report(
      `PostgreSQL, ${count} records against ${FEW}: ${what}`,
      `${milliseconds(figure)} = ${ratio(figure / base)}`,
      "at most 1.2 x",
    );
  }
}

const MORE: Readonly<Record<string, Read>> = {
  "search two common ones that are never together": ({ images }) =>
    images.search({ query: WORDS.chinese, tag: WORDS.tag }, OWNER, { limit: 10 }),
  "find a job": ({ jobs }, count) => jobs.find(`job_${Math.floor(count / 2) + 1}`, OWNER),
  "jobs at work": ({ jobs }) => jobs.serversAtWork(),
  "store one more": ({ images }, count, round) =>
    images.save(
      { ...imageOf(count + round, OWNER), id: `img_more_${round}`, fileName: `more_${round}.png` },
      sourceOf(promptOf(round, count)),
    ),
  "search a word right after": ({ images }) =>
    images.search({ query: WORDS.rare }, OWNER, { limit: 10 }),
  "save a job": ({ jobs }, count, round) =>
    jobs.save({ ...jobOf(count, OWNER, "a harbour", START), id: `job_more_${round}` }, "a server"),
};

/** A database whose records are the program's own, copied within it, with what is rare at its places. */
async function openFilled(url: string, count: number) {
  const clock = { now: START };
  const records = await openPostgresRecords(url, silentLogger, { now: () => clock.now }).records();
  await using connected = await connectTo(url);
  const write = async (index: number, owner: string, prompt: string, tags: readonly string[]) => {
    clock.now = START + index * 1_000;
    await records.images.save(imageOf(index, owner), sourceOf(prompt));
    const isFavorite = isFavoriteAt(index);
    if (tags.length > 0 || isFavorite) {
      await records.images.annotate(imageId(index), owner, { tags, isFavorite });
    }
    await records.jobs.save(jobOf(index, owner, prompt, clock.now), "a server long gone");
  };
  const seeds = Math.min(SEEDS, count);
  for (let index = seeds; index < 2 * seeds; index++) { // from 0 on some are rare
    await write(index, OWNER, promptOf(index, Infinity), tagsOf(index, Infinity));
  }
  const definition = "SELECT indexdef FROM pg_indexes WHERE indexname = 'images_by_word'";
  const [index] = await connected.query(definition);
  await connected.query(`DROP INDEX image_server.images_by_word; ${KEEP_SEEDS}`);
  const copies = [
    await copyStatement(connected.query, "images", OWN.images),
    await copyStatement(connected.query, "jobs", OWN.jobs),
  ];
  for (let next = 0, from = 0; next <= count; next++) {
    const isSpecial = next % Math.ceil(count / 3) <= 1 || ownerOf(next, count) !== OWNER;
    if (next < count && !isSpecial) continue;
    for (const copy of next > from ? copies : []) {
      await connected.query(copy, from, next - 1, seeds);
    }
    if (next === count) break;
    await write(next, ownerOf(next, count), promptOf(next, count), tagsOf(next, count));
    from = next + 1;
  }
  await connected.query(String(index!.indexdef));
  await connected.query("DROP SCHEMA seeds CASCADE");
  await connected.query("VACUUM ANALYZE"); // as the database does by itself
  return { records, [Symbol.asyncDispose]: () => records.close() };
}

/** The program's rows, out of the way. */
const KEEP_SEEDS = ["images", "jobs"].map((table) => `
  CREATE SCHEMA IF NOT EXISTS seeds;
  CREATE TABLE seeds.${table} AS
    SELECT row_number() OVER (ORDER BY created_at) - 1 AS place, * FROM image_server.${table};
  TRUNCATE image_server.${table} RESTART IDENTITY;
`).join("");

/** The statement that writes rows of the numbers from $1 to $2, in their order, out of $3 seeds. */
async function copyStatement(query: Query, table: string, own: Readonly<Record<string, string>>) {
  const sql = `SELECT column_name AS name FROM information_schema.columns
    WHERE table_schema = 'image_server' AND table_name = $1 AND is_identity = 'NO'`;
  const columns = await query(sql, table);
  const names = columns.map(({ name }) => String(name));
  return `INSERT INTO image_server.${table} (${names.join(", ")})
    SELECT ${names.map((name) => own[name] ?? `seeds.${name}`).join(", ")}
    FROM generate_series($1::bigint, $2::bigint) AS number
    JOIN seeds.${table} AS seeds ON seeds.place = number % $3::bigint ORDER BY number`;
}

const AT = `${START} + number * 1000`;
const NAME = "'img_vendor_' || lpad(number::text, 7, '0')";
/** What is another in each copy. */
const OWN = {
  images: { id: NAME, file_name: `${NAME} || '.png'`, created_at: AT },
  jobs: { id: "'job_' || number", created_at: AT, updated_at: AT },
};
