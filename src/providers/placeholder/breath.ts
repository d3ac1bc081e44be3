/** Lets the rest of the server live while a picture is drawn. */

/** To be awaited between small pieces of work; throws the signal's reason once it is aborted. */
export type Breathe = () => Promise<void> | void;

/** In milliseconds: how long drawing may keep everything else waiting. */
const LONGEST_STRETCH = 8;

export function createBreathe(signal: AbortSignal): Breathe {
  let since = performance.now();
  return () => {
    signal.throwIfAborted();
    if (performance.now() - since < LONGEST_STRETCH) return;
    // A timer, because only it lets sockets and pipes be read too.
    return new Promise((resolve, reject) => {
      setTimeout(() => {
        since = performance.now();
        if (signal.aborted) reject(signal.reason);
        else resolve();
      }, 0);
    });
  };
}
