/** How often visitors may come: counted by one server, or by all that share a database. */

import { createHash } from "node:crypto";
import type { HttpDependencies } from "../dependencies.ts";
import { withTimeout } from "./time_limit.ts";

/** Takes one request of `who` and answers 0, or the seconds after which it may come again. */
export type RateLimit = (who: string) => number | Promise<number>;

export interface Rate {
  /** What is counted, in a word of its own. */
  readonly of: string;
  /** So many at once, and as many again over the minutes; 0: no limit. */
  readonly most: number;
  readonly minutes?: number;
}

/**
 * Limits what visitors do: over all servers that have their records in common, and at this one alone
 * where there are no others, or while their database is away.
 */
export function createRateLimits(
  { common, now = Date.now }: Pick<HttpDependencies, "common" | "now">,
): (rate: Rate) => RateLimit {
  let tidiedAt = now();
  let askAgainAt = 0;
  return ({ of: what, most, minutes = 1 }) => {
    const here = createRateLimit(most, () => now() / minutes);
    const takeHere = (who: string) => here(who) * minutes;
    if (!common || most === 0) return takeHere;

    async function take(who: string): Promise<number> {
      const { rates } = await common!.records();
      const wait = await rates.take(keyOf(what, who), most, minutes * 60_000);
      if (now() - tidiedAt > TIDY_INTERVAL) {
        tidiedAt = now();
        rates.tidy().catch(() => {}); // the next time will do
      }
      return Math.ceil(wait / 1000);
    }

    return async (who) => {
      if (now() < askAgainAt) return takeHere(who);
      const wait = await withTimeout(LONGEST_WAIT, take(who), undefined).catch(() => undefined);
      if (wait !== undefined) return wait;
      askAgainAt = now() + REST;
      return takeHere(who);
    };
  };
}

/** Without what was typed: a name may be a password. */
function keyOf(what: string, who: string): string {
  return createHash("sha256").update(`${what}\n${who}`).digest("base64url");
}

/** Lets each visitor make `perMinute` requests at once, and as many again over each minute; 0: no limit. */
export function createRateLimit(
  perMinute: number,
  now: () => number,
): (who: string) => number {
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
/** In milliseconds: a database that takes longer is not waited for. */
const LONGEST_WAIT = 1_000;
const TIDY_INTERVAL = 60_000;
/** Milliseconds for which a database that could not be asked is left alone. */
const REST = 5_000;
