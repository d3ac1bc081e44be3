import assert from "node:assert/strict";
import { fuzz } from "./fuzz/fuzz.ts";

Deno.test("mutated requests of every method are all answered, and others served meanwhile", async () => {
  const { requests, faults, ping, memory } = await fuzz({
    count: 1_200,
    seed: 20261125,
    seconds: 12,
  });
  assert.deepEqual(faults, []);
  assert.ok(requests > 200, `only ${requests} requests were sent`);
  // A hundred milliseconds, or as much more as the machine is busy with other things.
  const bound = Math.max(100, 20 * ping.alone);
  assert.ok(ping.median < bound, `a small call took ${ping.median} ms, alone ${ping.alone} ms`);
  for (const growth of memory) assert.ok(growth < 1.5, `memory grew ${growth} times`);
});
