/** Waiting with a limit, for so many at once that a timer for each would be felt. */

interface Waiter {
  /** By `performance.now()`. */
  readonly until: number;
  readonly giveUp: () => void;
}

const waiting = new Set<Waiter>();
let clock: ReturnType<typeof setInterval> | undefined;
/** Servers that may wait again at once. */
let holders = 0;
/** By `performance.now()`. */
let lastWait = 0;

/**
 * Lets the clock run on for a moment when nobody waits, until that is disposed of: starting one takes
 * longer than most answers.
 */
export function holdClock(): Disposable {
  holders++;
  let isHeld = true;
  return {
    [Symbol.dispose]() {
      if (!isHeld) return;
      isHeld = false;
      if (--holders === 0 && waiting.size === 0) rest();
    },
  };
}

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
  clock ??= startClock();
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    waiting.delete(waiter);
    if (waiting.size === 0 && holders === 0) rest();
  }
}

function startClock(): ReturnType<typeof setInterval> {
  lastWait = performance.now();
  return setInterval(look, PERIOD);
}

function look(): void {
  const now = performance.now();
  if (waiting.size > 0) lastWait = now;
  else if (now - lastWait > LONGEST_IDLE) rest();
  for (const { until, giveUp } of waiting) if (until <= now) giveUp();
}

function rest(): void {
  clearInterval(clock);
  clock = undefined;
}

/** In milliseconds. */
const PERIOD = 5;
const LONGEST_IDLE = 500;

/** In milliseconds: an answer that takes longer begins as an event stream. */
export const QUICK_ANSWER_LIMIT = 5;
