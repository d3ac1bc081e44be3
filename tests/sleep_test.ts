import assert from "node:assert/strict";
import { sleep } from "../src/sleep.ts";

Deno.test("a sleep ends in time, or at once with the reason of a caller who has gone", async () => {
  const caller = new AbortController();
  await sleep(1, caller.signal);
  caller.abort(new Error("the caller has gone"));
  await assert.rejects(sleep(60_000, caller.signal), /the caller has gone/);
});
