/** The tables of the local records, and the steps that bring older ones up to date. */

import { RecordsTooNew } from "../records/records.ts";
import { addAuthorization } from "./authorization_tables.ts";
import { planOf } from "./first_plans.ts";
import { indexedWords } from "../rows/indexed_words.ts";
import { addTrainedModels } from "./trained_models.ts";

type DatabaseSync = import("node:sqlite").DatabaseSync;
type Row = Readonly<Record<string, unknown>>;

/**
 * Brings a database up to the newest version, each step whole or not at all. Two servers may try
 * at once: the second finds the work done.
 * @throws {RecordsTooNew} where a newer server has been here; nothing is changed then.
 */
export function migrate(database: DatabaseSync): void {
  if (versionOf(database) === MIGRATIONS.length) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    const version = versionOf(database);
    if (version > MIGRATIONS.length) throw tooNew(version);
    for (const step of MIGRATIONS.slice(version)) step(database);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

function versionOf(database: DatabaseSync): number {
  return Number((database.prepare("PRAGMA user_version").get() as Row).user_version);
}

function tooNew(version: number): RecordsTooNew {
  return new RecordsTooNew(
    `The records were written by a newer server (version ${version}, this one knows ` +
      `${MIGRATIONS.length}): update this server, or give it another MCP_IMAGE_SAVE_DIR`,
  );
}

/** One step for each version, in order; a released step never changes. */
const MIGRATIONS: readonly ((database: DatabaseSync) => void)[] = [
  createFirstTables,
  addOwnersInputsAndPlans,
  keepSearchesAndListsShort,
  addUploads,
  addNotesAndTrash,
  addAuthorization,
  addBatches,
  addToldAndSizes,
  addTrainedModels,
  addOriginalPaths,
  addFavorites,
  addWholeWords,
];

/** As the first servers made them, which wrote no version. */
function createFirstTables(database: DatabaseSync): void {
  database.exec(`
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
  `);
}

/** Pictures from before have no owner, and stay everybody's. */
function addOwnersInputsAndPlans(database: DatabaseSync): void {
  database.exec(`
    ALTER TABLE images ADD COLUMN owner TEXT;
    ALTER TABLE images ADD COLUMN operation TEXT NOT NULL DEFAULT 'generate';
    ALTER TABLE images ADD COLUMN parents TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE images ADD COLUMN cost TEXT;
    CREATE INDEX images_by_owner ON images (owner);

    ALTER TABLE jobs RENAME COLUMN runner TO server;
    ALTER TABLE jobs RENAME COLUMN wish TO plan;
    ALTER TABLE jobs RENAME COLUMN parts TO calls;
    ALTER TABLE jobs ADD COLUMN prompt TEXT NOT NULL DEFAULT '';
    DROP INDEX jobs_by_time;
    CREATE INDEX jobs_by_owner ON jobs (owner, created_at);

    CREATE TABLE inputs (
      hash TEXT PRIMARY KEY,
      media_type TEXT NOT NULL,
      width INTEGER NOT NULL,
      height INTEGER NOT NULL,
      size_bytes INTEGER NOT NULL,
      noted_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX inputs_by_time ON inputs (noted_at);
  `);
  const update = database.prepare("UPDATE jobs SET plan = ?, prompt = ? WHERE id = ?");
  for (const row of database.prepare("SELECT id, provider, plan FROM jobs").all() as Row[]) {
    const args = JSON.parse(String(row.plan)) as Row;
    const prompt = String(args.prompt ?? "");
    update.run(JSON.stringify(planOf(args, prompt, row)), prompt.slice(0, 200), String(row.id));
  }
}

/**
 * The index of words knows owners, and has the newest picture first by its negative row: forwards
 * it is read several times faster. A job's long columns stand behind those that lists read. A later
 * step fills the index.
 */
function keepSearchesAndListsShort(database: DatabaseSync): void {
  database.exec(`
    DROP TABLE IF EXISTS image_words;
    CREATE VIRTUAL TABLE image_words USING fts5(words, content='', contentless_delete=1, prefix='1');

    ALTER TABLE jobs RENAME TO old_jobs;
    CREATE TABLE jobs (
      id TEXT PRIMARY KEY,
      owner TEXT NOT NULL,
      state TEXT NOT NULL,
      server TEXT NOT NULL,
      provider TEXT NOT NULL,
      message TEXT NOT NULL,
      prompt TEXT NOT NULL DEFAULT '',
      cancel_requested INTEGER NOT NULL DEFAULT 0,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      calls TEXT NOT NULL,
      outcome TEXT,
      plan TEXT NOT NULL
    ) STRICT;
    INSERT INTO jobs SELECT id, owner, state, server, provider, message, prompt, cancel_requested,
      created_at, updated_at, calls, outcome, plan FROM old_jobs;
    DROP TABLE old_jobs;
    CREATE INDEX jobs_by_state ON jobs (state, server);
    CREATE INDEX jobs_by_owner ON jobs (owner, created_at);
    CREATE INDEX jobs_by_change ON jobs (updated_at);
  `);
}

function addUploads(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE uploads (
      id TEXT PRIMARY KEY,
      owner TEXT NOT NULL,
      link_hash TEXT UNIQUE,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      used_at INTEGER,
      received_at INTEGER,
      hash TEXT,
      media_type TEXT,
      width INTEGER,
      height INTEGER,
      size_bytes INTEGER,
      changes TEXT
    ) STRICT;
    CREATE INDEX uploads_by_owner ON uploads (owner, used_at);
    CREATE INDEX uploads_by_time ON uploads (created_at);
    CREATE INDEX uploads_by_hash ON uploads (hash);
  `);
}

/** What people note of pictures, the trash, and an index of words that knows all that is searched for. */
function addNotesAndTrash(database: DatabaseSync): void {
  database.exec(`
    ALTER TABLE images ADD COLUMN title TEXT;
    ALTER TABLE images ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE images ADD COLUMN favorite INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE images ADD COLUMN trashed_at INTEGER;
    DROP INDEX images_by_owner;
    CREATE INDEX images_by_owner ON images (owner) WHERE trashed_at IS NULL;
    CREATE INDEX images_by_trash ON images (trashed_at) WHERE trashed_at IS NOT NULL;
    CREATE INDEX images_by_time ON images (created_at);
    CREATE TABLE tags (
      owner TEXT NOT NULL,
      tag TEXT NOT NULL,
      uses INTEGER NOT NULL,
      PRIMARY KEY (owner, tag)
    ) STRICT, WITHOUT ROWID;
    DROP TABLE image_words;
    CREATE VIRTUAL TABLE image_words USING fts5(words, content='', contentless_delete=1, prefix='1');
  `);
  const index = database.prepare("INSERT INTO image_words (rowid, words) VALUES (?, ?)");
  const images = database.prepare("SELECT rowid, * FROM images ORDER BY rowid DESC");
  for (const row of images.iterate() as Iterable<Row>) {
    index.run(-Number(row.rowid), indexedWords(row));
  }
}

/**
 * Lists leave out the jobs of batches, which are many: an index that has none of them spares their
 * rows, whose last column stands behind long ones.
 */
function addBatches(database: DatabaseSync): void {
  database.exec(`
    ALTER TABLE jobs ADD COLUMN batch TEXT;
    DROP INDEX jobs_by_owner;
    CREATE INDEX jobs_by_owner ON jobs (owner, created_at) WHERE batch IS NULL;
    CREATE TABLE batches (
      id TEXT PRIMARY KEY,
      owner TEXT NOT NULL,
      state TEXT NOT NULL,
      server TEXT NOT NULL,
      title TEXT NOT NULL,
      source TEXT,
      cancel_requested INTEGER NOT NULL DEFAULT 0,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX batches_by_owner ON batches (owner, created_at);
    CREATE INDEX batches_at_work ON batches (server) WHERE state = 'running';
    CREATE INDEX batches_by_change ON batches (updated_at);
    CREATE TABLE batch_items (
      batch_id TEXT NOT NULL,
      number INTEGER NOT NULL,
      label TEXT NOT NULL,
      state TEXT NOT NULL,
      job_id TEXT,
      image_ids TEXT NOT NULL,
      warnings TEXT NOT NULL,
      error TEXT,
      request TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX batch_items_by_number ON batch_items (batch_id, number);
    CREATE INDEX batch_items_by_state ON batch_items (batch_id, state);
  `);
}

/** What uploads told before they came in, and an index that sums up what all pictures take. */
function addToldAndSizes(database: DatabaseSync): void {
  database.exec(`
    ALTER TABLE uploads ADD COLUMN told TEXT;
    CREATE INDEX images_by_size ON images (size_bytes);
  `);
}

/** Files that lie outside the library take none of its room. */
function addOriginalPaths(database: DatabaseSync): void {
  database.exec(`
    ALTER TABLE images ADD COLUMN original_path TEXT;
    DROP INDEX images_by_size;
    CREATE INDEX images_by_size ON images (size_bytes) WHERE original_path IS NULL;
  `);
}

/** A favourite is found without a look at the words of all pictures. */
function addFavorites(database: DatabaseSync): void {
  database.exec(`
    CREATE INDEX images_by_favorite ON images (owner) WHERE trashed_at IS NULL AND favorite = 1;
  `);
}

/**
 * A rare word is found by itself, and the words that contain a part by their endings. Pictures from
 * before, and those that an older server on the same file still writes or changes, have not these
 * notes in `indexed_notes`: until upkeep has seen to them, searches compare pairs of letters.
 */
function addWholeWords(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE word_parts (
      part TEXT NOT NULL,
      word TEXT NOT NULL,
      PRIMARY KEY (part, word)
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE images ADD COLUMN indexed_notes TEXT;
    CREATE INDEX images_without_words ON images (favorite)
      WHERE indexed_notes IS NOT coalesce(title, '') || tags || favorite || coalesce(trashed_at, '');
  `);
}
