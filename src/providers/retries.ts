/** When a call to a vendor is made again, and how long after. */

import { ImageError } from "../errors.ts";
import { sleep } from "../sleep.ts";

/**
 * Whether a failed submit surely did nothing at the vendor: it was refused for
 * its rate or load, or no connection was ever made.
 */
export function didNothing(error: ImageError): boolean {
  return error.code === "rate_limited" || error.code === "provider_busy" ||
    (error.code === "network_error" && error.details.connected === false);
}

/** A fault that may be gone at the next try; vendors without HTTP statuses say so in `details.passing`. */
export function isPassing(error: ImageError): boolean {
  const status = error.details.http_status;
  return didNothing(error) || error.code === "network_error" || error.details.passing === true ||
    (typeof status === "number" && status >= 500);
}

/** Runs `work` until it succeeds, fails for good, or has had its tries. */
export async function withRetries<T>(
  work: () => Promise<T>,
  { attempts = MAX_ATTEMPTS, signal, pause, mayRepeat, toImageError }: {
    readonly attempts?: number;
    readonly signal: AbortSignal;
    readonly pause: number;
    readonly mayRepeat: (error: ImageError) => boolean;
    readonly toImageError: (error: unknown) => ImageError;
  },
): Promise<T> {
  for (let attempt = 1;; attempt++) {
    try {
      signal.throwIfAborted();
      return await work();
    } catch (thrown) {
      const error = toImageError(thrown);
      const asked = Number(error.details.retry_after_seconds ?? 0);
      const isLast = attempt >= attempts || asked > MAX_RETRY_AFTER;
      if (signal.aborted || isLast || !mayRepeat(error)) throw error;
      const doubled = Math.min(pause * 2 ** (attempt - 1), MAX_PAUSE);
      await sleep(Math.max(asked * 1000, doubled * (0.75 + Math.random() / 4)), signal);
    }
  }
}

/** Seconds a vendor asks to wait, from `retry-after-ms` or `retry-after` (seconds or a date). */
export function retryAfterSeconds(headers: Headers, now = Date.now()): number | undefined {
  const milliseconds = Number(headers.get("retry-after-ms") ?? NaN);
  if (milliseconds >= 0) return milliseconds / 1000;
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}

const MAX_ATTEMPTS = 4;
/** In milliseconds. */
const MAX_PAUSE = 8_000;
/** A vendor that asks for a longer wait than this gets an error instead, in seconds. */
const MAX_RETRY_AFTER = 60;
