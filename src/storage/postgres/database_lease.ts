/** Which servers of a database are alive, told by the time at which each was seen there last. */

import { messageOf } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import { sleep } from "../../sleep.ts";
import type { ServerLease } from "../storage.ts";
import type { Database } from "./database.ts";

export class DatabaseLease implements ServerLease {
  readonly id = crypto.randomUUID();
  readonly #database: () => Promise<Database>;
  readonly #log: Logger;
  /** Gives what shows this server again and again, once it has been shown; undefined before and after. */
  #beat: Promise<ReturnType<typeof setInterval>> | undefined;
  /** One after another, since each needs a connection of its own. */
  #recoveries: Promise<unknown> = Promise.resolve();

  constructor(database: () => Promise<Database>, log: Logger) {
    this.#database = database;
    this.#log = log;
  }

  async announce(): Promise<void> {
    const beat = this.#beat ??= this.#begin();
    try {
      await beat;
    } catch (error) {
      if (this.#beat === beat) this.#beat = undefined;
      throw error;
    }
  }

  /**
   * A server that has not been seen for long gets some seconds more: where the database itself was
   * gone, it could not be seen, and is now.
   */
  async recover(id: string, work: () => Promise<void>): Promise<void> {
    if (id === this.id) return;
    const database = await this.#database();
    if (await isSeen(database, id)) return;
    if (await isKnown(database, id)) {
      await sleep(SECOND_LOOK);
      if (await isSeen(database, id)) return;
    }
    const recovery = this.#recoveries.then(() =>
      database.alone(`recovery of ${id}`, async () => {
        await work();
        await database.query(FORGET, id);
      })
    );
    this.#recoveries = recovery.catch(() => {});
    await recovery;
  }

  async forgetDead(except: ReadonlySet<string>): Promise<void> {
    const database = await this.#database();
    const sql = `SELECT id FROM image_server.servers WHERE seen_at < now() - ${LONG_DEAD}`;
    for (const { id } of await database.query(sql)) {
      if (!except.has(String(id))) {
        await database.query(FORGET, String(id));
      }
    }
  }

  async release(): Promise<void> {
    const beat = this.#beat;
    if (beat === undefined) return;
    this.#beat = undefined;
    clearInterval(await beat.catch(() => undefined));
    const database = await this.#database();
    // After what may still show it, on the same connection.
    await database.repeatAtOnce(FORGET, this.id);
  }

  async #begin(): Promise<ReturnType<typeof setInterval>> {
    await this.#show();
    const beat = setInterval(() => {
      this.#show().catch((error) =>
        this.#log.warning("The records cannot be told that this server lives", {
          reason: messageOf(error),
        })
      );
    }, BEAT);
    Deno.unrefTimer(beat as unknown as number);
    return beat;
  }

  async #show(): Promise<void> {
    const database = await this.#database();
    await database.repeatAtOnce(
      `INSERT INTO image_server.servers (id) VALUES ($1)
       ON CONFLICT (id) DO UPDATE SET seen_at = now()`,
      this.id,
    );
  }
}

async function isSeen(database: Database, id: string): Promise<boolean> {
  const sql = `SELECT 1 FROM image_server.servers WHERE id = $1 AND ${IS_SEEN}`;
  return (await database.query(sql, id)).length > 0;
}

async function isKnown(database: Database, id: string): Promise<boolean> {
  const sql = "SELECT 1 FROM image_server.servers WHERE id = $1";
  return (await database.query(sql, id)).length > 0;
}

const FORGET = "DELETE FROM image_server.servers WHERE id = $1";
/** Milliseconds between two times at which a server shows itself. */
const BEAT = 2_000;
/** A server that was seen within so many seconds lives. */
const ALIVE_SECONDS = 10;
/** The condition that is true of a row of such a server. */
export const IS_SEEN = `seen_at > now() - interval '${ALIVE_SECONDS} seconds'`;
/** Milliseconds in which a living server has surely shown itself once more. */
const SECOND_LOOK = 5_000;
const LONG_DEAD = "interval '1 day'";
