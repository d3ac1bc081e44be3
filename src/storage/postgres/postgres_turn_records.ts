import type {
  Load,
  NewTurn,
  OwnTurn,
  Turn,
  TurnChanges,
  TurnRecords,
} from "../records/turn_records.ts";
import type { Database } from "./database.ts";
import { IS_SEEN } from "./database_lease.ts";
import { lock, type Parameter, type Query, type Row, storable } from "./statements.ts";

/**
 * The line of all servers in one table. One server at a time changes it, under a lock that ends
 * with its transaction, so that what it counts holds while it lets others begin.
 */
export class PostgresTurnRecords implements TurnRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async enter(turn: NewTurn, maxWaiting: number): Promise<TurnChanges> {
    const { id, server, caller, provider, providerLimit = null, serverLimit } = turn;
    const name = storable(caller);
    return await this.#change(async (query) => {
      await query(ENTER, id, server, name, provider, providerLimit, serverLimit);
      const begun = await letBegin(query);
      if (begun.some((each) => each.id === id)) return { begun, turnedAway: [] };
      return { begun, turnedAway: (await query(TURN_AWAY, id, name, maxWaiting)).map(turnOf) };
    });
  }

  async leave(ids: readonly string[]): Promise<TurnChanges> {
    return await this.#remove("id = ANY (string_to_array($1, ' '))", ids.join(" "));
  }

  async leaveAll(server: string): Promise<TurnChanges> {
    return await this.#remove("server = $1", server);
  }

  async of(server: string): Promise<readonly OwnTurn[]> {
    const sql = `SELECT id, place FROM (
        SELECT id, server, CASE WHEN begun_at IS NULL
          THEN row_number() OVER (PARTITION BY begun_at IS NULL ORDER BY round, position)
        END AS place FROM image_server.turns
      ) AS turns WHERE server = $1`;
    return (await this.#database.query(sql, server)).map(({ id, place }) => ({
      id: String(id),
      place: place === null ? undefined : Number(place),
    }));
  }

  async silentServers(): Promise<readonly string[]> {
    const sql = `SELECT DISTINCT server FROM image_server.turns WHERE NOT ${OF_SEEN_SERVER}`;
    return (await this.#database.query(sql)).map(({ server }) => String(server));
  }

  async load(): Promise<Load> {
    const sql = `SELECT count(begun_at) AS running, count(*) - count(begun_at) AS waiting
      FROM image_server.turns WHERE ${OF_SEEN_SERVER}`;
    const [row] = await this.#database.query(sql);
    return { running: Number(row?.running), waiting: Number(row?.waiting) };
  }

  #remove(condition: string, value: Parameter): Promise<TurnChanges> {
    return this.#change(async (query) => {
      await query(`DELETE FROM image_server.turns WHERE ${condition}`, value);
      return { begun: await letBegin(query), turnedAway: [] };
    });
  }

  #change(work: (query: Query) => Promise<TurnChanges>): Promise<TurnChanges> {
    return this.#database.transact(async (query) => {
      await lock(query, "turns");
      return await work(query);
    }, { mayRepeat: true }); // what began the first time is seen at the next look
  }
}

/** One after another, since each takes room from those after it. */
async function letBegin(query: Query): Promise<readonly Turn[]> {
  const begun: Turn[] = [];
  for (let row = (await query(NEXT))[0]; row; row = (await query(NEXT))[0]) begun.push(turnOf(row));
  return begun;
}

function turnOf({ id, server }: Row): Turn {
  return { id: String(id), server: String(server) };
}

const OF_SEEN_SERVER = `EXISTS (SELECT 1 FROM image_server.servers AS each
  WHERE each.id = turns.server AND ${IS_SEEN})`;

/**
 * Callers take turns by rounds: each has one turn in each round, and a newcomer's first is in the round
 * after the last that has begun. So nobody waits for more than a turn of everybody else.
 */
const ENTER = `
  INSERT INTO image_server.turns
    (id, server, caller, provider, provider_limit, server_limit, round)
  VALUES ($1, $2, $3, $4, $5::integer, $6::integer, greatest(
    (SELECT max(round) + 1 FROM image_server.turns WHERE caller = $3),
    (SELECT max(round) + 1 FROM image_server.turns WHERE begun_at IS NOT NULL),
    (SELECT min(round) FROM image_server.turns), 0))
  ON CONFLICT (id) DO NOTHING`;

/** Lets the first begin whose provider and whose server have room; passes by those that have none. */
const NEXT = `
  UPDATE image_server.turns SET begun_at = now() WHERE id = (
    SELECT id FROM image_server.turns AS waiting WHERE begun_at IS NULL
      AND server_limit > (SELECT count(*) FROM image_server.turns AS running
        WHERE running.begun_at IS NOT NULL AND running.server = waiting.server)
      AND (provider_limit IS NULL OR provider_limit > (SELECT count(*)
        FROM image_server.turns AS running
        WHERE running.begun_at IS NOT NULL AND running.provider = waiting.provider))
    ORDER BY round, position LIMIT 1)
  RETURNING id, server`;

/** $1: the new turn, $2: its caller, $3: how many may wait. */
const TURN_AWAY = `
  WITH lines AS (
    SELECT caller, count(*) AS length FROM image_server.turns
    WHERE begun_at IS NULL AND id <> $1 GROUP BY caller ORDER BY length DESC
  ), longest AS (SELECT * FROM lines LIMIT 1)
  DELETE FROM image_server.turns
  WHERE begun_at IS NULL AND (SELECT count(*) FROM image_server.turns WHERE begun_at IS NULL) > $3
    AND id = CASE
      WHEN coalesce((SELECT length FROM lines WHERE caller = $2), 0) + 1
        >= coalesce((SELECT length FROM longest), 0) THEN $1
      ELSE (SELECT id FROM image_server.turns
        WHERE begun_at IS NULL AND caller = (SELECT caller FROM longest)
        ORDER BY position DESC LIMIT 1)
    END
  RETURNING id, server`;
