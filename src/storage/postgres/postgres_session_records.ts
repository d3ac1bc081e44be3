import type {
  HeldPlaces,
  PlaceRule,
  SessionRecord,
  SessionRecords,
  SessionTimes,
} from "../records/common_records.ts";
import type { Database, Row } from "./database.ts";
import { lock, type Query, storable } from "./statements.ts";

export class PostgresSessionRecords implements SessionRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async begin(
    { id, owner, beginning }: Omit<SessionRecord, "subscriptions">,
    times: SessionTimes,
    rule: PlaceRule,
  ): Promise<{ readonly isBegun: boolean; readonly ended?: string }> {
    return await this.#database.transact(async (query) => {
      // Two that begin at once would both see room for one.
      await lock(query, "sessions");
      await query(`DELETE FROM image_server.sessions WHERE ${IS_OVER}`, ...valuesOf(times));
      const { held, owners } = await placesIn(query);
      let ended: string | undefined;
      if (!rule.hasRoom(owner, held)) {
        const above = owners.filter((each) => each !== storable(owner) && rule.isAbove(each, held));
        ended = await longestIdle(query, [storable(owner)], times) ??
          await longestIdle(query, above, times);
        if (ended === undefined) return { isBegun: false };
        await query("DELETE FROM image_server.sessions WHERE id = $1", ended);
      }
      await query(
        `INSERT INTO image_server.sessions (id, owner, beginning, used_at) VALUES ($1, $2, $3, $4)`,
        ...[id, storable(owner), storable(JSON.stringify(beginning)), times.at],
      );
      return { isBegun: true, ...ended !== undefined && { ended } };
    });
  }

  async use(
    id: string,
    owner: string,
    times: SessionTimes,
  ): Promise<SessionRecord | undefined> {
    const sql = `UPDATE image_server.sessions SET used_at = greatest(used_at, $1::bigint)
      WHERE NOT (${IS_OVER}) AND id = $3 AND owner = $4
      RETURNING id, owner, beginning, ${SUBSCRIPTIONS}`;
    const values = [...valuesOf(times), storable(id), storable(owner)];
    const [row] = await this.#database.query(sql, ...values);
    return row && {
      id: String(row.id),
      owner: String(row.owner),
      beginning: JSON.parse(String(row.beginning)),
      subscriptions: subscriptionsIn(row),
    };
  }

  async touch(
    ids: readonly string[],
    { at, busyUntil = 0 }: { readonly at: number; readonly busyUntil?: number },
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    // In one order, so that servers at work on the same ones do not wait for each other in a ring.
    const sql = `UPDATE image_server.sessions SET used_at = greatest(used_at, $2::bigint),
        busy_until = greatest(busy_until, $3::bigint)
      WHERE id IN (SELECT id FROM image_server.sessions
        WHERE id IN (SELECT json_array_elements_text($1::text::json)) ORDER BY id FOR UPDATE)
      RETURNING id, ${SUBSCRIPTIONS}`;
    const rows = await this.#database.query(sql, JSON.stringify(ids), at, busyUntil);
    return new Map(rows.map((row) => [String(row.id), subscriptionsIn(row)]));
  }

  async subscribe(id: string, address: string): Promise<void> {
    const sql = `UPDATE image_server.sessions
      SET subscriptions = array_append(array_remove(subscriptions, $2), $2) WHERE id = $1`;
    await this.#database.query(sql, id, storable(address));
  }

  async unsubscribe(id: string, address: string): Promise<void> {
    const sql = `UPDATE image_server.sessions
      SET subscriptions = array_remove(subscriptions, $2) WHERE id = $1`;
    await this.#database.query(sql, id, storable(address));
  }

  async end(id: string): Promise<void> {
    await this.#database.query("DELETE FROM image_server.sessions WHERE id = $1", id);
  }

  async endIdle(times: SessionTimes): Promise<void> {
    const sql = `DELETE FROM image_server.sessions WHERE ${IS_OVER}`;
    await this.#database.query(sql, ...valuesOf(times));
  }
}

async function placesIn(query: Query): Promise<{ held: HeldPlaces; owners: readonly string[] }> {
  const rows = await query("SELECT owner, count(*) FROM image_server.sessions GROUP BY owner");
  const counts = new Map(rows.map((row) => [String(row.owner), Number(row.count)]));
  const taken = counts.values().reduce((sum, count) => sum + count, 0);
  const held = { taken, heldBy: (owner: string) => counts.get(owner) ?? 0 };
  return { held, owners: [...counts.keys()] };
}

async function longestIdle(
  query: Query,
  owners: readonly string[],
  { at }: SessionTimes,
): Promise<string | undefined> {
  const sql = `SELECT id FROM image_server.sessions WHERE busy_until < $1
    AND owner IN (SELECT json_array_elements_text($2::text::json)) ORDER BY used_at LIMIT 1`;
  const [row] = await query(sql, at, JSON.stringify(owners));
  return row && String(row.id);
}

function valuesOf({ at, idleBefore }: SessionTimes): readonly [number, number] {
  return [at, idleBefore];
}

function subscriptionsIn(row: Row): readonly string[] {
  return JSON.parse(String(row.subscriptions));
}

const IS_OVER = "busy_until < $1::bigint AND used_at < $2::bigint";
const SUBSCRIPTIONS = "to_json(subscriptions)::text AS subscriptions";
