/** Points in time as people and models write them. */

import { ImageError } from "../errors.ts";
import { cut } from "./argument_words.ts";

/**
 * Milliseconds since 1970 of a date, a date with a time, or an age such as 12h, 7d or 2w before `now`.
 * @throws {ImageError} `invalid_parameters` for anything else.
 */
export function timeOf(argument: string, text: string, now: number): number {
  const written = text.trim();
  const [, count, unit] = /^(\d{1,5})\s*([hdw])$/i.exec(written) ?? [];
  if (unit) return now - Number(count) * AGES[unit.toLowerCase() as keyof typeof AGES];
  const time = DATE.test(written) ? Date.parse(written) : NaN;
  if (!Number.isNaN(time)) return time;
  throw new ImageError(
    "invalid_parameters",
    `${argument} must be a date such as 2026-11-20 or 2026-11-20T15:00:00Z, or an age such as 12h, ` +
      `7d or 2w; current value is '${cut(text)}'`,
  );
}

const AGES = { h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const DATE = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;
