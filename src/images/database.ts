/** The one SQLite file beside the pictures, shared by every server on that folder. */

import { join } from "node:path";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";

type DatabaseSync = import("node:sqlite").DatabaseSync;
type Parameter = string | number | null;
export type Row = Readonly<Record<string, unknown>>;

export interface Database extends Disposable {
  /** False when records live in memory only, since the folder cannot hold them. */
  readonly isDurable: boolean;
  /** Reads; other processes' writers never hold it up. */
  all(sql: string, ...parameters: Parameter[]): readonly Row[];
  get(sql: string, ...parameters: Parameter[]): Row | undefined;
  /** Writes once and tells how many rows changed; throws while another process is writing. */
  runNow(sql: string, ...parameters: Parameter[]): number;
  /** Writes, waiting up to 30 s for other processes without ever blocking this one. */
  run(sql: string, ...parameters: Parameter[]): Promise<number>;
  /** Tries `work` until no other process is in its way, for up to 30 s. */
  whenFree<T>(work: () => T): Promise<T>;
}

/** How long one attempt may block this process, in milliseconds. */
const BUSY_TIMEOUT = 20;
const BUSY_DEADLINE = 30_000;
const BUSY_PAUSE = 50;

/**
 * Opens (or creates) `records.sqlite` in `folder`. A corrupt file is moved
 * aside with a word in the log; where the folder is unusable, records live in
 * memory until the process ends.
 */
export async function openDatabase(folder: string, log: Logger): Promise<Database> {
  // Loaded here, not on top, since a server that is only asked for its tools never needs it.
  const { DatabaseSync } = await import("node:sqlite");
  const path = join(folder, "records.sqlite");
  const open = (place: string) => prepare(new DatabaseSync(place, { timeout: BUSY_TIMEOUT }));
  try {
    return wrap(await retryWhileBusy(() => open(path)), true);
  } catch (error) {
    if (!isCorrupt(error)) return wrap(inMemory(error), false);
    const aside = `${path}.corrupt-${Date.now()}`;
    moveAside(path, aside);
    log.error("The records database was corrupt and has been moved aside; pictures are untouched", {
      moved_to: aside,
      reason: messageOf(error),
    });
    return wrap(open(path), true);
  }

  function inMemory(error: unknown): DatabaseSync {
    log.warning("Records are kept in memory only, since the folder cannot hold them", {
      folder,
      reason: messageOf(error),
    });
    return open(":memory:");
  }
}

/** Whether another process held the database for too long. */
export function isBusy(error: unknown): boolean {
  return /database is locked|database table is locked|database is busy/i.test(messageOf(error));
}

function isCorrupt(error: unknown): boolean {
  return /not a database|malformed|corrupt/i.test(messageOf(error));
}

function prepare(database: DatabaseSync): DatabaseSync {
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    database.exec(SCHEMA);
    database.prepare("SELECT count(*) FROM images").get();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function wrap(database: DatabaseSync, isDurable: boolean): Database {
  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  const statement = (sql: string) => {
    const known = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  const runNow = (sql: string, ...parameters: Parameter[]) =>
    Number(statement(sql).run(...parameters).changes);
  return {
    isDurable,
    all: (sql, ...parameters) => statement(sql).all(...parameters) as Row[],
    get: (sql, ...parameters) => statement(sql).get(...parameters) as Row | undefined,
    runNow,
    run: (sql, ...parameters) => retryWhileBusy(() => runNow(sql, ...parameters)),
    whenFree: retryWhileBusy,
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
      await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE));
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

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS images (
    id TEXT PRIMARY KEY,
    file_name TEXT NOT NULL UNIQUE,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    seed INTEGER,
    prompt TEXT NOT NULL,
    revised_prompt TEXT,
    parameters TEXT NOT NULL,
    usage TEXT,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    state TEXT NOT NULL,
    runner TEXT NOT NULL,
    provider TEXT NOT NULL,
    message TEXT NOT NULL,
    wish TEXT NOT NULL,
    parts TEXT NOT NULL,
    outcome TEXT,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, runner);
  CREATE INDEX IF NOT EXISTS jobs_by_time ON jobs (created_at);
`;
