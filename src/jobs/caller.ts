/** Who asks for a job, and how long they will wait. */

import type { ImageRecord, JobState } from "../storage/records/records.ts";

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
  /** Where the job is to be an item of a batch: the batch, and the id that the job gets. */
  readonly item?: { readonly batch: string; readonly jobId: string };
  /** Undefined: until the end. */
  readonly waitSeconds?: number;
  /** Told the id of the job that is waited for, which can be cancelled by it. */
  readonly onJob?: (id: string) => void;
  /** Told what is done now, and where the job is, where it is of one. */
  readonly onProgress?: (message: string, state?: JobState) => void;
  /** Takes pictures that are not finished yet. */
  readonly onPartialImage?: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** Told of each picture as soon as it is stored, one of `count`, even after the caller got an id. */
  readonly onPicture?: (picture: ImageRecord, count: number) => void;
}

/**
 * Resolves when `settled` does or the caller waits no longer.
 * @throws the signal's reason as soon as it aborts.
 */
export async function settledOrTimeout(
  settled: Promise<void>,
  { signal, waitSeconds }: Pick<Caller, "signal" | "waitSeconds">,
): Promise<void> {
  signal.throwIfAborted();
  const gone = Promise.withResolvers<never>();
  const timeout = Promise.withResolvers<void>();
  const leave = () => gone.reject(signal.reason);
  signal.addEventListener("abort", leave, { once: true });
  const timer = waitSeconds === undefined
    ? undefined
    : setTimeout(timeout.resolve, Math.max(0, waitSeconds) * 1000);
  try {
    await Promise.race([settled, timeout.promise, gone.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
  }
}
