/** How far a model says it is, in the log that it writes for people. */

/** The last percentage in a model's log, as whole per cent; undefined where there is none. */
export function percentIn(log: string): number | undefined {
  const [last] = [...log.slice(-LONGEST_LOG).matchAll(/\b(\d{1,3})(?:\.\d+)?\s?%/g)].reverse();
  const percent = Number(last?.[1]);
  return percent <= 100 ? percent : undefined;
}

/** In characters. */
const LONGEST_LOG = 5_000;
