/** A job of this process: what it is doing, who waits for it, and how it is stopped. */

import { ImageError, messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { fingerprintOf, type Plan } from "../requests/request.ts";
import {
  type ImageRecord,
  isActive,
  type JobOutcome,
  type JobRecord,
  type JobState,
  type JobSummary,
  promptBeginning,
  type ProviderCall,
} from "../storage/records/records.ts";
import { type Caller, settledOrTimeout } from "./caller.ts";
import { activeStateOf, mayBeCharged } from "./calls.ts";
import { Saves } from "./saves.ts";

export interface JobView {
  readonly id: string;
  readonly state: JobState;
  readonly provider: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly message: string;
}

/** A job in a list. */
export interface ListedJob extends JobView {
  /** Its first 200 characters. */
  readonly prompt: string;
  readonly imageIds: readonly string[];
}

/** What waiting for a job came to: its outcome, or how far it is. */
export type Waited =
  | {
    readonly done: true;
    readonly job: JobView;
    readonly outcome: JobOutcome;
    readonly calls: readonly ProviderCall[];
  }
  | { readonly done: false; readonly job: JobView };

/** A job as its work sees it. */
export interface JobRun {
  readonly id: string;
  readonly owner: string;
  readonly plan: Plan;
  readonly callerKey: string;
  /** Aborts when the job is stopped on purpose. */
  readonly signal: AbortSignal;
  /** Aborts when every caller has gone: what no vendor has seen yet is dropped. */
  readonly allCallersGone: AbortSignal;
  /** Whether somebody sees the progress now. */
  readonly hasListeners: boolean;
  /** Whether anybody waits for it or may come back for it. */
  readonly isNeeded: boolean;
  /** Whether it is in the records, where other servers see it. */
  readonly isKnown: boolean;
  readonly calls: ProviderCall[];
  /** Says what it is doing now, and where. */
  report(message: string, provider?: string): void;
  /** Shows a picture that is not finished; undefined where nobody would see it. */
  readonly showPartialImage: ((bytes: Uint8Array<ArrayBuffer>) => void) | undefined;
  /** Tells of a picture that is stored, while others are still to come. */
  tellPicture(picture: ImageRecord): void;
  /** Writes the calls as they stand: before anything else happens, or as soon as the records are free. */
  persist(): Promise<boolean>;
  /**
   * Keeps the end from being recorded until then, so that a crash before it leaves a job that is to
   * be gone on with; callers get the end all the same.
   */
  holdRecord(until: Promise<void>): void;
}

export type Work = (run: JobRun) => Promise<JobOutcome>;

export class Job {
  readonly record: JobRecord;
  /** The same for requests of an owner that ask the same. */
  readonly fingerprint: string;
  /** Whether it was ever written down; what was turned away before is no job. */
  isRecorded: boolean;
  readonly saves = new Saves();
  /** What its end is not recorded before. */
  readonly holds: Promise<void>[] = [];
  /** Whether another server runs it by now. */
  isTakenOver = false;
  /** Whether it was ever written down with success. */
  isKnown: boolean;
  readonly #cancellation = new AbortController();
  readonly #callersGone = new AbortController();
  readonly #end = Promise.withResolvers<void>();
  readonly #listeners = new Set<Caller>();
  /** Of the last caller who wished to be told. */
  #onPicture: Caller["onPicture"];
  #waiters = 0;
  #isIdKnown: boolean;
  #endedAt: number | undefined;

  constructor(record: JobRecord, isRecorded: boolean) {
    this.record = record;
    this.fingerprint = fingerprintOf(record.plan.request, record.owner);
    this.isRecorded = isRecorded;
    this.isKnown = isRecorded;
    this.#isIdKnown = isRecorded; // another server has begun it and may have told its id
  }

  /** Aborts when the job is stopped on purpose. */
  get cancelled(): AbortSignal {
    return this.#cancellation.signal;
  }

  /** Resolves when it is over and written down. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  get isOver(): boolean {
    return this.#endedAt !== undefined;
  }

  /** Whether the same request may have it: it runs for nobody. */
  get isAdoptable(): boolean {
    return isActive(this.record.state) && this.#waiters === 0 && !this.cancelled.aborted &&
      !this.#callersGone.signal.aborted;
  }

  /** Whether it was dropped before any vendor had anything of it. */
  get isDropped(): boolean {
    return this.#callersGone.signal.aborted && !mayBeCharged(this.record.calls);
  }

  /** Whether it ended at least `milliseconds` ago and nobody waits for it. */
  isOlderThan(milliseconds: number): boolean {
    return this.#endedAt !== undefined && this.#waiters === 0 &&
      performance.now() - this.#endedAt >= milliseconds;
  }

  /** What its work gets: the job as it stands at every moment. */
  run(callerKey: string, persist: () => Promise<boolean>): JobRun {
    const { id, owner, plan, calls } = this.record;
    const hasListeners = () => this.#listeners.size > 0;
    const isNeeded = () => this.#waiters > 0 || this.#isIdKnown;
    const isKnown = () => this.isKnown;
    const showPartialImage = () => this.#showPartialImage();
    return {
      id,
      owner,
      plan,
      callerKey,
      signal: this.cancelled,
      allCallersGone: this.#callersGone.signal,
      get hasListeners() {
        return hasListeners();
      },
      get isNeeded() {
        return isNeeded();
      },
      get isKnown() {
        return isKnown();
      },
      calls,
      report: (message, provider) => this.report(message, provider),
      get showPartialImage() {
        return showPartialImage();
      },
      tellPicture: (picture) => {
        if (isNeeded()) this.#onPicture?.(picture, plan.request.count);
      },
      persist,
      holdRecord: (until) => void this.holds.push(until),
    };
  }

  /**
   * Waits for the end, or as long as the caller wishes.
   * @throws the reason of `caller.signal`; what runs then runs on.
   */
  async wait(caller: Caller): Promise<Waited> {
    const { onProgress, onPartialImage, disconnected } = caller;
    this.#onPicture = caller.onPicture ?? this.#onPicture;
    let isHere = true;
    this.#waiters++;
    const leave = () => {
      if (isHere) this.#waiters--;
      isHere = false;
    };
    const goAway = () => {
      leave();
      this.#dropUnsent();
    };
    if (disconnected?.aborted) goAway();
    disconnected?.addEventListener("abort", goAway, { once: true });
    if (onProgress || onPartialImage) this.#listeners.add(caller);
    try {
      caller.onJob?.(this.record.id);
      onProgress?.(this.record.message, this.record.state);
      await settledOrTimeout(this.ended, caller);
      if (!this.isOver) this.#isIdKnown = true; // the caller is answered with it
      return waitedOf(this.record);
    } catch (error) {
      goAway();
      throw error;
    } finally {
      leave();
      disconnected?.removeEventListener("abort", goAway);
      this.#listeners.delete(caller);
    }
  }

  /** Says what it is doing now. */
  report(message: string, provider = this.record.provider): void {
    const { record } = this;
    record.message = message;
    record.provider = provider;
    record.state = activeStateOf(record.calls);
    for (const { onProgress } of this.#listeners) onProgress?.(message, record.state);
  }

  /** Aborts what it is doing. */
  cancel(reason: ImageError): void {
    this.#cancellation.abort(reason);
  }

  /** Lets go of everybody who waits; the record tells how it ended. */
  end(): void {
    this.#endedAt = performance.now();
    this.#end.resolve();
  }

  #showPartialImage(): JobRun["showPartialImage"] {
    const shown = [...this.#listeners].flatMap(({ onPartialImage }) => onPartialImage ?? []);
    if (shown.length === 0) return undefined;
    return (bytes) => shown.forEach((show) => show(bytes));
  }

  #dropUnsent(): void {
    const isNeeded = this.#waiters > 0 || this.#isIdKnown;
    if (isNeeded || !this.record.calls.some(({ state }) => state === "waiting")) return;
    this.#callersGone.abort(
      new ImageError(
        "cancelled",
        "The caller went away before this was sent to a vendor; nothing was charged for it",
      ),
    );
  }
}

export function viewOf(
  { id, state, provider, createdAt, message }: Pick<
    JobRecord,
    "id" | "state" | "provider" | "createdAt" | "message"
  >,
): JobView {
  return { id, state, provider, startedAt: createdAt, message };
}

export function listedJob(job: JobRecord | JobSummary): ListedJob {
  if ("prompt" in job) return { ...viewOf(job), prompt: job.prompt, imageIds: job.imageIds };
  const prompt = promptBeginning(job.plan.request.prompt);
  return { ...viewOf(job), prompt, imageIds: job.outcome?.imageIds ?? [] };
}

export function waitedOf(record: JobRecord): Waited {
  const job = viewOf(record);
  return record.outcome && !isActive(record.state)
    ? { done: true, job, outcome: record.outcome, calls: record.calls }
    : { done: false, job };
}

export function newJobId(now: number): string {
  return `job_${Math.floor(now / 1000)}_${crypto.getRandomValues(new Uint8Array(12)).toHex()}`;
}

/** Ends a job with what was thrown; what nobody expected is logged with its stack. */
export function fail(record: JobRecord, thrown: unknown, log: Logger): void {
  const isExpected = thrown instanceof ImageError;
  if (!isExpected) {
    const stack = thrown instanceof Error ? thrown.stack : messageOf(thrown);
    log.error("A job ended with an unexpected error", { job: record.id, stack });
  }
  const { code, message, details } = isExpected
    ? thrown
    : new ImageError("internal_error", `Unexpected error: ${messageOf(thrown)}`);
  record.outcome = { imageIds: [], warnings: [], error: { code, message, details } };
  record.message = message;
  record.state = code === "cancelled" || code === "interrupted" ? code : "failed";
}
