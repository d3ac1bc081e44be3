/** Pictures are received one after the other, since each takes several times its size for a moment. */

/**
 * Runs `receive` when those before it are done, so that fifty pictures that arrive at once
 * do not take the memory of fifty; behind one that is stuck nobody waits for long.
 */
export async function inTurn<T>(receive: () => Promise<T>): Promise<T> {
  const before = last;
  const { promise: isDone, resolve: done } = Promise.withResolvers<void>();
  last = isDone;
  const { promise: longEnough, resolve: goOn } = Promise.withResolvers<void>();
  const timer = setTimeout(goOn, LONGEST_WAIT);
  try {
    await Promise.race([before, longEnough]);
    return await receive();
  } finally {
    clearTimeout(timer);
    done();
  }
}

let last = Promise.resolve();

/** In milliseconds. */
const LONGEST_WAIT = 5_000;
