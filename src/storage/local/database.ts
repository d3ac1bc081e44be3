/** The one SQLite file beside the pictures, shared by every server on that folder. */

import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import { cut } from "../../printable.ts";
import { sleep } from "../../sleep.ts";
import { RecordsTooNew } from "../records/records.ts";
import { migrate } from "./schema.ts";

type DatabaseSync = import("node:sqlite").DatabaseSync;
type Parameter = string | number | null;
export type Row = Readonly<Record<string, unknown>>;

export interface Database extends Disposable {
  /** False when records live in memory only, since the folder cannot hold them. */
  readonly isDurable: boolean;
  /** Reads; like the others it waits up to 30 s for other processes, without blocking this one. */
  all(sql: string, ...parameters: Parameter[]): Promise<readonly Row[]>;
  get(sql: string, ...parameters: Parameter[]): Promise<Row | undefined>;
  /** Writes, with the parameters as they are once it can; tells how many rows changed. */
  run(sql: string, parameters: () => readonly Parameter[]): Promise<number>;
  /** Writes in several statements that count together or not at all. */
  transact<T>(work: (write: Write, read: Read) => T): Promise<T>;
}

/** One statement of a transaction; tells the row it made and how many it changed. */
export type Write = (
  sql: string,
  ...parameters: Parameter[]
) => { readonly rowid: number; readonly changes: number };

/** Reads one row within a transaction. */
export type Read = (sql: string, ...parameters: Parameter[]) => Row | undefined;

/** The file's name. */
export const RECORDS = "records.sqlite";

/** How long another process may hold the database before that is an error, in milliseconds. */
const BUSY_DEADLINE = 30_000;
const BUSY_PAUSE = 25;
/** Files up to this size are checked when they are opened. */
const CHECKED_BYTES = 16 * 1024 * 1024;

/**
 * Opens (or creates) `records.sqlite` in `folder`. A corrupt file is moved
 * aside with a word in the log; where the folder is unusable, records live in
 * memory until the process ends.
 * @throws {RecordsTooNew} when a newer server wrote the file.
 * @throws when another process holds the file for longer than 30 s.
 */
export async function openDatabase(folder: string, log: Logger): Promise<Database> {
  // Loaded here, not on top, since a server that is only asked for its tools never needs it.
  const { DatabaseSync } = await import("node:sqlite");
  const path = join(folder, RECORDS);
  // Without a time limit of SQLite's own, which would block every other request of this process.
  const open = (place: string) => prepare(new DatabaseSync(place, { timeout: 0 }));
  try {
    return wrap(await openOrReplace(folder, path, () => open(path), log), true);
  } catch (error) {
    if (isBusy(error) || error instanceof RecordsTooNew) throw error;
    log.warning("Records are kept in memory only, since the folder cannot hold them", {
      folder,
      reason: messageOf(error),
    });
    return wrap(open(":memory:"), false);
  }
}

function isBusy(error: unknown): boolean {
  return /database (table )?is (locked|busy)/i.test(messageOf(error));
}

function isCorrupt(error: unknown): boolean {
  return /not a database|malformed/i.test(messageOf(error));
}

async function openOrReplace(
  folder: string,
  path: string,
  open: () => DatabaseSync,
  log: Logger,
): Promise<DatabaseSync> {
  try {
    return await retryWhileBusy(open);
  } catch (error) {
    if (!isCorrupt(error)) throw error;
  }
  // Two servers that start at once must not move each other's new file away.
  using lock = await Deno.open(join(folder, "repair.lock"), {
    create: true,
    write: true,
    mode: 0o600,
  });
  await lock.lock(true);
  try {
    return await retryWhileBusy(open);
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    const aside = `${path}.corrupt-${Date.now()}`;
    moveAside(path, aside);
    log.error("The records database was corrupt and has been moved aside; pictures are untouched", {
      moved_to: aside,
      reason: messageOf(error),
    });
    return open();
  }
}

/** @throws when the file is no sound database; it is closed then. */
function prepare(database: DatabaseSync): DatabaseSync {
  try {
    database.exec("PRAGMA trusted_schema = OFF");
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    checkPages(database);
    refuseTriggers(database);
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Reads every page, so a large file is trusted: everything else would wait for that. Each table is
 * asked for by itself, since the check of the whole takes five times as long for what its index of
 * words means.
 */
function checkPages(database: DatabaseSync): void {
  const valueOf = (pragma: string) =>
    Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
  if (Number(valueOf("page_count")) * Number(valueOf("page_size")) > CHECKED_BYTES) return;
  const stored = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0";
  for (const { name } of database.prepare(stored).all() as Row[]) {
    const finding = valueOf(`quick_check('${name}')`);
    if (finding !== "ok") throw new Error(`The database is malformed: ${finding}`);
  }
}

/** No server made one: in a file of unknown origin it would change what this one writes. */
function refuseTriggers(database: DatabaseSync): void {
  const sql = "SELECT name FROM sqlite_schema WHERE type IN ('trigger', 'view') LIMIT 1";
  const found = database.prepare(sql).get();
  if (found) {
    throw new Error(`The database is malformed: it holds '${cut(String(found.name), 50)}'`);
  }
}

function wrap(database: DatabaseSync, isDurable: boolean): Database {
  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  const statement = (sql: string) => {
    const known = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  return {
    isDurable,
    all: (sql, ...parameters) =>
      retryWhileBusy(() => statement(sql).all(...parameters) as readonly Row[]),
    get: (sql, ...parameters) =>
      retryWhileBusy(() => statement(sql).get(...parameters) as Row | undefined),
    run: (sql, parameters) =>
      retryWhileBusy(() => Number(statement(sql).run(...parameters()).changes)),
    transact: (work) =>
      retryWhileBusy(() => {
        database.exec("BEGIN IMMEDIATE");
        try {
          const result = work((sql, ...parameters) => {
            const { lastInsertRowid, changes } = statement(sql).run(...parameters);
            return { rowid: Number(lastInsertRowid), changes: Number(changes) };
          }, (sql, ...parameters) => statement(sql).get(...parameters) as Row | undefined);
          database.exec("COMMIT");
          return result;
        } catch (error) {
          database.exec("ROLLBACK");
          throw error;
        }
      }),
    [Symbol.dispose]: () => database.close(),
  };
}

async function retryWhileBusy<T>(work: () => T): Promise<T> {
  const deadline = performance.now() + BUSY_DEADLINE;
  while (true) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      await sleep(BUSY_PAUSE);
    }
  }
}

/** The write-ahead log belongs to the file it was written for, so it moves along. */
function moveAside(path: string, aside: string): void {
  for (const suffix of ["", "-wal", "-shm"]) {
    try {
      Deno.renameSync(path + suffix, aside + suffix);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}
