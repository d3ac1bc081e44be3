/** Announcements by PostgreSQL's NOTIFY, to every server that listens to the same database. */

import { messageOf } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import { resultWithin } from "../../result_within.ts";
import { type Announcements, ProcessAnnouncements } from "../announcements.ts";
import type { Listening } from "./connections.ts";
import type { Database } from "./database.ts";

/** What it needs of a database. */
export interface Telling {
  readonly query: Database["query"];
  listen(channel: string, listener: (text: string) => void): Promise<Listening>;
}

/** One connection listens, from the first listener on; it is made anew where it breaks. */
export class PostgresAnnouncements implements Announcements {
  readonly #database: Telling;
  readonly #log: Logger;
  readonly #local = new ProcessAnnouncements();
  readonly #closing = Promise.withResolvers<void>();
  #isClosed = false;
  #listening: Promise<void> | undefined;

  constructor(database: Telling, log: Logger) {
    this.#database = database;
    this.#log = log;
  }

  async tell(topic: string, payload: string): Promise<void> {
    const text = `${topic}\n${payload}`;
    const bytes = new TextEncoder().encode(text).length;
    if (bytes > LONGEST) {
      throw new Error(`An announcement may have at most ${LONGEST} bytes, not ${bytes}`);
    }
    await this.#database.query("SELECT pg_notify($1, $2)", CHANNEL, text);
  }

  listen(topic: string, listener: (payload: string) => void): Disposable {
    if (!this.#isClosed) this.#listening ??= this.#keepListening();
    return this.#local.listen(topic, listener);
  }

  onGap(listener: () => void): Disposable {
    return this.#local.onGap(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closing.resolve();
    await this.#listening;
  }

  /** Until it is closed. */
  async #keepListening(): Promise<void> {
    const receive = (text: string) => {
      const end = text.indexOf("\n");
      void this.#local.tell(text.slice(0, end), text.slice(end + 1));
    };
    let hasListened = false;
    while (!this.#isClosed) {
      try {
        const listening = await this.#database.listen(CHANNEL, receive);
        if (hasListened) this.#local.tellGap();
        hasListened = true;
        await Promise.race([listening.ended, this.#closing.promise]);
        await listening.close();
      } catch (error) {
        this.#log.debug("Other servers cannot be heard now", { reason: messageOf(error) });
      }
      await resultWithin(PAUSE, this.#closing.promise, undefined);
    }
  }
}

const CHANNEL = "mcp_image_server";
/** In bytes, of a topic and what is told of it; PostgreSQL carries fewer than 8,000. */
const LONGEST = 7_900;
/** Milliseconds until a connection that broke is made anew. */
const PAUSE = 500;
