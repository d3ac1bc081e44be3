import type { CommonRecords, RateRecords, StreamRecords } from "../records/common_records.ts";
import type { Database } from "./database.ts";
import { storable } from "./statements.ts";
import { PostgresSessionRecords } from "./postgres_session_records.ts";

export class PostgresCommonRecords implements CommonRecords {
  readonly #database: Database;
  readonly sessions: PostgresSessionRecords;
  readonly rates: RateRecords;
  readonly streams: StreamRecords;

  constructor(database: Database) {
    this.#database = database;
    this.sessions = new PostgresSessionRecords(database);
    this.rates = new PostgresRateRecords(database);
    this.streams = new PostgresStreamRecords(database);
  }

  async secret(name: string): Promise<Uint8Array> {
    const made = crypto.getRandomValues(new Uint8Array(32)).toBase64();
    const sql = `INSERT INTO image_server.secrets (name, secret) VALUES ($1, $2)
      ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING secret`;
    const [row] = await this.#database.query(sql, name, made);
    return Uint8Array.fromBase64(String(row!.secret));
  }
}

/**
 * By the time from which on all that was counted is forgiven; each that comes moves it on by its part
 * of the period (the generic cell rate algorithm). It is the database's clock that counts.
 */
class PostgresRateRecords implements RateRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async take(key: string, most: number, period: number): Promise<number> {
    const each = period / most;
    const sql = `INSERT INTO image_server.rates AS rate (key, free_at)
      VALUES ($1, ${NOW} + $2::float8)
      ON CONFLICT (key) DO UPDATE SET free_at = greatest(rate.free_at, ${NOW}) + $2::float8
      WHERE rate.free_at + $2::float8 - ${NOW} <= $3::float8
      RETURNING free_at`;
    const taken = await this.#database.query(sql, key, each, period + ROUNDING);
    if (taken.count > 0) return 0;
    const wait = `SELECT free_at - ${NOW} AS wait FROM image_server.rates WHERE key = $1`;
    const [row] = await this.#database.query(wait, key);
    return Math.max(1, Number(row?.wait ?? 0) + each - period);
  }

  async tidy(): Promise<void> {
    await this.#database.query(`DELETE FROM image_server.rates WHERE free_at < ${NOW}`);
  }
}

class PostgresStreamRecords implements StreamRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async put(stream: string, event: string): Promise<void> {
    const sql = "INSERT INTO image_server.stream_events (stream, event) VALUES ($1, $2)";
    await this.#database.query(sql, stream, storable(event));
    await this.#database.query(`DELETE FROM image_server.stream_events WHERE ${IS_LEFT_BEHIND}`);
  }

  async take(stream: string): Promise<string | undefined> {
    const sql = `DELETE FROM image_server.stream_events WHERE position = (
      SELECT min(position) FROM image_server.stream_events WHERE stream = $1) RETURNING event`;
    const [row] = await this.#database.query(sql, stream);
    return row && String(row.event);
  }
}

/** Whoever waited for such an event is gone. */
const IS_LEFT_BEHIND = "put_at < now() - interval '5 minutes'";
/** Milliseconds since 1970. */
const NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::float8";
/** In milliseconds. */
const ROUNDING = 1;
