/** The one door to PostgreSQL: a pool of connections, and the few ways in which it is asked. */

import type { Options, PostgresType, Sql } from "../../dependencies/postgres.ts";
import { resultWithin } from "../../result_within.ts";
import { lossOf, Patience } from "./patience.ts";
import { migrate } from "./schema.ts";
import type { Query, Row } from "./statements.ts";

export type { Query, Row } from "./statements.ts";

export interface Database {
  /** A lost database is waited for a while; what it may have changed already is not sent again. */
  readonly query: Query;
  /** The same for a change that may be made twice, which is sent again until it is known to be made. */
  readonly repeat: Query;
  /** `repeat` on a connection of its own, for what must not wait until other statements are done. */
  readonly repeatAtOnce: Query;
  /** Several statements that count together or not at all; `mayRepeat` where they may count twice. */
  transact<T>(
    work: (query: Query) => Promise<T>,
    options?: { readonly mayRepeat?: boolean },
  ): Promise<T>;
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
 * Opens a database, and brings its tables up to date. `patience` is that of all who open it.
 * @throws {RecordsTooNew} where a newer server wrote them. @throws where it cannot be reached.
 */
export async function openDatabase(url: string, patience = new Patience()): Promise<Database> {
  const connectAlone = () => connect(url, { max: 1 });
  const database = wrap(await connect(url), await connectAlone(), connectAlone, patience);
  try {
    await database.transact(migrate);
    return database;
  } catch (error) {
    await database.close();
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
    backoff: () => BACKOFF_SECONDS,
    onnotice: () => {},
    connection: {
      application_name: "mcp-image-server",
      statement_timeout: STATEMENT_TIME,
      // A machine that is lost amid a transaction must not hold its locks for hours.
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION,
      // A plan that is made for any owner and any word reads past everybody else's pictures.
      plan_cache_mode: "force_custom_plan",
    },
    ...options,
  });
}

function wrap(
  sql: Sql,
  ownSql: Sql,
  connectAlone: () => Promise<Sql>,
  patience: Patience,
): Database {
  const underWay = new Set<Promise<unknown>>();
  function counted<T>(work: Promise<T>): Promise<T> {
    const over = work.catch(() => {}).finally(() => underWay.delete(over));
    underWay.add(over);
    return work;
  }
  const query: Query = (...statement) => counted(queryOf(sql)(...statement));
  const queryAtOnce: Query = (...statement) => counted(queryOf(ownSql)(...statement));
  return {
    query: (text, ...parameters) =>
      patience.with(() => query(text, ...parameters), isReading(text)),
    repeat: (text, ...parameters) => patience.with(() => query(text, ...parameters), true),
    repeatAtOnce: (text, ...parameters) =>
      patience.with(() => queryAtOnce(text, ...parameters), true),
    transact: (work, { mayRepeat = false } = {}) =>
      patience.with(() => counted(transact(sql, work)), mayRepeat),
    async alone(name, work) {
      // The lock is the connection's, so that a server which dies lets go of it.
      const own = await connectAlone();
      try {
        const [row] = await queryOf(own)(
          `SELECT pg_try_advisory_lock(${KEY_OF_NAME}) AS mine`,
          name,
        );
        if (row?.mine !== true) return false;
        await work();
        return true;
      } finally {
        await own.end({ timeout: CLOSE_SECONDS });
      }
    },
    async close() {
      // The driver's own end leaves connections half closed that are in use.
      await resultWithin(CLOSE_SECONDS * 1000, Promise.all(underWay), undefined);
      await Promise.all([sql, ownSql].map((each) => each.end({ timeout: CLOSE_SECONDS })));
    },
  };
}

/**
 * A transaction that does not touch its connection any more once that is lost: the driver would
 * roll back, or go on, where nothing is connected, which ends the process.
 */
async function transact<T>(sql: Sql, work: (query: Query) => Promise<T>): Promise<T> {
  let isOver = false;
  try {
    return await sql.begin((transaction) => {
      const query = queryOf(transaction);
      return work(async (text, ...parameters) => {
        if (isOver) return await never();
        try {
          return await query(text, ...parameters);
        } catch (error) {
          if (lossOf(error)) await never(); // the end of the connection ends it all
          throw error;
        }
      });
    }) as T;
  } finally {
    isOver = true;
  }
}

function queryOf(sql: Pick<Sql, "unsafe">): Query {
  return (text, ...parameters) => sql.unsafe<Row[]>(text, parameters, { prepare: true });
}

function isReading(text: string): boolean {
  return /^\s*SELECT\b/.test(text);
}

/** One of its own each time, so that nothing is kept of who waits for it. */
function never(): Promise<never> {
  return new Promise(() => {});
}

/** Names of locks share their space with other programs of the database. */
const KEY_OF_NAME = "hashtextextended('mcp-image-server ' || $1, 0)";
const CONNECTIONS = 10;
const CONNECT_SECONDS = 10;
const IDLE_SECONDS = 60;
/** Until a connection that could not be made is tried again; the driver's own waits grow to 20 s. */
const BACKOFF_SECONDS = 0.1;
const CLOSE_SECONDS = 5;
/** In milliseconds. */
const STATEMENT_TIME = 30_000;
const IDLE_IN_TRANSACTION = 10_000;
