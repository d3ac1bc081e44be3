import assert from "node:assert/strict";
import { timeOf } from "../../src/mcp/arguments/times.ts";

const NOW = new Date(2026, 10, 26, 15, 30).getTime();
const HOUR = 3_600_000;

const TIMES: readonly (readonly [text: string, time: number])[] = [
  ["today", new Date(2026, 10, 26).getTime()],
  ["Today", new Date(2026, 10, 26).getTime()],
  ["今天", new Date(2026, 10, 26).getTime()],
  ["yesterday", new Date(2026, 10, 25).getTime()],
  ["昨天", new Date(2026, 10, 25).getTime()],
  ["last week", new Date(2026, 10, 16).getTime()],
  ["上周", new Date(2026, 10, 16).getTime()],
  ["先週", new Date(2026, 10, 16).getTime()],
  ["this week", new Date(2026, 10, 23).getTime()],
  ["Last month", new Date(2026, 9, 1).getTime()],
  ["this year", new Date(2026, 0, 1).getTime()],
  ["前天", new Date(2026, 10, 24).getTime()],
  ["gestern", new Date(2026, 10, 25).getTime()],
  ["monday", new Date(2026, 10, 23).getTime()],
  ["last Thursday", new Date(2026, 10, 19).getTime()],
  ["now", NOW],
  ["30 minutes ago", NOW - HOUR / 2],
  ["an hour ago", NOW - HOUR],
  ["past hour", NOW - HOUR],
  ["last 3 days", NOW - 3 * 24 * HOUR],
  ["the past 24 hours", NOW - 24 * HOUR],
  ["最近7天", NOW - 7 * 24 * HOUR],
  ["3天前", NOW - 3 * 24 * HOUR],
  ["2 months", NOW - 60 * 24 * HOUR],
  ["2026/11/20", new Date(2026, 10, 20).getTime()],
  ["2026年11月5日", new Date(2026, 10, 5).getTime()],
  ["2026-11", new Date(2026, 10, 1).getTime()],
  ["12h", NOW - 12 * HOUR],
  ["7d", NOW - 7 * 24 * HOUR],
  ["2 Weeks ago", NOW - 14 * 24 * HOUR],
  ["3 days", NOW - 3 * 24 * HOUR],
  ["3天", NOW - 3 * 24 * HOUR],
  ["2026-11-20", new Date(2026, 10, 20).getTime()],
  ["2026-11-20T15:00", new Date(2026, 10, 20, 15).getTime()],
  ["2026-11-20T15:00:00Z", Date.UTC(2026, 10, 20, 15)],
];

for (const [text, time] of TIMES) {
  Deno.test(`${text} is a point in time`, () => {
    assert.equal(timeOf("after", text, NOW), time);
  });
}

for (
  const text of [
    "",
    "soon",
    "7",
    "2026-13-01",
    "20.11.2026",
    "7d ago or so",
    "11/12/2026",
    "2026/13/1",
    "3 moons ago",
  ]
) {
  Deno.test(`'${text}' is refused as a time, with what is legal`, () => {
    const legal =
      /^after must be today, yesterday, last week, a date such as .*, or an age such as 12h/;
    assert.throws(() => timeOf("after", text, NOW), { code: "invalid_parameters", message: legal });
  });
}
