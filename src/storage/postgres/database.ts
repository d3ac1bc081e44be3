/** The few ways in which PostgreSQL is asked. */

import { connect, type Connections } from "./connections.ts";
import { Patience } from "./patience.ts";
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

function wrap(
  connections: Connections,
  own: Connections,
  connectAlone: () => Promise<Connections>,
  patience: Patience,
): Database {
  return {
    query: (text, ...parameters) =>
      patience.with(() => connections.query(text, ...parameters), isReading(text)),
    repeat: (text, ...parameters) =>
      patience.with(() => connections.query(text, ...parameters), true),
    repeatAtOnce: (text, ...parameters) =>
      patience.with(() => own.query(text, ...parameters), true),
    transact: (work, { mayRepeat = false } = {}) =>
      patience.with(
        () => connections.hold((query, lost) => transact(query, work, lost)),
        mayRepeat,
      ),
    async alone(name, work) {
      // The lock is the connection's, so that a server which dies lets go of it.
      const alone = await connectAlone();
      try {
        return await alone.hold(async (query) => {
          const [row] = await query(`SELECT pg_try_advisory_lock(${KEY_OF_NAME}) AS mine`, name);
          if (row?.mine !== true) return false;
          await work();
          return true;
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
  await query("BEGIN");
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

/** Names of locks share their space with other programs of the database. */
const KEY_OF_NAME = "hashtextextended('mcp-image-server ' || $1, 0)";
