/** Takes one request of `who` and answers 0, or the seconds after which it may come again. */
export type RateLimit = (who: string) => number;

/** Lets each visitor make `perMinute` requests at once, and as many again over each minute; 0: no limit. */
export function createRateLimit(perMinute: number, now: () => number): RateLimit {
  if (perMinute === 0) return () => 0;
  const perMillisecond = perMinute / 60_000;
  const buckets = new Map<string, { level: number; at: number }>();
  let tooMany = MANY;
  const levelNow = ({ level, at }: { level: number; at: number }) =>
    Math.min(perMinute, level + (now() - at) * perMillisecond);

  function forgetFull() {
    for (const [who, bucket] of buckets) if (levelNow(bucket) >= perMinute) buckets.delete(who);
    tooMany = Math.max(MANY, 2 * buckets.size);
  }

  return (who) => {
    if (buckets.size >= tooMany) forgetFull();
    const level = levelNow(buckets.get(who) ?? { level: perMinute, at: now() });
    const isAllowed = level >= 1;
    buckets.set(who, { level: isAllowed ? level - 1 : level, at: now() });
    return isAllowed ? 0 : Math.ceil((1 - level) / perMillisecond / 1000);
  };
}

const MANY = 10_000;
