/** What dead servers on a folder left unfinished, and how a living one takes it over. */

import { ImageError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { JobRecord, JobStore } from "../storage/job_records.ts";
import type { Library } from "../storage/image_store.ts";
import { cancelledOnPurpose, type Work } from "./job.ts";
import type { ServerLease } from "../storage/server_lease.ts";

/** The work that finishes a job, or the reason why it cannot go on here. */
export type Resume = (record: JobRecord) => Work | ImageError;

export interface RecoveryOptions {
  readonly library: Library;
  readonly runner: ServerLease;
  readonly log: Logger;
  readonly now: () => number;
  readonly openStore: () => Promise<JobStore>;
  /** Runs a job that is this server's by now. */
  readonly run: (record: JobRecord, work: Work) => void;
}

const HOUR = 3_600_000;
/** How long jobs stay listed after anything happened to them. */
const KEEP_RECORDS = 7 * 24 * HOUR;

export class Recovery {
  readonly #parts: RecoveryOptions;
  /** Jobs that cannot go on here, and why. */
  readonly #stranded = new Map<string, ImageError>();
  #taking: Promise<void> | undefined;
  #tidiedAt = -Infinity;
  #isClosed = false;

  constructor(parts: RecoveryOptions) {
    this.#parts = parts;
  }

  /** Looks for dead servers and takes over what they left; one look at a time. */
  take(resume: Resume): Promise<void> {
    return this.#taking ??= this.#take(resume).finally(() => this.#taking = undefined);
  }

  /** Why a job of a dead server cannot go on here; undefined where it can, or nobody has looked. */
  whyUnrecoverable(id: string): ImageError | undefined {
    return this.#stranded.get(id);
  }

  /** Takes nothing more; resolves when a look that has begun is over. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#taking?.catch(() => {});
  }

  async #take(resume: Resume): Promise<void> {
    const { library, runner, openStore } = this.#parts;
    if (this.#isClosed || !await library.hasRecords()) return;
    const store = await openStore();
    for (const other of await store.runnersAtWork()) {
      await runner.inherit(other, async () => {
        for (const record of await store.unfinishedOf(other)) {
          await this.#takeOne(record, other, store, resume);
        }
      });
    }
    await this.#tidy(store);
  }

  async #takeOne(record: JobRecord, from: string, store: JobStore, resume: Resume): Promise<void> {
    const { runner, log, run } = this.#parts;
    const work = resume(record);
    if (work instanceof ImageError) {
      if (!this.#stranded.has(record.id)) log.warning(work.message, { job: record.id });
      this.#stranded.set(record.id, work);
      return;
    }
    runner.announce();
    if (this.#isClosed || !await store.claim(record.id, from, runner.id)) return;
    this.#stranded.delete(record.id);
    log.info("Took over a job of a server that ended", { job: record.id });
    const isCancelled = (await store.cancelRequests(runner.id)).includes(record.id);
    const stop: Work = () => Promise.reject(cancelledOnPurpose(record.id));
    run(record, isCancelled ? stop : work);
  }

  /** Now and then: what nobody needs any more is forgotten. */
  async #tidy(store: JobStore): Promise<void> {
    if (performance.now() - this.#tidiedAt < HOUR) return;
    this.#tidiedAt = performance.now();
    const { library, runner, now } = this.#parts;
    await store.forgetBefore(now() - KEEP_RECORDS);
    await runner.forgetDead(new Set(await store.runnersAtWork()));
    await library.removeLeftovers();
  }
}
