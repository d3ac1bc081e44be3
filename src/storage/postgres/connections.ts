/** Connections to PostgreSQL, which the driver makes, and its pool gives out. */

import type { Client, ClientOptions, Pool, PooledClient } from "../../dependencies/pg.ts";
import { messageOf } from "../../errors.ts";
import { resultWithin } from "../../result_within.ts";
import { boundAnswers } from "./answer_bounds.ts";
import { lossOf } from "./connection_retry.ts";
import type { Query } from "./statements.ts";

export interface Connections {
  /** One statement on a connection that is free, or is made. */
  readonly query: Query;
  /** Several statements on one connection, which is theirs until `work` is done; `lost` rejects before where it ends. */
  hold<T>(work: (query: Query, lost: Promise<never>) => Promise<T>): Promise<T>;
  /** Waits some seconds for what is under way; what takes longer is broken off. May be called again. */
  close(): Promise<void>;
}

/** A connection that listens to a channel, until it breaks or is closed. */
export interface Listening {
  /** Resolves when nothing is heard any more. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/**
 * At most `max` connections, each made when it is needed, and ended when it was idle for a minute, or
 * was silent for `answerTime` milliseconds.
 */
export async function connect(
  url: string,
  { max = 10, answerTime = ANSWER_TIME } = {},
): Promise<Connections> {
  const { Client, Pool } = await import("../../dependencies/pg.ts");
  let options: ClientOptions = { ...optionsFor(url, answerTime), ...TIME_LIMITS };
  class OwnClient extends Client {
    constructor() {
      super(options);
      boundAnswers(this);
      this.on("error", () => {}); // what is under way fails by itself; the idle ones are made anew
    }
  }
  const pool = new Pool({ Client: OwnClient, max, idleTimeoutMillis: IDLE_TIME });
  pool.on("error", () => {});
  return connectionsOf(pool, async () => {
    try {
      return await connected(pool.connect());
    } catch (error) {
      if (!/unsupported startup parameter/.test(messageOf(error))) throw error;
      options = optionsFor(url, answerTime); // a pooler, which lets no connection have limits of its own
      return await connected(pool.connect());
    }
  });
}

/** Listens to what `NOTIFY` tells on `channel`. @throws where the database cannot be reached. */
export async function listen(
  url: string,
  channel: string,
  listener: (text: string) => void,
): Promise<Listening> {
  const { Client } = await import("../../dependencies/pg.ts");
  const client = new Client(optionsFor(url));
  boundAnswers(client);
  client.on("error", () => {}); // it ends then
  client.on("notification", ({ payload }) => listener(payload));
  const ended = endOf(client);
  const close = async () => {
    client.end().catch(() => {});
    await resultWithin(CLOSE_TIME, ended, undefined);
  };
  try {
    await connected(client.connect());
    await client.query(`LISTEN ${channel}`);
  } catch (error) {
    await close();
    throw error;
  }
  return { ended, close };
}

function connectionsOf(pool: Pool, take: () => Promise<PooledClient>): Connections {
  /** What waits for a connection, and what has one. */
  const underWay = new Set<Promise<unknown>>();
  const open = new Map<Client, Promise<void>>();
  pool.on("connect", (client) => {
    open.set(client, endOf(client).then(() => void open.delete(client)));
  });
  async function heldFor<T>(work: (query: Query, lost: Promise<never>) => Promise<T>): Promise<T> {
    const client = await take();
    const lost = Promise.withResolvers<never>();
    const tellLoss = () =>
      lost.reject(Object.assign(new Error("The connection ended"), { code: "CONNECTION_LOST" }));
    lost.promise.catch(() => {}); // not everybody waits for it
    client.once("end", tellLoss);
    let isBroken = false;
    try {
      return await work(queryOf(client), lost.promise);
    } catch (error) {
      isBroken = lossOf(error) !== undefined;
      throw error;
    } finally {
      client.off("end", tellLoss);
      client.release(isBroken);
    }
  }
  const hold: Connections["hold"] = (work) => {
    const result = heldFor(work);
    const over: Promise<unknown> = result.catch(() => {}).finally(() => underWay.delete(over));
    underWay.add(over);
    return result;
  };
  async function end(): Promise<void> {
    // A pool that ends forgets those that wait for a connection.
    await resultWithin(CLOSE_TIME, Promise.all(underWay), undefined);
    for (const client of underWay.size > 0 ? open.keys() : []) client.end().catch(() => {});
    await resultWithin(CLOSE_TIME, Promise.all([pool.end(), ...open.values()]), undefined);
  }
  let ended: Promise<void> | undefined;
  return {
    query: (...statement) => hold((query) => query(...statement)),
    hold,
    close: () => ended ??= end(),
  };
}

function queryOf(client: Client): Query {
  return async (text, ...parameters) => {
    try {
      const { rows, rowCount } = [await client.query(text, parameters)].flat().at(-1)!;
      return Object.assign(rows, { count: rowCount ?? 0 });
    } catch (error) {
      throw withCode(error);
    }
  };
}

/** What fails here was not sent anything yet. */
async function connected<T>(connecting: Promise<T>): Promise<T> {
  try {
    return await connecting;
  } catch (error) {
    if (/does not support SSL/.test(messageOf(error))) throw new Error(NO_TLS, { cause: error });
    const known = withCode(error);
    if (lossOf(known) !== "on the way") throw known;
    throw Object.assign(new Error(messageOf(known), { cause: known }), { code: "CONNECT_FAILED" });
  }
}

/** The driver's own errors have none, and a pooler's the one of a broken protocol. */
function withCode(error: unknown): unknown {
  if (error instanceof Error && LATE.test(error.message)) {
    return Object.assign(error, { code: "NO_ANSWER" });
  }
  return error instanceof Error && LOST.test(error.message)
    ? Object.assign(error, { code: "CONNECTION_LOST" })
    : error;
}

function endOf(client: Client): Promise<void> {
  return new Promise((resolve) => client.once("end", resolve));
}

function optionsFor(url: string, query_timeout = ANSWER_TIME): ClientOptions {
  const address = new URL(url);
  // "require" means here what it means to PostgreSQL's own programs: TLS, whoever the server is.
  address.searchParams.set("uselibpqcompat", "true");
  return {
    connectionString: address.href,
    application_name: "mcp-image-server",
    connectionTimeoutMillis: Math.min(CONNECT_TIME, query_timeout),
    query_timeout,
    keepAlive: true,
    keepAliveInitialDelayMillis: IDLE_TIME,
  };
}

/** As the driver words it, and PgBouncer where the database behind it is away. */
const LOST = RegExp(
  "^(Connection terminated|Client (has encountered a connection|was closed)|" +
    "pgbouncer cannot connect|server login has been failing|server conn crashed|query_wait_timeout|" +
    "server closed the connection|bouncer is shutting down)",
);
/** The first of a connection, the second of a statement. */
const LATE = /^(timeout expired|Query read timeout)$/;
const NO_TLS = "The database's server has no TLS: take 'sslmode' out of MCP_DATABASE_URL where " +
  "the network may be trusted, or let the server have a certificate";
/** All in milliseconds. */
const CONNECT_TIME = 10_000;
/** The server's own limit for a statement comes before. */
const ANSWER_TIME = 35_000;
const IDLE_TIME = 60_000;
const CLOSE_TIME = 5_000;
export const TIME_LIMITS = {
  statement_timeout: 30_000,
  // A machine that is lost amid a transaction must not hold its locks for hours.
  idle_in_transaction_session_timeout: 10_000,
};
