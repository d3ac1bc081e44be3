/** Asks a vendor about a job until it is done. */

import { sleep } from "../sleep.ts";

export interface PollOptions {
  /** Ends the asking at once, with its reason. */
  readonly signal: AbortSignal;
  /** Pause after the first "not yet", in milliseconds; each further one is half as long again. */
  readonly firstPause?: number;
  /** Longest pause, in milliseconds. */
  readonly longestPause?: number;
  /** Waits in place of `sleep`. */
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/**
 * The first answer of `ask` that is not undefined: "not yet" is undefined, a failure is thrown.
 * Asks at once, then in growing pauses.
 * @throws the signal's reason, or whatever `ask` throws.
 */
export async function poll<T>(
  ask: () => Promise<T | undefined>,
  options: PollOptions,
): Promise<T> {
  const { signal, firstPause = 250, longestPause = 2_000 } = options;
  const pause = options.sleep ?? sleep;
  for (let next = firstPause;; next = Math.min(next * 1.5, longestPause)) {
    signal.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined) return answer;
    await pause(next, signal);
  }
}
