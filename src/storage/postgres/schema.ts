/** The tables in PostgreSQL, and the steps that bring older ones up to date. */

import { RecordsTooNew } from "../records.ts";
import type { Query } from "./database.ts";

/**
 * Brings the tables up to the newest version within a transaction. Several servers may try at once:
 * each waits for the one before, and finds the work done.
 * @throws {RecordsTooNew} where a newer server has been here; nothing is changed then.
 */
export async function migrate(query: Query): Promise<void> {
  await query("SELECT pg_advisory_xact_lock(hashtextextended('mcp-image-server migration', 0))");
  await query("CREATE SCHEMA IF NOT EXISTS image_server");
  await query("CREATE TABLE IF NOT EXISTS image_server.version (version integer NOT NULL)");
  const [row] = await query("SELECT version FROM image_server.version");
  const version = Number(row?.version ?? 0);
  if (version > MIGRATIONS.length) throw tooNew(version);
  if (version === MIGRATIONS.length) return;
  for (const step of MIGRATIONS.slice(version)) for (const sql of step) await query(sql);
  await query("DELETE FROM image_server.version");
  await query("INSERT INTO image_server.version VALUES ($1)", MIGRATIONS.length);
}

function tooNew(version: number): RecordsTooNew {
  return new RecordsTooNew(
    `The records were written by a newer server (version ${version}, this one knows ` +
      `${MIGRATIONS.length}): update this server, or give it another MCP_DATABASE_URL`,
  );
}

/** Times are milliseconds since 1970. JSON is kept as text, exactly as it was written. */
const FIRST_TABLES = [
  `CREATE TABLE image_server.images (
    position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    id text PRIMARY KEY,
    owner text,
    file_name text NOT NULL UNIQUE,
    provider text NOT NULL,
    model text NOT NULL,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    width integer,
    height integer,
    seed bigint,
    operation text NOT NULL,
    prompt text NOT NULL,
    revised_prompt text,
    parents text NOT NULL,
    parameters text NOT NULL,
    usage text,
    cost text,
    created_at bigint NOT NULL,
    title text,
    tags text NOT NULL DEFAULT '[]',
    favorite integer NOT NULL DEFAULT 0,
    trashed_at bigint,
    words text[] NOT NULL DEFAULT '{}',
    texts text NOT NULL DEFAULT ''
  )`,
  `CREATE INDEX images_by_owner ON image_server.images (owner, position) WHERE trashed_at IS NULL`,
  `CREATE INDEX images_by_trash ON image_server.images (trashed_at) WHERE trashed_at IS NOT NULL`,
  `CREATE INDEX images_by_word ON image_server.images USING gin (words)`,
  `CREATE INDEX images_by_tags ON image_server.images (coalesce(owner, '')) WHERE tags <> '[]'`,
  `CREATE TABLE image_server.jobs (
    id text PRIMARY KEY,
    owner text NOT NULL,
    state text NOT NULL,
    server text NOT NULL,
    provider text NOT NULL,
    message text NOT NULL,
    prompt text NOT NULL,
    image_ids text NOT NULL,
    cancel_requested boolean NOT NULL DEFAULT false,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    calls text NOT NULL,
    outcome text,
    plan text NOT NULL
  )`,
  `CREATE INDEX jobs_at_work ON image_server.jobs (server)
    WHERE state IN ('queued', 'running', 'accepted')`,
  `CREATE INDEX jobs_by_owner ON image_server.jobs (owner, created_at)`,
  `CREATE INDEX jobs_by_change ON image_server.jobs (updated_at)`,
  `CREATE TABLE image_server.inputs (
    hash text PRIMARY KEY,
    media_type text NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    size_bytes bigint NOT NULL,
    noted_at bigint NOT NULL
  )`,
  `CREATE INDEX inputs_by_time ON image_server.inputs (noted_at)`,
  `CREATE TABLE image_server.uploads (
    id text PRIMARY KEY,
    owner text NOT NULL,
    link_hash text UNIQUE,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint,
    received_at bigint,
    hash text,
    media_type text,
    width integer,
    height integer,
    size_bytes bigint,
    changes text
  )`,
  `CREATE INDEX uploads_by_owner ON image_server.uploads (owner, used_at)`,
  `CREATE INDEX uploads_by_time ON image_server.uploads (created_at)`,
  `CREATE INDEX uploads_by_hash ON image_server.uploads (hash)`,
  `CREATE TABLE image_server.servers (
    id text PRIMARY KEY,
    seen_at timestamptz NOT NULL DEFAULT now()
  )`,
];

/** The statements of each version, in order; a released step never changes. */
const MIGRATIONS: readonly (readonly string[])[] = [FIRST_TABLES];
