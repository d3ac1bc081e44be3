/** The tables in PostgreSQL, and the steps that bring older ones up to date. */

import { RecordsTooNew } from "../records/records.ts";
import { lock, type Query } from "./statements.ts";

/**
 * Brings the tables up to the newest version within a transaction. Several servers may try at once:
 * each waits for the one before, and finds the work done.
 * @throws {RecordsTooNew} where a newer server has been here; nothing is changed then.
 */
export async function migrate(query: Query): Promise<void> {
  await lock(query, "migration");
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
  `CREATE INDEX images_by_time ON image_server.images (created_at)`,
  `CREATE INDEX images_by_size ON image_server.images (size_bytes)`,
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
    batch text,
    plan text NOT NULL
  )`,
  `CREATE INDEX jobs_at_work ON image_server.jobs (server)
    WHERE state IN ('queued', 'running', 'accepted')`,
  `CREATE INDEX jobs_by_owner ON image_server.jobs (owner, created_at)
    WHERE batch IS NULL`,
  `CREATE INDEX jobs_by_change ON image_server.jobs (updated_at)`,
  `CREATE TABLE image_server.batches (
    position bigint GENERATED ALWAYS AS IDENTITY,
    id text PRIMARY KEY,
    owner text NOT NULL,
    state text NOT NULL,
    server text NOT NULL,
    title text NOT NULL,
    source text,
    cancel_requested boolean NOT NULL DEFAULT false,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
  )`,
  `CREATE INDEX batches_by_owner ON image_server.batches (owner, created_at)`,
  `CREATE INDEX batches_at_work ON image_server.batches (server) WHERE state = 'running'`,
  `CREATE INDEX batches_by_change ON image_server.batches (updated_at)`,
  `CREATE TABLE image_server.batch_items (
    batch_id text NOT NULL REFERENCES image_server.batches ON DELETE CASCADE,
    number integer NOT NULL,
    label text NOT NULL,
    state text NOT NULL,
    job_id text,
    image_ids text NOT NULL,
    warnings text NOT NULL,
    error text,
    request text NOT NULL,
    PRIMARY KEY (batch_id, number)
  )`,
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
    changes text,
    told text
  )`,
  `CREATE INDEX uploads_by_owner ON image_server.uploads (owner, used_at)`,
  `CREATE INDEX uploads_by_time ON image_server.uploads (created_at)`,
  `CREATE INDEX uploads_by_hash ON image_server.uploads (hash)`,
  `CREATE TABLE image_server.oauth_clients (
    id text PRIMARY KEY,
    metadata text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
  )`,
  `CREATE INDEX oauth_clients_by_end ON image_server.oauth_clients (expires_at, created_at)`,
  `CREATE TABLE image_server.oauth_grants (
    id text PRIMARY KEY,
    client_id text NOT NULL,
    user_name text NOT NULL,
    user_key text NOT NULL,
    scopes text NOT NULL,
    redirect_address text NOT NULL,
    code_hash text NOT NULL UNIQUE,
    code_challenge text NOT NULL,
    code_expires_at bigint NOT NULL,
    is_taken boolean NOT NULL DEFAULT false,
    is_authenticated integer NOT NULL DEFAULT 0,
    family_hash text UNIQUE,
    refresh_tokens text NOT NULL DEFAULT '[]',
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
  )`,
  `CREATE INDEX oauth_grants_by_user
    ON image_server.oauth_grants (user_name, expires_at, created_at)`,
  `CREATE INDEX oauth_grants_by_end ON image_server.oauth_grants (expires_at)`,
  `CREATE TABLE image_server.oauth_used (hash text PRIMARY KEY, expires_at bigint NOT NULL)`,
  `CREATE INDEX oauth_used_by_end ON image_server.oauth_used (expires_at)`,
  `CREATE TABLE image_server.oauth_signing_keys (
    id text PRIMARY KEY,
    private_key text NOT NULL,
    created_at bigint NOT NULL
  )`,
  `CREATE TABLE image_server.servers (
    id text PRIMARY KEY,
    seen_at timestamptz NOT NULL DEFAULT now()
  )`,
];

const TRAINED_MODELS = [
  `CREATE TABLE image_server.trained_models (
    owner text NOT NULL,
    name text NOT NULL,
    provider text NOT NULL,
    model text NOT NULL,
    options text NOT NULL,
    trigger_word text NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (owner, name)
  )`,
];

/** The line of turns at vendors: those that have begun, and those that wait for it. */
const TURNS = [
  `CREATE TABLE image_server.turns (
    position bigint GENERATED ALWAYS AS IDENTITY,
    id text PRIMARY KEY,
    server text NOT NULL,
    caller text NOT NULL,
    provider text NOT NULL,
    provider_limit integer,
    server_limit integer NOT NULL,
    round bigint NOT NULL,
    begun_at timestamptz
  )`,
  `CREATE INDEX turns_that_wait ON image_server.turns (round, position) WHERE begun_at IS NULL`,
  `CREATE INDEX turns_that_run ON image_server.turns (provider, server) WHERE begun_at IS NOT NULL`,
  `CREATE INDEX turns_by_caller ON image_server.turns (caller, round)`,
  `CREATE INDEX turns_by_server ON image_server.turns (server)`,
];

/** What counts for a minute may be lost in a crash, and is written without a log. */
const COMMON = [
  `CREATE TABLE image_server.sessions (
    id text PRIMARY KEY,
    owner text NOT NULL,
    beginning text NOT NULL,
    subscriptions text[] NOT NULL DEFAULT '{}',
    used_at bigint NOT NULL,
    busy_until bigint NOT NULL DEFAULT 0
  )`,
  `CREATE INDEX sessions_by_use ON image_server.sessions (used_at)`,
  `CREATE UNLOGGED TABLE image_server.rates (
    key text PRIMARY KEY,
    free_at double precision NOT NULL
  )`,
  `CREATE INDEX rates_by_end ON image_server.rates (free_at)`,
  `CREATE UNLOGGED TABLE image_server.stream_events (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream text NOT NULL,
    event text NOT NULL,
    put_at timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE INDEX stream_events_in_order ON image_server.stream_events (stream, position)`,
  `CREATE INDEX stream_events_by_time ON image_server.stream_events (put_at)`,
  `CREATE TABLE image_server.secrets (name text PRIMARY KEY, secret text NOT NULL)`,
];

/** Favourites are found without a look at the words of all pictures. */
const FAVORITES = [
  `CREATE INDEX images_by_favorite ON image_server.images (owner, position)
    WHERE trashed_at IS NULL AND favorite = 1`,
];

/** The statements of each version, in order; a released step never changes. */
const MIGRATIONS: readonly (readonly string[])[] = [
  FIRST_TABLES,
  TRAINED_MODELS,
  TURNS,
  COMMON,
  FAVORITES,
];
