/** Jobs that another server of the same storage runs: they are looked up, and stopped by asking it. */

import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { isActive, type JobRecords } from "../storage/records/records.ts";
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

/** A job as it is followed from elsewhere. */
export interface Following extends Disposable {
  /** Waits until it has changed, or may have. @throws the signal's reason. */
  pause(caller: Pick<Caller, "signal" | "waitSeconds">): Promise<void>;
}

/** How often servers look by themselves, in milliseconds: where changes are announced, and where not. */
const LOOKS = {
  announced: { cancels: 5_000, jobs: 2_000 },
  unannounced: { cancels: 1_000, jobs: 300 },
};
/** How long a cancel waits for another process to obey, in milliseconds. */
const OBEY_TIME = 5_000;
/** What is told: the ids of jobs that are to stop, and of those whose records have changed. */
const CANCELS = "cancels";
const CHANGES = "jobs";

export class RemoteJobs {
  readonly #options: RemoteJobsOptions;
  readonly #looks: typeof LOOKS.announced;
  #cancelLook: ReturnType<typeof setInterval> | undefined;
  #listening: Disposable | undefined;

  constructor(options: RemoteJobsOptions) {
    this.#options = options;
    this.#looks = options.storage.isShared ? LOOKS.announced : LOOKS.unannounced;
  }

  /** Follows a job from now on. */
  follow(id: string): Following {
    let changed = Promise.withResolvers<void>();
    const listening = this.#options.storage.announcements.listen(CHANGES, (each) => {
      if (each === id) changed.resolve();
    });
    return {
      pause: async ({ signal, waitSeconds = Infinity }) => {
        const seconds = Math.min(this.#looks.jobs / 1000, waitSeconds);
        await settledOrTimeout(changed.promise, { signal, waitSeconds: seconds });
        changed = Promise.withResolvers();
      },
      [Symbol.dispose]: () => listening[Symbol.dispose](),
    };
  }

  /** Tells those who follow a job that its record has changed. */
  tellChange(id: string): void {
    this.#tell(CHANGES, id);
  }

  /** Asks the server that runs a job to cancel it, and waits a while for it to obey. */
  async stop(id: string, owner: string): Promise<void> {
    using following = this.follow(id);
    const records = await this.#records();
    await records.requestCancel(id);
    this.#tell(CANCELS, id);
    const deadline = performance.now() + OBEY_TIME;
    while (performance.now() < deadline) {
      const record = await records.find(id, owner);
      if (!record || !isActive(record.state)) return;
      await following.pause({ signal: NEVER });
    }
  }

  /** Obeys the cancels of others for as long as this process has a job. */
  lookForCancels(): void {
    this.#listening ??= this.#options.storage.announcements.listen(CANCELS, this.#options.cancel);
    this.#cancelLook ??= setInterval(async () => {
      if (this.#options.activeCount() > 0) return await this.#obeyCancels();
      this.close();
    }, this.#looks.cancels);
  }

  close(): void {
    clearInterval(this.#cancelLook);
    this.#cancelLook = undefined;
    this.#listening?.[Symbol.dispose]();
    this.#listening = undefined;
  }

  #tell(topic: string, id: string): void {
    const { storage: { isShared, announcements }, log } = this.#options;
    if (!isShared) return;
    announcements.tell(topic, id).catch((error) =>
      log.debug("Other servers will see later what has become of a job", {
        job: id,
        reason: messageOf(error),
      })
    );
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

const NEVER = new AbortController().signal;
