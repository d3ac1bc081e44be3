import assert from "node:assert/strict";
import { inTurn } from "../../src/providers/turns.ts";
import { shortPauses } from "../support/wait.ts";

Deno.test("pictures are received one after the other, a failed one too", async () => {
  const order: string[] = [];
  const receive = (name: string) =>
    inTurn(async () => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      order.push(`${name} ends`);
      if (name === "one") throw new Error("cut off");
      return name;
    });
  const [one, two] = await Promise.allSettled([receive("one"), receive("two")]);
  assert.deepEqual([one.status, two], ["rejected", { status: "fulfilled", value: "two" }]);
  assert.deepEqual(order, ["one begins", "one ends", "two begins", "two ends"]);
});

Deno.test("nobody waits for long behind a picture that is stuck", async () => {
  using _ = shortPauses();
  const stuck = Promise.withResolvers<string>();
  const first = inTurn(() => stuck.promise);
  const others = ["two", "three"].map((name) => inTurn(() => Promise.resolve(name)));
  assert.deepEqual(await Promise.all(others), ["two", "three"]);
  stuck.resolve("one");
  assert.equal(await first, "one");
});
