/** Waiting with a limit, for so many at once that a timer for each would be felt. */

interface Waiter {
  /** By `performance.now()`. */
  readonly until: number;
  readonly giveUp: () => void;
}

const waiting = new Set<Waiter>();
let clock: ReturnType<typeof setInterval> | undefined;

/**
 * What `work` brings, or `otherwise` when that takes `milliseconds`, which a few more may join;
 * the work goes on then.
 */
export async function withTimeout<Result, Otherwise>(
  milliseconds: number,
  work: Promise<Result>,
  otherwise: Otherwise,
): Promise<Result | Otherwise> {
  const late = Promise.withResolvers<Otherwise>();
  const until = performance.now() + milliseconds;
  const waiter = { until, giveUp: () => late.resolve(otherwise) };
  waiting.add(waiter);
  clock ??= setInterval(look, PERIOD);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    waiting.delete(waiter);
    if (waiting.size === 0) rest();
  }
}

function look(): void {
  const now = performance.now();
  for (const { until, giveUp } of waiting) if (until <= now) giveUp();
}

function rest(): void {
  clearInterval(clock);
  clock = undefined;
}

/** In milliseconds. */
const PERIOD = 5;

/** In milliseconds: an answer that takes longer begins as an event stream. */
export const QUICK_ANSWER_LIMIT = 5;
