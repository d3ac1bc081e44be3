/** Work that outlives a call: started once, waited for by many, cancelled on purpose, inherited after a crash. */

import { ImageError, messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { RequestArguments } from "../requests/route.ts";
import { isActive, type JobRecord, JobStore, mayBeCharged } from "../storage/job_records.ts";
import { Recovery, type Resume } from "./recovery.ts";
import type { Library } from "../storage/image_store.ts";
import {
  type Caller,
  cancelledOnPurpose,
  fingerprintOf,
  Job,
  type JobRun,
  type JobView,
  settledOrTired,
  viewOf,
  type Waited,
  waitedOf,
  type Work,
} from "./job.ts";
import { RequestMemory } from "./request_memory.ts";
import { ServerLease } from "../storage/server_lease.ts";

export type { Caller, JobRun, JobView, Waited, Work };

/** What a deliberate stop meant for a job. */
export interface Cancellation {
  readonly before: JobView;
  readonly after: JobView;
  /** Whether a vendor may ask money for it, by what was sent when the stop came. */
  readonly mayBeCharged: boolean;
}

export interface JobsOptions {
  readonly library: Library;
  readonly log: Logger;
  readonly now?: () => number;
}

/** How long ended jobs stay in memory, for those the database could not take. */
const KEEP_ENDED = 600_000;
const LET_GO_PAUSE = 10_000;
/** How often jobs of this process are looked up for cancels from others. */
const CANCEL_LOOK = 1_000;
/** How often jobs of other processes are looked up. */
const FOREIGN_LOOK = 300;
/** How long a cancel waits for another process to obey. */
const OBEY_TIME = 5_000;
/** How long stopped work may take to let go. */
const CLOSE_SECONDS = 5;

export class Jobs {
  readonly #library: Library;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #runner: ServerLease;
  readonly #live = new Map<string, Job>();
  readonly #requests = new RequestMemory();
  readonly #inheritance: Recovery;
  #letGoAt = -Infinity;
  #cancelLook: ReturnType<typeof setInterval> | undefined;
  #isClosed = false;

  constructor({ library, log, now = Date.now }: JobsOptions) {
    this.#library = library;
    this.#log = log;
    this.#now = now;
    this.#runner = new ServerLease(library.hiddenDirectory);
    this.#inheritance = new Recovery({
      library,
      runner: this.#runner,
      log,
      now,
      openStore: () => this.#openStore(),
      run: (record, work) => this.#run(record, `inherited ${record.id}`, work, true),
    });
  }

  /** How many jobs of this process are not over yet. */
  get active(): number {
    return this.#activeJobs().length;
  }

  /** Starts a job and waits for it as the caller wishes. */
  async start(
    wish: RequestArguments,
    provider: string,
    caller: Caller,
    work: Work,
  ): Promise<Waited> {
    const job = this.#run(this.#newRecord(wish, provider, caller), caller.key, work);
    this.#requests.remember(caller, job);
    return await job.wait(caller);
  }

  /**
   * Waits for the job that this very request started before its stream broke, if it
   * did and the job was not dropped for it.
   */
  async again(wish: RequestArguments, caller: Caller): Promise<Waited | undefined> {
    const id = this.#requests.jobOf(caller, fingerprintOf(caller.owner, wish));
    if (id === undefined || this.#live.get(id)?.isDropped) return undefined;
    if (!await this.find(id, caller.owner)) return undefined;
    return await this.wait(id, caller);
  }

  /** Waits for a running job that does just what `wish` asks, for nobody, if there is one. */
  async adopt(wish: RequestArguments, caller: Caller): Promise<Waited | undefined> {
    const fingerprint = fingerprintOf(caller.owner, wish);
    const job = [...this.#live.values()]
      .find((each) => each.fingerprint === fingerprint && each.isAdoptable);
    if (!job) return undefined;
    this.#requests.remember(caller, job);
    return await job.wait(caller);
  }

  /** Waits for a job of this owner, wherever it runs. @throws {ImageError} `job_not_found`. */
  async wait(id: string, caller: Caller): Promise<Waited> {
    const live = this.#live.get(id);
    if (!live) return await this.#waitElsewhere(id, caller);
    if (live.record.owner !== caller.owner) throw unknownJob(id);
    return await live.wait(caller);
  }

  /** A job of this owner as it is now. */
  async find(id: string, owner: string): Promise<JobView | undefined> {
    const record = await this.#recordOf(id);
    return record?.owner === owner ? viewOf(record) : undefined;
  }

  /** The newest jobs of an owner, running or ended, newest first. */
  async list(owner: string, limit = 50): Promise<readonly JobView[]> {
    const stored = await (await this.#openStore()).list(owner, limit);
    const live = [...this.#live.values()].map(({ record }) => record)
      .filter((record) => record.owner === owner);
    const records = new Map([...stored, ...live].map((record) => [record.id, record]));
    return [...records.values()]
      .sort((one, other) => other.createdAt - one.createdAt)
      .slice(0, limit)
      .map(viewOf);
  }

  /**
   * Stops a job on purpose: a queued one never reaches a vendor, a running request is aborted.
   * @throws {ImageError} `job_not_found`.
   */
  async cancel(id: string, owner: string): Promise<Cancellation> {
    const record = await this.#recordOf(id);
    if (record?.owner !== owner) throw unknownJob(id);
    const before = viewOf(record);
    const isCharged = mayBeCharged(record.parts);
    if (isActive(record.state)) await this.#stop(id);
    const after = viewOf(await this.#recordOf(id) ?? record);
    return { before, after, mayBeCharged: isCharged };
  }

  /**
   * Takes over what dead servers on this folder left: `resume` gives the work that
   * finishes a job, or the reason why it cannot go on here.
   */
  async inherit(resume: Resume): Promise<void> {
    await this.#inheritance.take(resume);
  }

  /** Resolves when no job runs any more, or after `seconds`; true when none was left. */
  async drain(seconds: number): Promise<boolean> {
    const all = Promise.all(this.#activeJobs().map((job) => job.ended));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, seconds * 1000));
    await Promise.race([all, late]);
    clearTimeout(timer);
    return this.active === 0;
  }

  /** Aborts what still runs, leaves its record for the next server to inherit, and lets go of the lock. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#cancelLook);
    await this.#inheritance.close();
    for (const job of this.#activeJobs()) {
      job.cancel(
        new ImageError(
          "interrupted",
          `The server stopped while job '${job.record.id}' was running`,
        ),
      );
    }
    await this.drain(CLOSE_SECONDS);
    this.#runner[Symbol.dispose]();
  }

  #activeJobs(): readonly Job[] {
    return [...this.#live.values()].filter((job) => !job.isOver);
  }

  #newRecord(wish: RequestArguments, provider: string, { owner }: Caller): JobRecord {
    const now = this.#now();
    const random = crypto.getRandomValues(new Uint8Array(12)).toHex();
    return {
      id: `job_${Math.floor(now / 1000)}_${random}`,
      owner,
      wish,
      createdAt: now,
      state: "queued",
      provider,
      message: "Waiting for its turn",
      parts: [],
    };
  }

  #run(record: JobRecord, callerKey: string, work: Work, isRecorded = false): Job {
    const job = new Job(record, isRecorded);
    this.#letGoOfEnded();
    this.#live.set(record.id, job);
    this.#lookForCancels();
    void this.#work(job, callerKey, work);
    return job;
  }

  /** Now and then, so that a rush of jobs does not look at all of them for each. */
  #letGoOfEnded(): void {
    if (performance.now() - this.#letGoAt < LET_GO_PAUSE) return;
    this.#letGoAt = performance.now();
    for (const [id, job] of this.#live) if (job.isOlderThan(KEEP_ENDED)) this.#live.delete(id);
  }

  /** Never rejects: whatever happens is the job's outcome. */
  async #work(job: Job, callerKey: string, work: Work): Promise<void> {
    const { record } = job;
    const run: JobRun = {
      id: record.id,
      wish: record.wish,
      callerKey,
      signal: job.cancelled,
      allCallersGone: job.allCallersGone,
      get hasListeners() {
        return job.hasListeners;
      },
      get isNeeded() {
        return job.isNeeded;
      },
      parts: record.parts,
      report: (message, provider) => job.report(message, provider),
      persist: () => this.#persist(job),
    };
    try {
      record.outcome = await work(run);
      record.message = "Finished";
      record.state = "finished";
    } catch (error) {
      this.#fail(record, error);
    }
    if (job.isRecorded) await this.#persist(job);
    else this.#live.delete(record.id);
    job.end();
  }

  #fail(record: JobRecord, thrown: unknown): void {
    const isExpected = thrown instanceof ImageError;
    if (!isExpected) {
      const stack = thrown instanceof Error ? thrown.stack : messageOf(thrown);
      this.#log.error("A job ended with an unexpected error", { job: record.id, stack });
    }
    const { code, message, details } = isExpected
      ? thrown
      : new ImageError("internal_error", `Unexpected error: ${messageOf(thrown)}`);
    record.outcome = { imageIds: [], warnings: [], error: { code, message, details } };
    record.message = message;
    record.state = code === "cancelled" || code === "interrupted" ? code : "failed";
  }

  /** A job of another process, or of the past, is looked up until it ends. */
  async #waitElsewhere(id: string, caller: Caller): Promise<Waited> {
    const store = await this.#openStore();
    const deadline = performance.now() + (caller.waitSeconds ?? Infinity) * 1000;
    while (true) {
      const secondsLeft = (deadline - performance.now()) / 1000;
      const live = this.#live.get(id);
      if (live) {
        const waitSeconds = secondsLeft === Infinity ? undefined : secondsLeft;
        return await this.wait(id, { ...caller, waitSeconds });
      }
      const record = await store.get(id);
      if (record?.owner !== caller.owner) throw unknownJob(id);
      if (!isActive(record.state)) return waitedOf(record);
      const reason = this.#inheritance.whyUnrecoverable(id);
      if (reason) throw reason;
      caller.onProgress?.(record.message);
      if (secondsLeft <= 0) return waitedOf(record);
      const { signal } = caller;
      await settledOrTired(NEVER, {
        signal,
        waitSeconds: Math.min(FOREIGN_LOOK / 1000, secondsLeft),
      });
    }
  }

  async #stop(id: string): Promise<void> {
    const live = this.#live.get(id);
    if (live) {
      live.cancel(cancelledOnPurpose(id));
      return await live.ended;
    }
    const store = await this.#openStore();
    await store.requestCancel(id);
    const deadline = performance.now() + OBEY_TIME;
    while (performance.now() < deadline) {
      const record = await store.get(id);
      if (!record || !isActive(record.state)) return;
      await new Promise((resolve) => setTimeout(resolve, FOREIGN_LOOK));
    }
  }

  async #recordOf(id: string): Promise<JobRecord | undefined> {
    return this.#live.get(id)?.record ?? await (await this.#openStore()).get(id);
  }

  async #openStore(): Promise<JobStore> {
    return new JobStore(await this.#library.database(), this.#now);
  }

  async #persist(job: Job): Promise<void> {
    job.isRecorded = true;
    if (this.#isClosed) return;
    const { record } = job;
    try {
      const store = await this.#openStore();
      this.#announce();
      await store.save(record, this.#runner.id);
    } catch (error) {
      this.#log.error("A job could not be recorded; it goes on, but would not survive a crash", {
        job: record.id,
        reason: messageOf(error),
      });
    }
  }

  #announce(): void {
    try {
      this.#runner.announce();
    } catch (error) {
      this.#log.debug("No lock file can be made", { reason: messageOf(error) });
    }
  }

  /** Other processes ask for a cancel through the database. */
  #lookForCancels(): void {
    if (this.#cancelLook !== undefined || this.#isClosed) return;
    this.#cancelLook = setInterval(async () => {
      if (this.active > 0) return await this.#obeyCancels();
      clearInterval(this.#cancelLook);
      this.#cancelLook = undefined;
    }, CANCEL_LOOK);
  }

  async #obeyCancels(): Promise<void> {
    try {
      const store = await this.#openStore();
      for (const id of await store.cancelRequests(this.#runner.id)) {
        this.#live.get(id)?.cancel(cancelledOnPurpose(id));
      }
    } catch (error) {
      this.#log.debug("Cannot look for cancels", { reason: messageOf(error) });
    }
  }
}

function unknownJob(id: string): ImageError {
  return new ImageError(
    "job_not_found",
    `There is no job '${id}'; list_jobs names the known ones`,
    { job: id },
  );
}

const NEVER = new Promise<void>(() => {});
