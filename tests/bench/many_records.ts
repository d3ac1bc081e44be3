/** A folder of records as a server has it after long use, filled in one transaction. */

import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { silentLogger } from "../../src/log.ts";
import type { Database } from "../../src/storage/local/database.ts";
import { SqliteImageRecords } from "../../src/storage/local/sqlite_image_records.ts";
import { SqliteJobRecords } from "../../src/storage/local/sqlite_job_records.ts";
import { openSqliteRecords } from "../../src/storage/local/sqlite_records.ts";
import type { ImageRecord, ImageSource, JobRecord } from "../../src/storage/records/records.ts";

/** What a search finds in the filled records. */
export const WORDS = {
  /** In every prompt. */
  common: "harbour",
  /** In three prompts, the oldest among them, though each of its pairs of letters is common. */
  rare: "lanternfish",
  /** In every tenth prompt. */
  chinese: "竹林",
  letter: "q",
  /** Of three pictures, and of every tenth. */
  rareTag: "client-a",
  tag: "draft",
  /** Of all of them. */
  provider: "vendor",
};

/** Whose records they are, nearly all of them; the other one has as few at any count. */
export const OWNER = "";
export const RARE_OWNER = "ann";
/** Pictures of `RARE_OWNER`, spread over all the time. */
const RARE_PICTURES = 20;
export const START = 1_800_000_000_000;

/** Writes `count` pictures, each with its finished job, into `folder`; the schema is the server's own. */
export async function fillRecords(folder: string, count: number): Promise<void> {
  await (await openSqliteRecords(folder, silentLogger, Date.now)).close();
  using database = new DatabaseSync(join(folder, "records.sqlite"));
  const clock = { now: START };
  const inOneTransaction = unbracketed(database);
  const images = new SqliteImageRecords(inOneTransaction, () => clock.now);
  const jobs = new SqliteJobRecords(inOneTransaction, () => clock.now);
  database.exec("BEGIN");
  for (let index = 0; index < count; index++) {
    clock.now = START + index * 1_000;
    const prompt = promptOf(index, count);
    const owner = ownerOf(index, count);
    await images.save(imageOf(index, owner), sourceOf(prompt));
    const [tags, isFavorite] = [tagsOf(index, count), isFavoriteAt(index)];
    if (tags.length > 0 || isFavorite) {
      await images.annotate(imageId(index), owner, { tags, isFavorite });
    }
    await jobs.save(jobOf(index, owner, prompt, clock.now), "a server long gone");
  }
  database.exec("COMMIT");
}

/** The name of the picture that was saved as number `index`. */
export function imageId(index: number): string {
  return `img_vendor_${String(index).padStart(7, "0")}`;
}

export function fileName(index: number): string {
  return `${imageId(index)}.png`;
}

export function ownerOf(index: number, count: number): string {
  return index % Math.ceil(count / RARE_PICTURES) === 0 ? RARE_OWNER : OWNER;
}

/** The database without transactions of its own, so that all that is written counts as one. */
function unbracketed(database: DatabaseSync): Database {
  const statements = new Map<string, StatementSync>();
  const run = (sql: string, parameters: readonly (string | number | null)[]) => {
    const known = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, known);
    const { lastInsertRowid, changes } = known.run(...parameters);
    return { rowid: Number(lastInsertRowid), changes: Number(changes) };
  };
  const never = () => Promise.reject(new Error("Nothing is read while records are filled"));
  return {
    isDurable: true,
    all: never,
    get: never,
    run: (sql, parameters) => Promise.resolve(run(sql, parameters()).changes),
    transact: (work) =>
      Promise.resolve(work(
        (sql, ...parameters) => run(sql, parameters),
        (sql, ...parameters) => database.prepare(sql).get(...parameters),
      )),
    [Symbol.dispose]: () => {},
  };
}

export function tagsOf(index: number, count: number): readonly string[] {
  return [
    ...index % 10 === 7 ? [WORDS.tag] : [],
    ...index % Math.ceil(count / 3) === 1 ? [WORDS.rareTag] : [],
  ];
}

/** A page of them at any count. */
export function isFavoriteAt(index: number): boolean {
  return index % 10 === 9;
}

export function promptOf(index: number, count: number): string {
  const words = Array.from({ length: 12 }, (_, place) => wordAt(index * 12 + place));
  if (index % Math.ceil(count / 3) === 0) words.push(WORDS.rare);
  const chinese = index % 10 === 3 ? `，雨中的${WORDS.chinese}小路，水墨画` : "";
  return `a ${WORDS.common} with ${words.join(" ")}${chinese}`;
}

/** The same word for the same number, evenly out of all of them. */
function wordAt(number: number): string {
  return VOCABULARY[(Math.imul(number + 1, 2_654_435_761) >>> 8) % VOCABULARY.length]!;
}

const VOCABULARY = (
  "lantern starfish window garden mountain river evening morning light shadow quiet golden silver " +
  "forest winter summer bridge castle market boat sailor fisher lamp stone tower meadow flower " +
  "rain storm cloud moon sun cat dog fox owl bear horse street city village roof door path field " +
  "orchard apple pear plum cherry wooden iron glass paper water fire smoke mist snow ice sand " +
  "watercolour oil pencil ink poster photo portrait landscape still wide close soft bright dark " +
  "anise tern ern fish ish ante lan"
).split(" ");

export function imageOf(index: number, owner: string): ImageRecord & { readonly fileName: string } {
  return {
    id: imageId(index),
    owner,
    provider: "vendor",
    model: "model-1",
    mediaType: "image/png",
    sizeBytes: 1_500_000,
    width: 1024,
    height: 1024,
    seed: index,
    revisedPrompt: null,
    fileName: fileName(index),
    saveError: null,
  };
}

export function sourceOf(prompt: string): ImageSource {
  return { operation: "generate", prompt, parents: [], parameters: { size: "1024x1024" } };
}

export function jobOf(index: number, owner: string, prompt: string, createdAt: number): JobRecord {
  const request = { operation: "generate" as const, prompt, inputs: [], count: 1, options: {} };
  return {
    id: `job_${index}`,
    owner,
    plan: {
      request: { ...request, providerNames: [] },
      attempts: [{ provider: "vendor", request, warnings: [] }],
    },
    createdAt,
    state: "finished",
    provider: "vendor",
    message: "Finished",
    calls: [{ provider: "vendor", imageIds: [imageId(index)], state: "stored" }],
    outcome: { imageIds: [imageId(index)], warnings: [] },
  };
}
