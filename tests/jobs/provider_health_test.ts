import assert from "node:assert/strict";

import { type ErrorCode, ImageError } from "../../src/errors.ts";
import { ProcessAnnouncements } from "../../src/storage/announcements.ts";
import { isWorthAnotherProvider, ProviderHealth } from "../../src/jobs/provider_health.ts";

const SECOND = 1000;

Deno.test("a provider rests after three failures in a row, and not before", () => {
  const { health } = watched();

  health.failed("doubao");
  health.failed("doubao");
  assert.equal(health.isResting("doubao"), false);
  health.failed("doubao");
  assert.equal(health.isResting("doubao"), true);
});

Deno.test("a success in between ends the row", () => {
  const { health } = watched();

  fail(health, 2);
  health.succeeded("doubao");
  fail(health, 2);

  assert.equal(health.isResting("doubao"), false);
});

Deno.test("one provider's failures are not another's", () => {
  const { health } = watched();

  fail(health, 3);

  assert.equal(health.isResting("openai"), false);
});

Deno.test("a provider rests for 30 s", () => {
  const { health, pass } = watched();
  fail(health, 3);

  pass(30 * SECOND - 1);
  assert.equal(health.isResting("doubao"), true);
  pass(1);
  assert.equal(health.isResting("doubao"), false);
});

Deno.test("asking whether it rests lets nobody through and keeps nobody out", () => {
  const { health, pass } = watched();
  fail(health, 3);
  pass(30 * SECOND);

  assert.equal(health.isResting("doubao"), false);
  assert.equal(health.isResting("doubao"), false);
});

Deno.test("after the rest one try is let through, and the others wait for its end", () => {
  const { health, pass } = watched();
  fail(health, 3);
  pass(30 * SECOND);

  health.begins("doubao");

  assert.equal(health.isResting("doubao"), true);
});

Deno.test("the try that fails is followed by another rest at once", () => {
  const { health, pass } = watched();
  fail(health, 3);
  pass(30 * SECOND);
  health.begins("doubao");
  pass(20 * SECOND);

  health.failed("doubao");

  pass(29 * SECOND);
  assert.equal(health.isResting("doubao"), true);
  pass(1 * SECOND);
  assert.equal(health.isResting("doubao"), false);
});

Deno.test("the try that succeeds makes all well again", () => {
  const { health, pass } = watched();
  fail(health, 3);
  pass(30 * SECOND);
  health.begins("doubao");

  health.succeeded("doubao");

  fail(health, 2);
  assert.equal(health.isResting("doubao"), false);
});

Deno.test("a try of which nothing is heard does not lock its provider out", () => {
  const { health, pass } = watched();
  fail(health, 3);
  pass(30 * SECOND);
  health.begins("doubao");

  pass(30 * SECOND);

  assert.equal(health.isResting("doubao"), false);
});

Deno.test("calls to a provider that is well or still rests do not prolong anything", () => {
  const { health, pass } = watched();
  health.begins("doubao");
  assert.equal(health.isResting("doubao"), false);
  fail(health, 3);
  pass(20 * SECOND);
  health.begins("doubao");

  pass(10 * SECOND);

  assert.equal(health.isResting("doubao"), false);
});

Deno.test("a clock that is set back does not make a rest longer", () => {
  const { health, pass } = watched();
  fail(health, 3);

  pass(-3600 * SECOND);

  assert.equal(health.isResting("doubao"), false);
});

Deno.test("a provider that rests at one server rests at the others, and is asked again at all", () => {
  let now = 1_000_000_000;
  const announcements = new ProcessAnnouncements();
  using one = new ProviderHealth(() => now, announcements);
  using other = new ProviderHealth(() => now, announcements);
  assert.equal(other.isResting("doubao"), false);

  fail(one, 2);
  assert.equal(other.isResting("doubao"), false);
  fail(one, 1);
  assert.equal(other.isResting("doubao"), true);
  assert.equal(other.isResting("openai"), false);

  now += 31 * SECOND;
  assert.equal(other.isResting("doubao"), false);
  one.begins("doubao");
  assert.equal(other.isResting("doubao"), true, "the one try is for all");
  one.succeeded("doubao");
  assert.equal(other.isResting("doubao"), false);
});

const CASES: readonly (readonly [string, ErrorCode, Record<string, unknown>, boolean])[] = [
  ["a vendor that cannot be reached", "network_error", { connected: false }, true],
  ["a connection that broke", "network_error", { connected: true }, true],
  ["a paid picture's failed download", "network_error", { drawn: true }, false],
  ["an overloaded vendor", "provider_busy", { http_status: 503 }, true],
  ["a vendor's fault inside", "provider_error", { http_status: 500 }, true],
  ["a vendor's fault told with HTTP 200", "provider_error", { passing: true }, true],
  ["a request the vendor does not understand", "provider_error", { http_status: 400 }, false],
  ["an error without a status", "provider_error", {}, false],
  ["an empty account", "quota_exceeded", { http_status: 429 }, true],
  ["a rate limit past the wait", "rate_limited", { http_status: 429 }, true],
  ["a retired model", "model_unavailable", { http_status: 404 }, true],
  ["a wrong key", "authentication_failed", { http_status: 401 }, true],
  ["an organisation not verified", "organization_unverified", { http_status: 403 }, true],
  ["a refusal by moderation", "content_refused", { http_status: 400 }, false],
  ["a timeout, since it may have been paid", "timeout", {}, false],
  ["a failed drawing", "generation_failed", {}, false],
  ["an answer without a picture", "missing_content", { http_status: 500 }, false],
  ["a picture that cannot be read", "decode_failed", {}, false],
  ["a bad parameter", "invalid_parameters", { http_status: 500 }, false],
  ["a bad style", "invalid_style", {}, false],
  ["a bad size", "invalid_resolution", {}, false],
  ["a cancelled request", "cancelled", {}, false],
  ["this server's own queue", "busy", {}, false],
  ["a fault of this server", "internal_error", {}, false],
];

for (const [what, code, details, expected] of CASES) {
  Deno.test(`another provider is ${expected ? "" : "not "}tried after ${what}`, () => {
    assert.equal(isWorthAnotherProvider(new ImageError(code, what, details)), expected);
  });
}

function fail(health: ProviderHealth, times: number): void {
  for (let time = 0; time < times; time++) health.failed("doubao");
}

function watched(): { health: ProviderHealth; pass: (milliseconds: number) => void } {
  let now = 1_000_000_000;
  return { health: new ProviderHealth(() => now), pass: (milliseconds) => now += milliseconds };
}
