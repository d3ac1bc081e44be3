/** Points in time as people and models write them. */

import { ImageError } from "../../errors.ts";
import { cut } from "./argument_words.ts";

/**
 * Milliseconds since 1970 of a day, a week, a month or a year (when it begins), a day with a time,
 * or an age such as 12h, 7d or 2w before `now`. Days begin at midnight, weeks on Monday, and times
 * without a zone are told, as the clock of this server has it.
 * @throws {ImageError} `invalid_parameters` for anything else.
 */
export function timeOf(argument: string, text: string, now: number): number {
  const written = text.trim().toLowerCase();
  const time = BEGINNINGS.get(written.replace(/^(?:the|since|from) /, ""))?.(new Date(now)) ??
    timeOfAge(written, now) ?? timeOfDate(written);
  if (time !== undefined && !Number.isNaN(time)) return time;
  throw new ImageError(
    "invalid_parameters",
    `${argument} must be today, yesterday, last week, a date such as 2026-11-20 or ` +
      "2026-11-20T15:00:00Z, or an age such as 12h, 7d or 2w; " +
      `current value is '${cut(text.trim())}'`,
  );
}

function timeOfAge(text: string, now: number): number | undefined {
  const { count, unit, name } = AGE.exec(text)?.groups ?? {};
  const length = AGES.find(([, units]) => units.split(" ").includes(unit ?? name ?? ""))?.[0];
  if (length === undefined) return undefined;
  return now - (ARTICLES.has(count) ? 1 : Number(count)) * length;
}

/** NaN where a date has no such day. */
function timeOfDate(text: string): number | undefined {
  if (DATE.test(text)) {
    return Date.parse(text.length === DAY_LENGTH ? `${text}T00:00` : text.toUpperCase());
  }
  const [, year, month, day] = OTHER_DATE.exec(text) ?? [];
  if (month === undefined) return undefined;
  return Date.parse(`${year}-${month.padStart(2, "0")}-${(day ?? "1").padStart(2, "0")}T00:00`);
}

type Beginning = (now: Date) => number;

const daysAgo = (days: number): Beginning => (now) =>
  new Date(now.getFullYear(), now.getMonth(), now.getDate() - days).getTime();
/** Of the week that was so many weeks ago. */
const weeksAgo = (weeks: number): Beginning => (now) =>
  daysAgo((now.getDay() + 6) % 7 + 7 * weeks)(now);
const monthsAgo = (months: number): Beginning => (now) =>
  new Date(now.getFullYear(), now.getMonth() - months, 1).getTime();
const yearsAgo = (years: number): Beginning => (now) =>
  new Date(now.getFullYear() - years, 0, 1).getTime();
/** The nearest such day before today. */
const weekday = (day: number): Beginning => (now) => daysAgo((now.getDay() - day + 6) % 7 + 1)(now);

const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** What people call the days, weeks, months and years that are nearest. */
const BEGINNINGS: ReadonlyMap<string, Beginning> = new Map([
  ...([
    [(now) => now.getTime(), ["now", "现在"]],
    [daysAgo(0), ["today", "今天", "今日", "오늘", "hoy", "heute", "aujourd'hui"]],
    [daysAgo(1), ["yesterday", "昨天", "昨日", "어제", "ayer", "gestern", "hier"]],
    [daysAgo(2), ["day before yesterday", "前天", "一昨日", "그저께", "anteayer", "vorgestern"]],
    [daysAgo(2), ["avant-hier"]],
    [weeksAgo(0), ["this week", "本周", "这周", "这个星期", "今週", "이번 주", "esta semana"]],
    [weeksAgo(0), ["diese woche", "cette semaine"]],
    [weeksAgo(1), ["last week", "上周", "上个星期", "上星期", "先週", "지난주", "지난 주"]],
    [weeksAgo(1), ["la semana pasada", "letzte woche", "la semaine dernière"]],
    [monthsAgo(0), ["this month", "本月", "这个月", "今月", "이번 달", "este mes", "diesen monat"]],
    [monthsAgo(1), ["last month", "上个月", "上月", "先月", "지난달", "el mes pasado"]],
    [monthsAgo(1), ["letzten monat", "le mois dernier"]],
    [yearsAgo(0), ["this year", "今年", "올해", "este año", "dieses jahr", "cette année"]],
    [yearsAgo(1), ["last year", "去年", "昨年", "작년", "el año pasado", "letztes jahr"]],
  ] as const satisfies readonly (readonly [Beginning, readonly string[]])[]).flatMap((
    [beginning, words],
  ) => words.map((word): [string, Beginning] => [word, beginning])),
  ...WEEKDAYS.flatMap((name, day): readonly [string, Beginning][] => [
    [name, weekday(day)],
    [`last ${name}`, weekday(day)],
  ]),
]);

/** "7d", "7 days", "7 days ago", "a week ago", "last 3 days", "past hour", "7天" and "7天前". */
const AGE =
  /^(?:(?:(?:the )?(?:last|past)\s+|最近|过去|近)?(?<count>\d{1,5}|an?|one)\s*个?(?<unit>[a-z]+|分钟|小时|天|日|周|星期|月|年)(?:\s+ago|以前|之前|前|内)?|(?:the )?past\s+(?<name>[a-z]+))$/;
/** Counts that are one; undefined in "past hour". */
const ARTICLES: ReadonlySet<string | undefined> = new Set([undefined, "a", "an", "one"]);
const DAY = 86_400_000;
/** In milliseconds, with the names of the unit. */
const AGES: readonly (readonly [length: number, units: string])[] = [
  [60_000, "min mins minute minutes 分钟"],
  [3_600_000, "h hr hrs hour hours 小时"],
  [DAY, "d day days 天 日"],
  [7 * DAY, "w wk wks week weeks 周 星期"],
  [30 * DAY, "month months 月"],
  [365 * DAY, "y year years 年"],
];
const DATE = /^\d{4}-\d\d-\d\d([t ]\d\d:\d\d(:\d\d(\.\d+)?)?(z|[+-]\d\d:?\d\d)?)?$/;
const DAY_LENGTH = "2026-11-20".length;
/** "2026/11/20", "2026.11.20", "2026年11月20日" and "2026-11". */
const OTHER_DATE = /^(\d{4})[-/.年]\s?(\d{1,2})(?:月|(?:[-/.月]\s?(\d{1,2})日?))?$/;
