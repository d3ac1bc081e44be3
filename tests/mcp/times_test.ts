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

for (const text of ["", "soon", "7", "2026-13-01", "20.11.2026", "7d ago or so"]) {
  Deno.test(`'${text}' is refused as a time, with what is legal`, () => {
    const legal = /^after must be today, yesterday, a date such as .*, or an age such as 12h/;
    assert.throws(() => timeOf("after", text, NOW), { code: "invalid_parameters", message: legal });
  });
}
