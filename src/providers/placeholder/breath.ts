/** Lets the rest of the server live while a picture is drawn. */

import { setImmediate } from "node:timers";

/** To be awaited between small pieces of work; throws the signal's reason once it is aborted. */
export type Breathe = () => Promise<void> | void;

/** In milliseconds: how long drawing may keep everything else waiting. */
const LONGEST_STRETCH = 12;

export function createBreathe(signal: AbortSignal): Breathe {
  let since = performance.now();
  return () => {
    signal.throwIfAborted();
    if (performance.now() - since < LONGEST_STRETCH) return;
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        since = performance.now();
        if (signal.aborted) reject(signal.reason);
        else resolve();
      });
    });
  };
}
