/** The few ways in which PostgreSQL is asked. */

import { connect, type Connections, TIME_LIMITS } from "./connections.ts";
import { ConnectionRetry } from "./connection_retry.ts";
import { migrate } from "./schema.ts";
import type { Query } from "./statements.ts";

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

export interface DatabaseOptions {
  /** That of all who open it. */
  readonly retry?: ConnectionRetry;
  /** Whether what is told is heard at another address, so that a pooler may share connections. */
  readonly listensElsewhere?: boolean;
}

/**
 * Opens a database, and brings its tables up to date.
 * @throws {RecordsTooNew} where a newer server wrote them. @throws where it cannot be reached, or
 * nothing can be heard through it.
 */
export async function openDatabase(
  url: string,
  { retry = new ConnectionRetry(), listensElsewhere = false }: DatabaseOptions = {},
): Promise<Database> {
  const connectAlone = () => connect(url, { max: 1 });
  const [connections, own] = [await connect(url), await connectAlone()];
  const database = wrap(connections, own, connectAlone, retry);
  try {
    await database.transact(migrate);
    if (!listensElsewhere && await retry.run(() => areShared(connections, own), true)) {
      throw new Error(HEARS_NOTHING);
    }
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Whether a pooler gives the database's connections to others between two transactions. */
function areShared(one: Connections, other: Connections): Promise<boolean> {
  const processOf = async (query: Query) => {
    const [row] = await query("SELECT pg_backend_pid() AS id");
    return row!.id;
  };
  return one.hold(async (ask) => {
    const before = await processOf(ask);
    return await other.hold(async (query) => {
      await query("BEGIN"); // what it has now is nobody else's
      const taken = await processOf(query);
      const isShared = taken === before || await processOf(ask) !== before;
      await query("ROLLBACK");
      return isShared;
    });
  });
}

function wrap(
  connections: Connections,
  own: Connections,
  connectAlone: () => Promise<Connections>,
  retry: ConnectionRetry,
): Database {
  return {
    query: (text, ...parameters) =>
      retry.run(() => connections.query(text, ...parameters), isReading(text)),
    repeat: (text, ...parameters) => retry.run(() => connections.query(text, ...parameters), true),
    repeatAtOnce: (text, ...parameters) => retry.run(() => own.query(text, ...parameters), true),
    transact: (work, { mayRepeat = false } = {}) =>
      retry.run(
        () => connections.hold((query, lost) => transact(query, work, lost)),
        mayRepeat,
      ),
    async alone(name, work) {
      // The lock is the transaction's, so that a server which dies lets go of it, and a pooler leaves
      // it its connection.
      const alone = await connectAlone();
      try {
        return await alone.hold(async (query) => {
          await query("BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0");
          const sql = `SELECT pg_try_advisory_xact_lock(${KEY_OF_NAME}) AS mine`;
          const [row] = await query(sql, name);
          if (row?.mine === true) await work();
          await query("ROLLBACK").catch(() => {}); // where it is lost, so is the lock
          return row?.mine === true;
        });
      } finally {
        await alone.close();
      }
    },
    async close() {
      await Promise.all([connections.close(), own.close()]);
    },
  };
}

async function transact<T>(
  query: Query,
  work: (query: Query) => Promise<T>,
  lost: Promise<never>,
): Promise<T> {
  await query(BEGIN);
  try {
    const result = await Promise.race([work(query), lost]);
    await query("COMMIT");
    return result;
  } catch (error) {
    await query("ROLLBACK").catch(() => {}); // the connection is lost, and with it what was begun
    throw error;
  }
}

function isReading(text: string): boolean {
  return /^\s*SELECT\b/.test(text);
}

const HEARS_NOTHING =
  "MCP_DATABASE_URL leads to a pooler that shares connections between transactions, through which " +
  "servers cannot hear each other: give the database's own address in MCP_DATABASE_LISTEN_URL, or " +
  "let the pooler keep a connection for each session (in PgBouncer: pool_mode = session)";

/** A pooler's connections have no limits before. */
const BEGIN = `BEGIN; ${
  Object.entries(TIME_LIMITS).map(([name, limit]) => `SET LOCAL ${name} = ${limit}`).join("; ")
}`;

/** Names of locks share their space with other programs of the database. */
const KEY_OF_NAME = "hashtextextended('mcp-image-server ' || $1, 0)";
