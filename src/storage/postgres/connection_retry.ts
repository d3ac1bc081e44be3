/** Waits for a database that is started again, so that a short loss of it is a pause and no error. */

import { sleep } from "../../sleep.ts";
import { StorageAway } from "../storage_away.ts";

export interface ConnectionRetryOptions {
  /** Milliseconds for which a lost database is waited for; after them all fails at once until it is back. */
  readonly limit?: number;
  /** Milliseconds between two tries. */
  readonly pause?: number;
  /** A clock in milliseconds that never jumps. */
  readonly now?: () => number;
}

export class ConnectionRetry {
  readonly #limit: number;
  readonly #pause: number;
  readonly #now: () => number;
  /** Since when nothing has come through. */
  #lostAt: number | undefined;

  constructor(
    { limit = 5_000, pause = 100, now = () => performance.now() }: ConnectionRetryOptions = {},
  ) {
    this.#limit = limit;
    this.#pause = pause;
    this.#now = now;
  }

  /**
   * Does `work`, and again where the database was lost before it got it; `mayRepeat` where it may
   * be done twice, which is a reading or a statement that changes nothing more the second time.
   * @throws {StorageAway} where the database does not come back in time, or may have done the work.
   */
  async run<T>(work: () => Promise<T>, mayRepeat: boolean): Promise<T> {
    while (true) {
      try {
        const result = await work();
        this.#lostAt = undefined;
        return result;
      } catch (error) {
        const loss = lossOf(error);
        if (loss === undefined) throw error;
        this.#lostAt ??= this.#now();
        const mayWait = loss !== "silent" && this.#now() - this.#lostAt < this.#limit;
        if (!mayWait || loss === "on the way" && !mayRepeat) {
          throw new StorageAway("The database of MCP_DATABASE_URL cannot be reached", {
            cause: error,
          });
        }
        await sleep(this.#pause);
      }
    }
  }
}

/**
 * Whether it is the connection that failed: before anything was sent, when nobody knows what was done,
 * or after a wait that was long enough.
 */
export function lossOf(error: unknown): "before" | "on the way" | "silent" | undefined {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (NEVER_THERE.test(code)) return "before";
  if (code === "NO_ANSWER") return "silent";
  return BROKEN.test(code) ? "on the way" : undefined;
}

/** Of the system, of `connections.ts`, and of a server that begins (57P03) or has no place left (53300). */
const NEVER_THERE = /^(ECONNREFUSED|CONNECT_FAILED|EHOST|ENOTFOUND|EAI_AGAIN|57P03|53300)/;
/** The same for connections that were there; 57P01, 57P02 and 57P05 tell that the server ends them. */
const BROKEN = /^(CONNECTION_|ECONN|ETIMEDOUT|EPIPE|57P0)/;
