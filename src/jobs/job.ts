/** A job of this process: what it is doing, who waits for it, and how it is stopped. */

import { ImageError } from "../errors.ts";
import type { RequestArguments } from "../requests/route.ts";
import {
  activeStateOf,
  isActive,
  type JobOutcome,
  type JobRecord,
  type JobState,
  mayBeCharged,
  type ProviderCall,
} from "../storage/job_records.ts";

/** Who asks, and how long they will wait. */
export interface Caller {
  /** The name of the token they came with; "" without tokens. */
  readonly owner: string;
  /** Tells callers apart for fairness: a session, a connection. */
  readonly key: string;
  /** The same for a request that is sent again after a broken stream. */
  readonly requestKey?: string;
  /** Aborts when the caller wants no answer any more. */
  readonly signal: AbortSignal;
  /** Aborts when the caller's stream broke, where the answer is kept in case they come back for it. */
  readonly disconnected?: AbortSignal;
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
}

/** What waiting for a job came to: its outcome, or how far it is. */
export type Waited =
  | { readonly done: true; readonly job: JobView; readonly outcome: JobOutcome }
  | { readonly done: false; readonly job: JobView };

/** A job as its work sees it. */
export interface JobRun {
  readonly id: string;
  readonly wish: RequestArguments;
  readonly callerKey: string;
  /** Aborts when the job is stopped on purpose. */
  readonly signal: AbortSignal;
  /** Aborts when every caller has gone: what no vendor has seen yet is dropped. */
  readonly allCallersGone: AbortSignal;
  /** Whether somebody sees the progress now. */
  readonly hasListeners: boolean;
  /** Whether anybody waits for it or may come back for it. */
  readonly isNeeded: boolean;
  readonly parts: ProviderCall[];
  /** Says what it is doing now, and where. */
  report(message: string, provider?: string): void;
  /** Writes the parts as they stand: before anything else happens, or as soon as the database is free. */
  persist(): Promise<void>;
}

export type Work = (run: JobRun) => Promise<JobOutcome>;

export class Job {
  readonly record: JobRecord;
  /** The same for requests that are the same. */
  readonly fingerprint: string;
  /** Whether it was ever written down; what was turned away before is no job. */
  isRecorded: boolean;
  readonly #cancellation = new AbortController();
  readonly #abandonment = new AbortController();
  readonly #end = Promise.withResolvers<void>();
  readonly #listeners = new Set<(message: string) => void>();
  #waiters = 0;
  #isIdKnown = false;
  #endedAt: number | undefined;

  constructor(record: JobRecord, isRecorded: boolean) {
    this.record = record;
    this.isRecorded = isRecorded;
    this.fingerprint = fingerprintOf(record.owner, record.wish);
  }

  /** Aborts when the job is stopped on purpose. */
  get cancelled(): AbortSignal {
    return this.#cancellation.signal;
  }

  /** Aborts when nobody will ask for it: what no vendor has seen yet is dropped. */
  get allCallersGone(): AbortSignal {
    return this.#abandonment.signal;
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
      !this.allCallersGone.aborted;
  }

  /** Whether it was dropped before any vendor had anything of it. */
  get isDropped(): boolean {
    return this.allCallersGone.aborted && !mayBeCharged(this.record.parts);
  }

  /** Whether somebody sees its progress now. */
  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  /** Whether anybody waits for it or may come back for it. */
  get isNeeded(): boolean {
    return this.#waiters > 0 || this.#isIdKnown;
  }

  /** Whether it ended at least `milliseconds` ago and nobody waits for it. */
  isOlderThan(milliseconds: number): boolean {
    return this.#endedAt !== undefined && this.#waiters === 0 &&
      performance.now() - this.#endedAt >= milliseconds;
  }

  /**
   * Waits for the end, or as long as the caller wishes.
   * @throws the reason of `caller.signal`; what runs then runs on.
   */
  async wait(caller: Caller): Promise<Waited> {
    const { onProgress, disconnected } = caller;
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
    if (onProgress) this.#listeners.add(onProgress);
    try {
      onProgress?.(this.record.message);
      await settledOrTired(this.ended, caller);
      if (!this.isOver) this.#isIdKnown = true; // the caller is answered with it
      return waitedOf(this.record);
    } catch (error) {
      goAway();
      throw error;
    } finally {
      leave();
      disconnected?.removeEventListener("abort", goAway);
      if (onProgress) this.#listeners.delete(onProgress);
    }
  }

  /** Says what it is doing now. */
  report(message: string, provider = this.record.provider): void {
    const { record } = this;
    record.message = message;
    record.provider = provider;
    record.state = activeStateOf(record.parts);
    for (const listener of this.#listeners) listener(message);
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

  #dropUnsent(): void {
    if (this.isNeeded || !this.record.parts.some(({ state }) => state === "waiting")) return;
    this.#abandonment.abort(
      new ImageError(
        "cancelled",
        "The caller went away before this was sent to a vendor; nothing was charged for it",
      ),
    );
  }
}

export function viewOf(record: JobRecord): JobView {
  const { id, state, provider, createdAt: startedAt, message } = record;
  return { id, state, provider, startedAt, message };
}

export function waitedOf(record: JobRecord): Waited {
  const job = viewOf(record);
  return record.outcome && !isActive(record.state)
    ? { done: true, job, outcome: record.outcome }
    : { done: false, job };
}

/** The reason of a job that somebody stopped. */
export function cancelledOnPurpose(id: string): ImageError {
  return new ImageError("cancelled", `Job '${id}' was cancelled`, { job: id });
}

/** What makes two requests the same request. */
export function fingerprintOf(owner: string, wish: RequestArguments): string {
  const entries = Object.entries(wish).filter(([, value]) => value !== undefined && value !== "");
  return JSON.stringify([owner, ...entries.sort(([one], [other]) => one < other ? -1 : 1)]);
}

/**
 * Resolves when `settled` does or the caller is tired of waiting.
 * @throws the signal's reason as soon as it aborts.
 */
export async function settledOrTired(
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
