/** The one door to PostgreSQL: a pool of connections, and the few ways in which it is asked. */

import type { Options, PostgresType, Sql } from "../../dependencies/postgres.ts";
import { migrate } from "./schema.ts";
import type { Query, Row } from "./statements.ts";

export type { Query, Row } from "./statements.ts";

export interface Database {
  readonly query: Query;
  /** Several statements that count together or not at all. */
  transact<T>(work: (query: Query) => Promise<T>): Promise<T>;
  /**
   * Runs `work` while no other server does under the same name; does nothing, and tells false,
   * where one is at it.
   */
  alone(name: string, work: () => Promise<void>): Promise<boolean>;
  close(): Promise<void>;
}

/** A connection that hears what is told on a channel, until it breaks or is closed. */
export interface Listening {
  /** Resolves when nothing is heard any more. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** Hears what `NOTIFY` tells on `channel`. @throws where the database cannot be reached. */
export async function listen(
  url: string,
  channel: string,
  hear: (text: string) => void,
): Promise<Listening> {
  const ended = Promise.withResolvers<void>();
  const sql = await connect(url, {
    max: 1,
    idle_timeout: undefined,
    fetch_types: false,
    onclose: () => ended.resolve(),
    // The driver's own `listen` gives up where the database is away when it tries again.
    ...{ onnotify: (_channel: string, text: string) => hear(text) },
  });
  const close = () => sql.end({ timeout: CLOSE_SECONDS });
  try {
    await sql.unsafe(`LISTEN ${channel}`);
  } catch (error) {
    await close();
    throw error;
  }
  return { ended: ended.promise, close };
}

/**
 * Opens a database, and brings its tables up to date.
 * @throws {RecordsTooNew} where a newer server wrote them. @throws where it cannot be reached.
 */
export async function openDatabase(url: string): Promise<Database> {
  const sql = await connect(url);
  const database = wrap(sql);
  try {
    await database.transact(migrate);
    return database;
  } catch (error) {
    await sql.end({ timeout: 1 });
    throw error;
  }
}

async function connect(
  url: string,
  options: Options<Record<string, PostgresType>> = {},
): Promise<Sql> {
  const { postgres } = await import("../../dependencies/postgres.ts");
  return postgres(url, {
    max: CONNECTIONS,
    connect_timeout: CONNECT_SECONDS,
    idle_timeout: IDLE_SECONDS,
    max_lifetime: null, // its timer outlives a connection that breaks, and the idle ones end anyway
    onnotice: () => {},
    connection: {
      application_name: "mcp-image-server",
      statement_timeout: STATEMENT_TIME,
      // A machine that is lost amid a transaction must not hold its locks for hours.
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION,
    },
    ...options,
  });
}

function wrap(sql: Sql): Database {
  const underWay = new Set<Promise<unknown>>();
  function counted<T>(work: Promise<T>): Promise<T> {
    const over = work.catch(() => {}).finally(() => underWay.delete(over));
    underWay.add(over);
    return work;
  }
  const query = queryOf(sql);
  return {
    query: (...statement) => counted(query(...statement)),
    transact: async (work) =>
      await counted(sql.begin((transaction) => work(queryOf(transaction)))) as Awaited<
        ReturnType<typeof work>
      >,
    async alone(name, work) {
      // The lock is the connection's, so that a server which dies lets go of it.
      const connection = await sql.reserve();
      const query = queryOf(connection);
      try {
        const [row] = await query(`SELECT pg_try_advisory_lock(${KEY_OF_NAME}) AS mine`, name);
        if (row?.mine !== true) return false;
        try {
          await work();
        } finally {
          await query(`SELECT pg_advisory_unlock(${KEY_OF_NAME})`, name);
        }
        return true;
      } finally {
        connection.release();
      }
    },
    async close() {
      // The driver's own end leaves connections half closed that are in use.
      await within(CLOSE_SECONDS, Promise.all(underWay));
      await sql.end({ timeout: CLOSE_SECONDS });
    },
  };
}

/** Resolves when `work` has, or when that takes too long. */
async function within(seconds: number, work: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, seconds * 1000);
  await Promise.race([work, late]);
  clearTimeout(timer);
}

function queryOf(sql: Pick<Sql, "unsafe">): Query {
  return async (text, ...parameters) => {
    try {
      return await sql.unsafe<Row[]>(text, parameters, { prepare: true });
    } catch (error) {
      throw isLost(error) ? new Error(LOST, { cause: error }) : error;
    }
  };
}

/** Whether it is the connection that failed, or a server that ends or begins. */
function isLost(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^(CONNECT|ECONN|EHOST|ENOTFOUND|ETIMEDOUT|EPIPE|57P0)/.test(code);
}

const LOST = "The database of MCP_DATABASE_URL cannot be reached";

/** Names of locks share their space with other programs of the database. */
const KEY_OF_NAME = "hashtextextended('mcp-image-server ' || $1, 0)";
const CONNECTIONS = 10;
const CONNECT_SECONDS = 10;
const IDLE_SECONDS = 60;
const CLOSE_SECONDS = 5;
/** In milliseconds. */
const STATEMENT_TIME = 30_000;
const IDLE_IN_TRANSACTION = 10_000;
