import assert from "node:assert/strict";

import { ImageError } from "../../src/errors.ts";
import { poll } from "../../src/providers/poll.ts";

const never = new AbortController().signal;

Deno.test("poll asks at once and needs no pause when the job is done", async () => {
  const pauses: number[] = [];

  const answer = await poll(() => Promise.resolve("done"), {
    signal: never,
    sleep: (milliseconds) => Promise.resolve(void pauses.push(milliseconds)),
  });

  assert.equal(answer, "done");
  assert.deepEqual(pauses, []);
});

Deno.test("poll starts with short pauses and backs off to two seconds", async () => {
  const pauses: number[] = [];
  let asked = 0;

  await poll(() => Promise.resolve(++asked > 9 ? "done" : undefined), {
    signal: never,
    sleep: (milliseconds) => Promise.resolve(void pauses.push(Math.round(milliseconds))),
  });

  assert.deepEqual(pauses, [250, 375, 563, 844, 1266, 1898, 2000, 2000, 2000]);
});

Deno.test("poll stops within a pause as soon as the caller does, with the caller's reason", async () => {
  const caller = new AbortController();
  const cancelled = new ImageError("cancelled", "The request was cancelled");
  let asked = 0;
  const polling = poll(() => {
    asked++;
    setTimeout(() => caller.abort(cancelled), 5);
    return Promise.resolve(undefined);
  }, { signal: caller.signal, firstPause: 60_000, longestPause: 60_000 });

  await assert.rejects(polling, (error) => error === cancelled);
  assert.equal(asked, 1);
});

Deno.test("poll does not ask at all for a caller who is gone", async () => {
  const gone = AbortSignal.abort(new ImageError("cancelled", "The request was cancelled"));
  let asked = 0;

  await assert.rejects(
    poll(() => Promise.resolve(++asked), { signal: gone }),
    { code: "cancelled" },
  );
  assert.equal(asked, 0);
});

Deno.test("poll ends with the failure that asking meets", async () => {
  const failed = new ImageError("generation_failed", "The job failed");

  await assert.rejects(
    poll(() => Promise.reject(failed), { signal: never }),
    (error) => error === failed,
  );
});
