/** Points in time as people and models write them. */

import { ImageError } from "../../errors.ts";
import { cut } from "./argument_words.ts";

/**
 * Milliseconds since 1970 of a day, a day with a time, or an age such as 12h, 7d or 2w before `now`.
 * Days begin at midnight, and times without a zone are told, as the clock of this server has it.
 * @throws {ImageError} `invalid_parameters` for anything else.
 */
export function timeOf(argument: string, text: string, now: number): number {
  const written = text.trim();
  const daysAgo = DAYS_AGO.get(written.toLowerCase());
  if (daysAgo !== undefined) return midnight(now, daysAgo);
  const [, count, unit] = AGE.exec(written) ?? [];
  if (unit) return now - Number(count) * AGES[unit[0]!.toLowerCase() as keyof typeof AGES];
  const isDay = written.length === "2026-11-20".length;
  const time = DATE.test(written) ? Date.parse(isDay ? `${written}T00:00` : written) : NaN;
  if (!Number.isNaN(time)) return time;
  throw new ImageError(
    "invalid_parameters",
    `${argument} must be today, yesterday, a date such as 2026-11-20 or 2026-11-20T15:00:00Z, or an ` +
      `age such as 12h, 7d or 2w; current value is '${cut(text)}'`,
  );
}

function midnight(now: number, daysAgo: number): number {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() - daysAgo).getTime();
}

/** What people call the days that are nearest. */
const DAYS_AGO: ReadonlyMap<string, number> = new Map([
  ["today", 0],
  ["今天", 0],
  ["yesterday", 1],
  ["昨天", 1],
]);
/** "7d", "7 days", "7 days ago" and "7天". */
const AGE = /^(\d{1,5})\s*(h|hours?|d|days?|天|w|weeks?|周)(?:\s+ago)?$/i;
const DAY = 86_400_000;
/** By how their names begin. */
const AGES = { h: 3_600_000, d: DAY, 天: DAY, w: 7 * DAY, 周: 7 * DAY } as const;
const DATE = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;
