import assert from "node:assert/strict";
import { ProcessAnnouncements } from "../../src/storage/announcements.ts";
import { createRateLimit, createRateLimits } from "../../src/http/limits/rate_limit.ts";

Deno.test("a visitor may make its requests at once and then waits for the next", () => {
  let now = 0;
  const waitFor = createRateLimit(6, () => now);
  const burst = Array.from({ length: 7 }, () => waitFor("anna"));
  assert.deepEqual(burst, [0, 0, 0, 0, 0, 0, 10]);
  now += 9_999;
  assert.equal(waitFor("anna"), 1);
  now += 1;
  assert.equal(waitFor("anna"), 0);
  assert.equal(waitFor("anna"), 10);
});

Deno.test("visitors do not use up each other's requests", () => {
  const waitFor = createRateLimit(1, () => 0);
  assert.equal(waitFor("anna"), 0);
  assert.equal(waitFor("bob"), 0);
  assert.equal(waitFor("anna"), 60);
});

Deno.test("after a minute of rest the whole number is there again, and no more", () => {
  let now = 0;
  const waitFor = createRateLimit(2, () => now);
  waitFor("anna");
  now += 600_000;
  assert.deepEqual([waitFor("anna"), waitFor("anna"), waitFor("anna")], [0, 0, 30]);
});

Deno.test("a limit of 0 is none", () => {
  const waitFor = createRateLimit(0, () => 0);
  assert.deepEqual(Array.from({ length: 100 }, () => waitFor("anna")).filter(Boolean), []);
});

Deno.test("visitors who have long gone are forgotten, the limited ones are not", () => {
  let now = 0;
  const waitFor = createRateLimit(1, () => now);
  waitFor("limited");
  for (let i = 0; i < 10_000; i++) waitFor(`visitor ${i}`);
  assert.equal(waitFor("limited"), 60);
  now += 60_000;
  assert.equal(waitFor("another"), 0);
  assert.equal(waitFor("limited"), 0);
});

Deno.test("without the database one server counts alone, and asks for it again after a while", async () => {
  let now = 0;
  let asked = 0;
  const records = () => {
    asked++;
    return Promise.reject(new Error("The database is away"));
  };
  const common = { records, announcements: new ProcessAnnouncements() };
  const waitFor = createRateLimits({ common, now: () => now })({ of: "guesses", most: 1 });
  assert.deepEqual([await waitFor("anna"), await waitFor("anna")], [0, 60]);
  assert.equal(asked, 1);
  now += 5_000;
  assert.equal(await waitFor("anna"), 55);
  assert.equal(asked, 2);
});

Deno.test("a server by itself counts at once", () => {
  const waitFor = createRateLimits({ now: () => 0 })({ of: "guesses", most: 1, minutes: 15 });
  assert.deepEqual([waitFor("anna"), waitFor("anna")], [0, 15 * 60]);
});
