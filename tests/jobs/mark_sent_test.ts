/** What may be sent to a vendor while records or files are away. */

import assert from "node:assert/strict";
import type { JobRun } from "../../src/jobs/job.ts";
import { markSent } from "../../src/jobs/mark_sent.ts";
import { retryWhileAway } from "../../src/jobs/retry_while_away.ts";
import type { ImageRepository } from "../../src/storage/image_repository.ts";
import type { ProviderCall } from "../../src/storage/records/records.ts";
import { shortPauses } from "../support/wait.ts";

Deno.test("a job that others know waits until files and records are back, and is sent then", async () => {
  using _pauses = shortPauses();
  const { call, said, mark } = begun({ isKnown: true, filesAway: 2, recordsAway: 2 });
  await mark();
  assert.equal(call.state, "sent");
  const waiting = (since: string) => `Waiting. Nothing was drawn, since ${since}`;
  assert.deepEqual(said, [
    waiting("pictures cannot be kept now"),
    waiting("pictures cannot be kept now"),
    "Asking flux",
    waiting("jobs cannot be recorded now"),
    "Asking flux",
    waiting("jobs cannot be recorded now"),
    "Asking flux",
  ]);
});

Deno.test("a job that nobody knows is refused at once while files or records are away", async () => {
  for (const away of [{ filesAway: 1 }, { recordsAway: 1 }]) {
    const { call, mark } = begun({ isKnown: false, ...away });
    await assert.rejects(mark(), ({ code, message }) => {
      assert.equal(code, "busy");
      assert.match(message, /^Nothing was drawn, since (pictures|jobs) cannot be/);
      return true;
    });
    assert.equal(call.state, "waiting");
  }
});

Deno.test("a job that waits for files is stopped on purpose", async () => {
  const { call, mark, stop } = begun({ isKnown: true, filesAway: Infinity });
  const marked = mark();
  stop.abort(new Error("stopped"));
  await assert.rejects(marked, /stopped/);
  assert.equal(call.state, "waiting");
});

Deno.test("a server that shares nothing sends what it cannot record", async () => {
  const { call, mark } = begun({ isKnown: false, filesAway: 1, recordsAway: 1, isAlone: true });
  await mark();
  assert.equal(call.state, "sent");
});

/** A run whose files and records are away for the next so many looks. */
function begun(
  { isKnown, filesAway = 0, recordsAway = 0, isAlone = false }: {
    readonly isKnown: boolean;
    readonly filesAway?: number;
    readonly recordsAway?: number;
    readonly isAlone?: boolean;
  },
) {
  const stop = new AbortController();
  const said: string[] = [];
  const call: ProviderCall = { provider: "flux", imageIds: ["img_1"], state: "waiting" };
  const run = {
    isKnown,
    signal: stop.signal,
    allCallersGone: new AbortController().signal,
    report: (message: string) => void said.push(message),
    persist: () => Promise.resolve(recordsAway-- <= 0),
  } as unknown as JobRun;
  const images = {
    storeTrouble: () => Promise.resolve(filesAway-- > 0 ? "The bucket is gone" : undefined),
  } as unknown as ImageRepository;
  const mark = () =>
    retryWhileAway(run, () => markSent(run, call, { images, mustBeRecorded: !isAlone }));
  return { call, said, stop, mark };
}
