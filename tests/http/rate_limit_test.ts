import assert from "node:assert/strict";
import { createRateLimit } from "../../src/http/rate_limit.ts";

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
