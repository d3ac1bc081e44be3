/** Writes jobs down as they are: the newest state last, and their end even where the records were away. */

import { ImageError, messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { isActive } from "../storage/records/records.ts";
import type { Storage } from "../storage/storage.ts";
import { settledOrTimeout } from "./caller.ts";
import type { Job } from "./job.ts";

export interface JobJournalOptions {
  readonly storage: Storage;
  readonly log: Logger;
  /** Told the id of every job that is recorded anew. */
  readonly onChange: (id: string) => void;
  /** Told every job whose end is recorded. */
  readonly onEndRecorded: (job: Job) => void;
}

export class JobJournal {
  readonly #storage: Storage;
  readonly #log: Logger;
  readonly #onChange: JobJournalOptions["onChange"];
  readonly #onEndRecorded: JobJournalOptions["onEndRecorded"];
  readonly #closing = Promise.withResolvers<void>();
  #isClosed = false;

  constructor({ storage, log, onChange, onEndRecorded }: JobJournalOptions) {
    this.#onChange = onChange;
    this.#onEndRecorded = onEndRecorded;
    this.#storage = storage;
    this.#log = log;
  }

  /** Whether the job is recorded as it is now. */
  save(job: Job): Promise<boolean> {
    job.isRecorded = true;
    return job.saves.save(() => this.#write(job));
  }

  /**
   * Records how a job ended, where that can be: at once, or later without anybody who waits for it.
   */
  async saveEnd(job: Job): Promise<void> {
    const isHeld = job.holds.length > 0;
    const save = async () => await this.save(job) || await this.#saveLater(job);
    if (isHeld) void Promise.all(job.holds).then(save);
    else if (!await this.save(job)) void this.#saveLater(job);
  }

  /** Tries until others can learn how a job ended; where there are none, once was enough. */
  async #saveLater(job: Job): Promise<void> {
    while (this.#storage.isShared && !this.#isClosed && !job.isTakenOver) {
      await settledOrTimeout(this.#closing.promise, { ...NOBODY, waitSeconds: PAUSE_SECONDS });
      if (await this.save(job)) return;
    }
  }

  /** Writes nothing more. */
  close(): void {
    this.#isClosed = true;
    this.#closing.resolve();
  }

  async #write(job: Job): Promise<boolean> {
    if (this.#isClosed) return false;
    const { record } = job;
    try {
      const { jobs } = await this.#storage.records();
      await this.#announce();
      const isEnd = !isActive(record.state);
      const isSaved = await jobs.save(record, this.#storage.lease.id);
      this.#onChange(record.id);
      if (isSaved && isEnd) this.#onEndRecorded(job);
      if (isSaved) return job.isKnown = true;
      job.isTakenOver = true;
      const message = `Another server has taken over job '${record.id}'`;
      this.#log.warning(message, { job: record.id });
      job.cancel(new ImageError("interrupted", message));
    } catch (error) {
      this.#log.error("A job could not be recorded, and would not survive a crash", {
        job: record.id,
        reason: messageOf(error),
      });
    }
    return false;
  }

  async #announce(): Promise<void> {
    try {
      await this.#storage.lease.announce();
    } catch (error) {
      if (this.#storage.isShared) throw error;
      this.#log.debug("No lock file can be made", { reason: messageOf(error) });
    }
  }
}

const NOBODY = { signal: new AbortController().signal };
const PAUSE_SECONDS = 2;
