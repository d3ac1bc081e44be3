/** Only so many pictures are received at once, since each takes several times its size for a moment. */

/** Enough to keep a line busy; with eight, fifty pictures of 3 MB at once came near 500 MB. */
const AT_ONCE = 4;
/** Behind ones that are stuck nobody waits for longer, in milliseconds. */
const LONGEST_WAIT = 5_000;

let receiving = 0;
const waiting = new Set<() => void>();

/** Runs `receive` as soon as fewer than four others do. */
export async function withReceiveLimit<T>(receive: () => Promise<T>): Promise<T> {
  if (receiving >= AT_ONCE) await turn();
  receiving++;
  try {
    return await receive();
  } finally {
    receiving--;
    const [next] = waiting;
    next?.();
  }
}

function turn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const goOn = () => {
    waiting.delete(goOn);
    clearTimeout(timer);
    resolve();
  };
  const timer = setTimeout(goOn, LONGEST_WAIT);
  waiting.add(goOn);
  return promise;
}
