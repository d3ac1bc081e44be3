import assert from "node:assert/strict";
import { withReceiveLimit } from "../../src/providers/receive_limit.ts";
import { shortPauses } from "../support/wait.ts";

Deno.test("four pictures are received at once, and the others as those end, failed ones too", async () => {
  let receiving = 0;
  let most = 0;
  const receive = (name: number) =>
    withReceiveLimit(async () => {
      most = Math.max(most, ++receiving);
      await new Promise((resolve) => setTimeout(resolve, 2));
      receiving--;
      if (name % 3 === 0) throw new Error("cut off");
      return name;
    });
  const results = await Promise.allSettled(Array.from({ length: 30 }, (_, name) => receive(name)));
  assert.equal(most, 4);
  assert.equal(results.filter(({ status }) => status === "fulfilled").length, 20);
});

Deno.test("nobody waits for long behind pictures that are stuck", async () => {
  using _ = shortPauses();
  const stuck = Promise.withResolvers<string>();
  const first = Array.from({ length: 4 }, () => withReceiveLimit(() => stuck.promise));
  const others = ["five", "six"].map((name) => withReceiveLimit(() => Promise.resolve(name)));
  assert.deepEqual(await Promise.all(others), ["five", "six"]);
  stuck.resolve("one");
  assert.equal((await Promise.all(first)).length, 4);
});
