/** Jobs that another server of the same storage runs: they are looked up, and stopped by asking it. */

import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { isActive, type JobRecords } from "../storage/records.ts";
import type { Storage } from "../storage/storage.ts";
import { type Caller, settledOrTimeout } from "./caller.ts";

export interface RemoteJobsOptions {
  readonly storage: Storage;
  readonly log: Logger;
  /** Cancels a job of this process. */
  readonly cancel: (id: string) => void;
  /** How many jobs of this process are not over. */
  readonly activeCount: () => number;
}

/** How often jobs of this process are looked up for cancels from others, in milliseconds. */
const CANCEL_LOOK = 1_000;
/** How often jobs of other processes are looked up, in milliseconds. */
const REMOTE_LOOK = 300;
/** How long a cancel waits for another process to obey, in milliseconds. */
const OBEY_TIME = 5_000;

export class RemoteJobs {
  readonly #options: RemoteJobsOptions;
  #cancelLook: ReturnType<typeof setInterval> | undefined;

  constructor(options: RemoteJobsOptions) {
    this.#options = options;
  }

  /** Waits until it is time to look a job up again. @throws the signal's reason. */
  async pause({ signal, waitSeconds = Infinity }: Pick<Caller, "signal" | "waitSeconds">) {
    const seconds = Math.min(REMOTE_LOOK / 1000, waitSeconds);
    await settledOrTimeout(NEVER, { signal, waitSeconds: seconds });
  }

  /** Asks the server that runs a job to cancel it, and waits a while for it to obey. */
  async stop(id: string, owner: string): Promise<void> {
    const records = await this.#records();
    await records.requestCancel(id);
    const deadline = performance.now() + OBEY_TIME;
    while (performance.now() < deadline) {
      const record = await records.find(id, owner);
      if (!record || !isActive(record.state)) return;
      await new Promise((resolve) => setTimeout(resolve, REMOTE_LOOK));
    }
  }

  /** Obeys the cancels of others for as long as this process has a job. */
  lookForCancels(): void {
    this.#cancelLook ??= setInterval(async () => {
      if (this.#options.activeCount() > 0) return await this.#obeyCancels();
      this.close();
    }, CANCEL_LOOK);
  }

  close(): void {
    clearInterval(this.#cancelLook);
    this.#cancelLook = undefined;
  }

  async #obeyCancels(): Promise<void> {
    const { storage, log, cancel } = this.#options;
    try {
      const records = await this.#records();
      for (const id of await records.cancelRequests(storage.lease.id)) cancel(id);
    } catch (error) {
      log.debug("Cannot look for cancels", { reason: messageOf(error) });
    }
  }

  async #records(): Promise<JobRecords> {
    return (await this.#options.storage.records()).jobs;
  }
}

const NEVER = new Promise<void>(() => {});
