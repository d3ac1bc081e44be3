/** What dead servers of the same storage left unfinished, and how a living one takes it over. */

import { ImageError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { JobRecord, JobRecords } from "../storage/records/records.ts";
import type { Storage } from "../storage/storage.ts";
import type { Work } from "./job.ts";
import { cancelledOnPurpose } from "./job_errors.ts";

/** The work that finishes a job, or the reason why it cannot go on here. */
export type Continue = (record: JobRecord) => Work | ImageError | Promise<Work | ImageError>;

export interface RecoveryOptions {
  readonly storage: Storage;
  readonly log: Logger;
  readonly now: () => number;
  /** Whether this server knows what it does about a job. */
  readonly runsHere: (id: string) => boolean;
  /** Runs a job that is this server's by now. */
  readonly run: (record: JobRecord, work: Work) => void;
}

interface Unrecoverable {
  /** The dead server that left it. */
  readonly server: string;
  readonly reason: ImageError;
}

const HOUR = 3_600_000;
/** How long jobs stay listed after anything happened to them, and pictures that came in are kept. */
const KEEP_RECORDS = 7 * 24 * HOUR;
/** How long uploads are kept that nothing is made from. */
const KEEP_UNUSED = 24 * HOUR;

export class Recovery {
  readonly #options: RecoveryOptions;
  /** Jobs that cannot go on here, by their ids. */
  readonly #unrecoverable = new Map<string, Unrecoverable>();
  #looking: Promise<void> | undefined;
  #tidiedAt = -Infinity;
  #isClosed = false;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** Looks for dead servers and takes over what they left; one look at a time. */
  look(continueWith: Continue): Promise<void> {
    return this.#looking ??= this.#look(continueWith).finally(() => this.#looking = undefined);
  }

  /**
   * Why a job that is still the dead server's cannot go on here; undefined where it can, where
   * another server has taken it over, or where nobody has looked.
   */
  async whyUnrecoverable(id: string): Promise<ImageError | undefined> {
    const found = this.#unrecoverable.get(id);
    if (!found) return undefined;
    const { jobs } = await this.#options.storage.records();
    const left = await jobs.unfinishedOf(found.server);
    if (left.some((each) => each.id === id)) return found.reason;
    this.#unrecoverable.delete(id);
  }

  /** Takes nothing more; resolves when a look that has begun is over. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#looking?.catch(() => {});
  }

  async #look(continueWith: Continue): Promise<void> {
    const { storage } = this.#options;
    if (this.#isClosed || !await storage.hasRecords()) return;
    const { jobs } = await storage.records();
    // At once, since whether one is dead may take a second look, some seconds later.
    const looks = (await jobs.serversAtWork()).map(async (server) => {
      const takeOver = () => this.#takeOverFrom(server, jobs, continueWith);
      // What this server took over without hearing that it had it is its own, and does not run.
      if (server === storage.lease.id) await takeOver();
      else await storage.lease.recover(server, takeOver);
    });
    for (const look of await Promise.allSettled(looks)) {
      if (look.status === "rejected") throw look.reason;
    }
    await this.#tidy();
  }

  async #takeOverFrom(
    server: string,
    jobs: JobRecords,
    continueWith: Continue,
  ): Promise<void> {
    for (const record of await jobs.unfinishedOf(server)) {
      if (!this.#options.runsHere(record.id)) {
        await this.#takeOver(record, server, jobs, continueWith);
      }
    }
  }

  async #takeOver(
    record: JobRecord,
    from: string,
    jobs: JobRecords,
    continueWith: Continue,
  ): Promise<void> {
    const { storage: { lease }, log, run } = this.#options;
    const work = await continueWith(record);
    if (work instanceof ImageError) {
      if (!this.#unrecoverable.has(record.id)) log.warning(work.message, { job: record.id });
      this.#unrecoverable.set(record.id, { server: from, reason: work });
      return;
    }
    await lease.announce();
    if (this.#isClosed || !await jobs.claim(record, from, lease.id)) return;
    this.#unrecoverable.delete(record.id);
    log.info("Took over a job of a server that ended", { job: record.id });
    const isCancelled = (await jobs.cancelRequests(lease.id)).includes(record.id);
    const stop: Work = () => Promise.reject(cancelledOnPurpose(record.id));
    run(record, isCancelled ? stop : work);
  }

  /** Now and then: what nobody needs any more is forgotten. */
  async #tidy(): Promise<void> {
    if (performance.now() - this.#tidiedAt < HOUR) return;
    this.#tidiedAt = performance.now();
    const { storage, now } = this.#options;
    const { jobs, batches, inputs, uploads } = await storage.records();
    const oldest = now() - KEEP_RECORDS;
    await jobs.forgetBefore(oldest);
    await batches.forgetBefore(oldest);
    const unused = await uploads.forgetBefore({ unused: now() - KEEP_UNUSED, used: oldest });
    for (const hash of [...unused, ...await inputs.forgetBefore(oldest)]) {
      await storage.inputs.remove(hash);
    }
    await storage.lease.forgetDead(new Set(await jobs.serversAtWork()));
    await storage.images.removeLeftovers();
  }
}
