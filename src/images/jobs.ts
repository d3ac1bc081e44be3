/** Work that outlives a call: started once, waited for by many, cancelled on purpose, inherited after a crash. */

import { ImageError, messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { GenerateArguments } from "./choice.ts";
import {
  ACTIVE_STATES,
  type JobOutcome,
  type JobPart,
  type JobRecord,
  type JobState,
  JobStore,
} from "./job_store.ts";
import type { Library } from "./library.ts";
import { Runner } from "./runner.ts";

/** Who asks, and how long they will wait. */
export interface Caller {
  /** The name of the token they came with; "" without tokens. */
  readonly owner: string;
  /** Tells callers apart for fairness: a session, a connection. */
  readonly key: string;
  /** The same for a request that is sent again after a broken stream. */
  readonly requestKey?: string;
  /** Aborts when the caller cancels or is gone. */
  readonly signal: AbortSignal;
  /** Undefined: until the end. */
  readonly waitSeconds?: number;
  readonly onProgress?: (message: string) => void;
}

export interface JobView {
  readonly id: string;
  readonly state: JobState;
  readonly provider: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly message: string;
  /** True when this request did not start the job but found it running. */
  readonly adopted?: boolean;
}

export type Waited =
  | { readonly done: true; readonly job: JobView; readonly outcome: JobOutcome }
  | { readonly done: false; readonly job: JobView };

/** A job as its work sees it. */
export interface JobRun {
  readonly id: string;
  readonly wish: GenerateArguments;
  readonly callerKey: string;
  /** Aborts when the job is cancelled on purpose. */
  readonly signal: AbortSignal;
  /** Aborts when every caller has gone: what no vendor has seen yet is dropped. */
  readonly abandoned: AbortSignal;
  readonly wantsProgress: boolean;
  readonly parts: JobPart[];
  /** Says what it is doing now. */
  report(message: string, state?: JobState, provider?: string): void;
  /** Writes the parts as they stand, as soon as the database lets it. */
  persist(): Promise<void>;
  /** Writes the parts before another line runs, where the database is free. */
  persistNow(): void;
}

export type Work = (run: JobRun) => Promise<Pick<JobOutcome, "imageIds" | "warnings">>;

interface LiveJob {
  readonly record: JobRecord;
  readonly fingerprint: string;
  readonly cancellation: AbortController;
  readonly abandonment: AbortController;
  readonly settled: Promise<void>;
  readonly listeners: Set<(message: string) => void>;
  waiters: number;
  /** Somebody knows its id and may ask for it later. */
  isKnown: boolean;
  readonly wantsProgress: boolean;
}

export interface JobsOptions {
  readonly library: Library;
  readonly log: Logger;
  readonly now?: () => number;
}

const DAY = 86_400_000;
/** How long ended jobs stay listed. */
const KEEP_ENDED = 7 * DAY;
/** How long a request sent again finds the job of the first, in milliseconds. */
const KEEP_REQUEST_KEYS = 600_000;
const CANCEL_LOOK_INTERVAL = 1_000;
const FOREIGN_LOOK_INTERVAL = 500;

export class Jobs {
  readonly #library: Library;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #runner: Runner;
  readonly #live = new Map<string, LiveJob>();
  readonly #byRequest = new Map<string, { jobId: string; at: number }>();
  #store: Promise<JobStore> | undefined;
  #cancelLook: ReturnType<typeof setInterval> | undefined;

  constructor({ library, log, now = Date.now }: JobsOptions) {
    this.#library = library;
    this.#log = log;
    this.#now = now;
    this.#runner = new Runner(library.hiddenDirectory);
  }

  /** Jobs that are not over yet in this process. */
  get active(): number {
    return [...this.#live.values()].filter(({ record }) => isActive(record.state)).length;
  }

  /** Starts a job and waits for it as the caller wishes. */
  async start(
    wish: GenerateArguments,
    provider: string,
    caller: Caller,
    work: Work,
  ): Promise<Waited> {
    const record: JobRecord = {
      id: `job_${Math.floor(this.#now() / 1000)}_${
        crypto.getRandomValues(new Uint8Array(12)).toHex()
      }`,
      owner: caller.owner,
      wish,
      createdAt: this.#now(),
      state: "queued",
      provider,
      message: "Waiting for its turn",
      parts: [],
    };
    const job = this.#run(record, caller.key, work, caller.onProgress !== undefined);
    this.#rememberRequest(caller, job);
    return await this.#waitHere(job, caller);
  }

  /**
   * Waits for the job that already does what `wish` asks: one whose callers have
   * all gone, or the one that this very request started before its stream broke.
   */
  async adopt(
    wish: GenerateArguments,
    caller: Caller,
    { abandonedToo }: { readonly abandonedToo: boolean },
  ): Promise<Waited | undefined> {
    const fingerprint = fingerprintOf(caller.owner, wish);
    const again = this.#byRequest.get(`${caller.requestKey} ${fingerprint}`);
    if (again) return await this.wait(again.jobId, caller);
    if (!abandonedToo) return undefined;
    const abandoned = [...this.#live.values()].find((job) =>
      job.fingerprint === fingerprint && isActive(job.record.state) && job.waiters === 0 &&
      !job.cancellation.signal.aborted && !job.abandonment.signal.aborted
    );
    if (!abandoned) return undefined;
    this.#rememberRequest(caller, abandoned);
    const waited = await this.#waitHere(abandoned, caller);
    return { ...waited, job: { ...waited.job, adopted: true } };
  }

  /** Waits for a job of this owner, wherever it runs. @throws {ImageError} `job_not_found`. */
  async wait(id: string, caller: Caller): Promise<Waited> {
    const live = this.#live.get(id);
    if (live && live.record.owner === caller.owner) return await this.#waitHere(live, caller);
    return await this.#waitElsewhere(id, caller);
  }

  /** The newest jobs of an owner, running or ended. */
  async list(owner: string, limit = 50): Promise<readonly JobView[]> {
    const stored = (await this.#openStore()).list(owner, limit);
    return stored.map((record) => viewOf(this.#live.get(record.id)?.record ?? record));
  }

  /**
   * Stops a job on purpose: a queued one never reaches a vendor, a running request is aborted.
   * @returns the job as it was when the cancel came, so that its state tells what may be charged.
   */
  async cancel(id: string, owner: string): Promise<JobView> {
    const live = this.#live.get(id);
    const store = await this.#openStore();
    const record = live?.record ?? store.get(id);
    if (!record || record.owner !== owner) throw unknownJob(id);
    const before = viewOf(record);
    if (!isActive(record.state)) return before;
    if (!live) {
      await store.requestCancel(id);
      return before;
    }
    live.cancellation.abort(new ImageError("cancelled", `Job '${id}' was cancelled`, { job: id }));
    await live.settled;
    return before;
  }

  /**
   * Inherits what dead servers on this folder left: `resume` gives the work for an
   * accepted job, or undefined where this server cannot do it.
   */
  async inherit(resume: (record: JobRecord) => Work | undefined): Promise<number> {
    const store = await this.#openStore();
    await store.forgetBefore(this.#now() - KEEP_ENDED);
    let inherited = 0;
    for (const runner of store.runnersAtWork()) {
      await this.#runner.inherit(runner, async () => {
        for (const record of store.unfinishedOf(runner)) {
          inherited += await this.#inheritOne(record, runner, store, resume) ? 1 : 0;
        }
      });
    }
    return inherited;
  }

  /** Resolves when no job runs any more, or after `seconds`; true when none was left. */
  async drain(seconds: number): Promise<boolean> {
    const all = Promise.all([...this.#live.values()].map((job) => job.settled));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, seconds * 1000));
    await Promise.race([all, late]);
    clearTimeout(timer);
    return this.active === 0;
  }

  /** Lets go of timers and the lock; what still runs stays to be inherited. */
  close(): void {
    clearInterval(this.#cancelLook);
    this.#runner[Symbol.dispose]();
  }

  #run(record: JobRecord, callerKey: string, work: Work, wantsProgress: boolean): LiveJob {
    const settled = Promise.withResolvers<void>();
    const job: LiveJob = {
      record,
      fingerprint: fingerprintOf(record.owner, record.wish),
      cancellation: new AbortController(),
      abandonment: new AbortController(),
      settled: settled.promise,
      listeners: new Set(),
      waiters: 0,
      isKnown: false,
      wantsProgress,
    };
    this.#forgetOldJobs();
    this.#live.set(record.id, job);
    this.#lookForCancels();
    this.#work(job, callerKey, work).finally(settled.resolve);
    return job;
  }

  async #work(job: LiveJob, callerKey: string, work: Work): Promise<void> {
    const { record } = job;
    const persist = () => this.#persist(record);
    try {
      const outcome = await work({
        id: record.id,
        wish: record.wish,
        callerKey,
        signal: job.cancellation.signal,
        abandoned: job.abandonment.signal,
        wantsProgress: job.wantsProgress,
        parts: record.parts,
        report: (message, state, provider) => {
          record.message = message;
          record.state = state ?? record.state;
          record.provider = provider ?? record.provider;
          for (const listener of job.listeners) listener(message);
        },
        persist,
        persistNow: () => this.#persistNow(record),
      });
      record.outcome = outcome;
      record.message = "Finished";
      record.state = "finished";
    } catch (error) {
      this.#fail(record, error);
    }
    await persist();
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

  async #waitHere(job: LiveJob, caller: Caller): Promise<Waited> {
    const { record } = job;
    const onProgress = caller.onProgress;
    if (onProgress) job.listeners.add(onProgress);
    job.waiters++;
    try {
      onProgress?.(record.message);
      await settledOrTired(job.settled, caller);
    } catch (error) {
      this.#leave(job);
      throw error;
    } finally {
      job.waiters--;
      if (onProgress) job.listeners.delete(onProgress);
    }
    if (isActive(record.state)) job.isKnown = true;
    return waitedOf(record);
  }

  /** The last caller of a job nobody can ask for has gone: what no vendor has seen yet is dropped. */
  #leave({ waiters, isKnown, record, abandonment }: LiveJob): void {
    const isUnsent = record.parts.some((part) => part.state === "waiting");
    if (waiters > 1 || isKnown || !isUnsent) return;
    abandonment.abort(
      new ImageError("cancelled", "The caller had gone before this was sent to a vendor"),
    );
  }

  /** A job of another process, or of the past, is looked up until it ends. */
  async #waitElsewhere(id: string, caller: Caller): Promise<Waited> {
    const store = await this.#openStore();
    const deadline = this.#deadlineOf(caller);
    while (true) {
      const record = store.get(id);
      if (!record || record.owner !== caller.owner) throw unknownJob(id);
      caller.onProgress?.(record.message);
      if (!isActive(record.state) || performance.now() >= deadline) return waitedOf(record);
      if (this.#live.has(id)) return await this.wait(id, caller);
      await settledOrTired(NEVER, {
        signal: caller.signal,
        waitSeconds: Math.min(FOREIGN_LOOK_INTERVAL, deadline - performance.now()) / 1000,
      });
    }
  }

  #deadlineOf({ waitSeconds = Infinity }: Caller): number {
    return performance.now() + waitSeconds * 1000;
  }

  async #inheritOne(
    record: JobRecord,
    from: string,
    store: JobStore,
    resume: (record: JobRecord) => Work | undefined,
  ): Promise<boolean> {
    const work = resume(record);
    if (!work || !await store.claim(record.id, from, this.#runner.id)) return false;
    this.#runner.announce();
    this.#log.info("Took over a job of a server that ended", { job: record.id });
    this.#run(record, `inherited ${record.id}`, work, false);
    return true;
  }

  #openStore(): Promise<JobStore> {
    return this.#store ??= this.#library.database()
      .then((database) => new JobStore(database, this.#now));
  }

  async #persist(record: JobRecord): Promise<void> {
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

  #persistNow(record: JobRecord): void {
    this.#openStore().then((store) => store.saveNow(record, this.#runner.id))
      .catch(() => this.#persist(record));
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
    if (this.#cancelLook !== undefined) return;
    this.#cancelLook = setInterval(async () => {
      if (this.active === 0) {
        clearInterval(this.#cancelLook);
        this.#cancelLook = undefined;
        return;
      }
      const store = await this.#openStore();
      for (const id of store.cancelRequests(this.#runner.id)) {
        const job = this.#live.get(id);
        job?.cancellation.abort(new ImageError("cancelled", `Job '${id}' was cancelled`));
      }
    }, CANCEL_LOOK_INTERVAL);
  }

  #rememberRequest({ requestKey }: Caller, { record, fingerprint }: LiveJob): void {
    if (requestKey === undefined) return;
    const oldest = this.#now() - KEEP_REQUEST_KEYS;
    for (const [known, { at }] of this.#byRequest) if (at < oldest) this.#byRequest.delete(known);
    this.#byRequest.set(`${requestKey} ${fingerprint}`, { jobId: record.id, at: this.#now() });
  }

  /** Ended jobs are in the database; memory keeps the ones somebody still waits for. */
  #forgetOldJobs(): void {
    for (const [id, job] of this.#live) {
      if (!isActive(job.record.state) && job.waiters === 0) this.#live.delete(id);
    }
  }
}

/** What makes two requests the same request. */
export function fingerprintOf(owner: string, wish: GenerateArguments): string {
  const entries = Object.entries(wish).filter(([, value]) => value !== undefined && value !== "");
  return JSON.stringify([owner, ...entries.sort(([one], [other]) => one < other ? -1 : 1)]);
}

function isActive(state: JobState): boolean {
  return ACTIVE_STATES.includes(state);
}

function unknownJob(id: string): ImageError {
  return new ImageError(
    "job_not_found",
    `There is no job '${id}'; list_jobs names the known ones`,
    {
      job: id,
    },
  );
}

function viewOf(record: JobRecord): JobView {
  const { id, state, provider, createdAt: startedAt, message } = record;
  return { id, state, provider, startedAt, message };
}

function waitedOf(record: JobRecord): Waited {
  const job = viewOf(record);
  return record.outcome && !isActive(record.state)
    ? { done: true, job, outcome: record.outcome }
    : { done: false, job };
}

const NEVER = new Promise<void>(() => {});

/** Resolves at the job's end or when the caller is tired of waiting; rejects when the caller has gone. */
async function settledOrTired(
  settled: Promise<void>,
  { signal, waitSeconds }: Pick<Caller, "signal" | "waitSeconds">,
): Promise<void> {
  signal.throwIfAborted();
  const gone = Promise.withResolvers<never>();
  const tired = Promise.withResolvers<void>();
  const leave = () => gone.reject(signal.reason);
  signal.addEventListener("abort", leave, { once: true });
  const timer = waitSeconds === undefined
    ? undefined
    : setTimeout(tired.resolve, Math.max(0, waitSeconds) * 1000);
  try {
    await Promise.race([settled, tired.promise, gone.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
  }
}
