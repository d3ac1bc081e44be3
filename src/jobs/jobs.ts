/** Work that outlives a call: started once, waited for by many, cancelled on purpose, recovered after a crash. */

import { ImageError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { fingerprintOf, type ParsedRequest, type Plan } from "../requests/request.ts";
import {
  isActive,
  type JobRecord,
  type JobRecords,
  type JobState,
  type JobSummary,
} from "../storage/records/records.ts";
import type { Storage } from "../storage/storage.ts";
import { resultWithin } from "../result_within.ts";
import type { Caller } from "./caller.ts";
import { mayBeCharged, providersAtWork } from "./calls.ts";
import {
  fail,
  Job,
  type JobView,
  type ListedJob,
  listedJob,
  newJobId,
  viewOf,
  type Waited,
  waitedOf,
  type Work,
} from "./job.ts";
import { cancelledOnPurpose, nothingDrawn, unknownJob, UNRECORDABLE } from "./job_errors.ts";
import { JobJournal } from "./job_journal.ts";
import { type Continue, Recovery } from "./recovery.ts";
import { RemoteJobs } from "./remote_jobs.ts";
import { RequestMemory } from "./request_memory.ts";
import type { Cancellation } from "./cancellation.ts";

export type { Cancellation } from "./cancellation.ts";

export interface JobsOptions {
  readonly storage: Storage;
  readonly log: Logger;
  readonly now?: () => number;
}

/** How long ended jobs stay in memory that the records could not take, or that were dropped. */
const KEEP_ENDED = 600_000;
const LET_GO_PAUSE = 10_000;
/** How long stopped work may take to let go. */
const CLOSE_SECONDS = 5;

export class Jobs {
  readonly #storage: Storage;
  readonly #log: Logger;
  readonly #journal: JobJournal;
  readonly #now: () => number;
  readonly #live = new Map<string, Job>();
  readonly #requests = new RequestMemory();
  readonly #recovery: Recovery;
  readonly #remote: RemoteJobs;
  #letGoAt = -Infinity;
  #isClosed = false;

  constructor({ storage, log, now = Date.now }: JobsOptions) {
    this.#storage = storage;
    this.#log = log;
    this.#journal = new JobJournal({
      storage,
      log,
      onChange: (id) => this.#remote.tellChange(id),
      onEndRecorded: (job) => this.#leaveToRecords(job),
    });
    this.#now = now;
    this.#recovery = new Recovery({
      storage,
      log,
      now,
      runsHere: (id) => this.#live.has(id),
      run: (record, work) => this.#run(new Job(record, true), `recovered ${record.id}`, work),
    });
    this.#remote = new RemoteJobs({
      storage,
      log,
      cancel: (id) => this.#live.get(id)?.cancel(cancelledOnPurpose(id)),
      activeCount: () => this.active,
    });
  }

  /** How many jobs of this process are not over yet. */
  get active(): number {
    return this.#activeJobs().length;
  }

  /** Starts a job and waits for it as the caller wishes. */
  async start(plan: Plan, caller: Caller, work: Work): Promise<Waited> {
    const started = new Job(this.#newRecord(plan, caller), false);
    this.#run(started, caller.key, work);
    this.#requests.remember(caller, started.record.id, started.fingerprint);
    return await this.#waitFor(started, caller);
  }

  /**
   * Waits for the job that this very request started before its stream broke, if it
   * did and the job was not dropped for it.
   */
  async again(request: ParsedRequest, caller: Caller): Promise<Waited | undefined> {
    const fingerprint = fingerprintOf(request, caller.owner);
    const id = this.#requests.idOf(caller, fingerprint);
    if (id === undefined || this.#live.get(id)?.isDropped) return undefined;
    if (!await this.find(id, caller.owner)) return undefined;
    return await this.wait(id, caller);
  }

  /** Waits for a running job that does just the same, for nobody, if there is one. */
  async adopt(request: ParsedRequest, caller: Caller): Promise<Waited | undefined> {
    const fingerprint = fingerprintOf(request, caller.owner);
    const job = [...this.#live.values()]
      .find((each) => each.fingerprint === fingerprint && each.isAdoptable);
    if (!job) return undefined;
    this.#requests.remember(caller, job.record.id, fingerprint);
    return await this.#waitFor(job, caller);
  }

  /** Waits for a job of this owner, wherever it runs. @throws {ImageError} `job_not_found`. */
  async wait(id: string, caller: Caller): Promise<Waited> {
    const deadline = performance.now() + (caller.waitSeconds ?? Infinity) * 1000;
    using following = this.#remote.follow(id);
    while (true) {
      const secondsLeft = (deadline - performance.now()) / 1000;
      const waitSeconds = secondsLeft === Infinity ? undefined : secondsLeft;
      const live = this.#live.get(id);
      if (live?.record.owner === caller.owner) {
        const waited = await live.wait({ ...caller, waitSeconds });
        if (!live.isTakenOver || !live.isOver) return waited;
        continue;
      }
      const record = live ? undefined : await (await this.#records()).find(id, caller.owner);
      if (!record) throw unknownJob(id);
      if (!isActive(record.state)) return waitedOf(record);
      const reason = await this.#recovery.whyUnrecoverable(id);
      if (reason) throw reason;
      caller.onProgress?.(record.message, record.state);
      if (secondsLeft <= 0) return waitedOf(record);
      await following.pause({ signal: caller.signal, waitSeconds });
    }
  }

  /** A job of this owner as it is now. */
  async find(id: string, owner: string): Promise<JobView | undefined> {
    const record = await this.#recordOf(id, owner);
    return record && viewOf(record);
  }

  /** The newest jobs of an owner that are of no batch, newest first, in one of `states` where they are given. */
  async list(
    owner: string,
    limit = 50,
    states?: readonly JobState[],
  ): Promise<readonly ListedJob[]> {
    const stored = await (await this.#records()).list(owner, limit, states);
    const live = [...this.#live.values()].map(({ record }) => record)
      .filter((record) => record.owner === owner && record.batch === undefined);
    const jobs = new Map<string, JobSummary | JobRecord>();
    for (const job of [...stored, ...live]) jobs.set(job.id, job);
    return [...jobs.values()]
      .filter(({ state }) => states?.includes(state) ?? true)
      .sort((one, other) => other.createdAt - one.createdAt)
      .slice(0, limit)
      .map(listedJob);
  }

  /** Whether a vendor may ask money for a job of this owner; false where there is no such job. */
  async mayBeCharged(id: string, owner: string): Promise<boolean> {
    return providersAtWork((await this.#recordOf(id, owner))?.calls ?? []).length > 0;
  }

  /**
   * Stops a job on purpose: a queued one never reaches a vendor, a running request is aborted.
   * @throws {ImageError} `job_not_found`.
   */
  async cancel(id: string, owner: string): Promise<Cancellation> {
    const record = await this.#recordOf(id, owner);
    if (!record) throw unknownJob(id);
    const before = viewOf(record);
    const mayCharge = providersAtWork(record.calls);
    if (isActive(record.state)) await this.#stop(id, owner);
    const after = viewOf(await this.#recordOf(id, owner) ?? record);
    return { before, after, mayCharge };
  }

  /** Takes over what dead servers left: `continueWith` gives the work that finishes a job. */
  async recover(continueWith: Continue): Promise<void> {
    await this.#recovery.look(continueWith);
  }

  /** Resolves when no job runs any more, or after `seconds`; true when none was left. */
  async drain(seconds: number): Promise<boolean> {
    const all = Promise.all(this.#activeJobs().map((job) => job.ended));
    await resultWithin(seconds * 1000, all, undefined);
    return this.active === 0;
  }

  /** Aborts what still runs, leaves its record for the next server, and lets go of the lease. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#journal.close();
    this.#remote.close();
    await this.#recovery.close();
    for (const job of this.#activeJobs()) {
      const message = `The server stopped while job '${job.record.id}' was running`;
      job.cancel(new ImageError("interrupted", message));
    }
    await this.drain(CLOSE_SECONDS);
    await this.#storage.lease.release().catch(() => {}); // others see its end all the same
  }

  /** An id that is told is of a job that every server knows, where there are several. */
  async #waitFor(job: Job, caller: Caller): Promise<Waited> {
    const waited = await job.wait(caller);
    if (job.isTakenOver) return await this.wait(job.record.id, caller);
    if (waited.done || !this.#storage.isShared) return waited;
    if (await this.#journal.save(job)) return waitedOf(job.record); // it may have failed meanwhile
    if (mayBeCharged(job.record.calls)) return waited; // it was recorded before it was sent
    job.cancel(nothingDrawn(UNRECORDABLE));
    await job.ended;
    return waitedOf(job.record);
  }

  #activeJobs(): readonly Job[] {
    return [...this.#live.values()].filter((job) => !job.isOver);
  }

  #newRecord(plan: Plan, { owner, item }: Caller): JobRecord {
    const now = this.#now();
    return {
      id: item?.jobId ?? newJobId(now),
      owner,
      ...item && { batch: item.batch },
      plan,
      createdAt: now,
      state: "queued",
      provider: plan.attempts[0].provider,
      message: "Waiting for its turn",
      calls: [],
    };
  }

  #run(job: Job, callerKey: string, work: Work): void {
    this.#letGoOfEnded();
    this.#live.set(job.record.id, job);
    if (!this.#isClosed) this.#remote.lookForCancels();
    void this.#work(job, callerKey, work);
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
    try {
      record.outcome = await work(job.run(callerKey, () => this.#journal.save(job)));
      record.message = "Finished";
      record.state = "finished";
    } catch (error) {
      fail(record, error, this.#log);
    }
    if (job.isRecorded) await this.#journal.saveEnd(job);
    if (!job.isRecorded || job.isTakenOver) this.#live.delete(record.id);
    job.end();
  }

  /** The records answer for it from its end on; what was dropped is known to be so here alone. */
  #leaveToRecords(job: Job): void {
    if (!job.isDropped) void job.ended.then(() => this.#live.delete(job.record.id));
  }

  async #stop(id: string, owner: string): Promise<void> {
    const live = this.#live.get(id);
    if (!live) return await this.#remote.stop(id, owner);
    live.cancel(cancelledOnPurpose(id));
    await live.ended;
  }

  async #recordOf(id: string, owner: string): Promise<JobRecord | undefined> {
    const live = this.#live.get(id)?.record;
    if (live) return live.owner === owner ? live : undefined;
    return await (await this.#records()).find(id, owner);
  }

  async #records(): Promise<JobRecords> {
    return (await this.#storage.records()).jobs;
  }
}
