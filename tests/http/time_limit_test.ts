import assert from "node:assert/strict";
import { withTimeout } from "../../src/http/limits/time_limit.ts";

Deno.test("work that is done in time gives its own result", async () => {
  assert.equal(await withTimeout(1_000, Promise.resolve("done"), "late"), "done");
});

Deno.test("work that takes too long is not waited for", async () => {
  const began = performance.now();
  assert.equal(await withTimeout(20, new Promise(() => {}), "late"), "late");
  assert.ok(performance.now() - began >= 20);
});

Deno.test("work that fails in time fails", async () => {
  await assert.rejects(withTimeout(1_000, Promise.reject(new Error("broken")), "late"), /broken/);
});

Deno.test("those who wait together are each given up in their own time", async () => {
  const order: string[] = [];
  const wait = async (milliseconds: number, name: string) => {
    order.push(await withTimeout(milliseconds, new Promise<string>(() => {}), name));
  };
  await Promise.all([wait(60, "last"), wait(5, "first"), wait(30, "second")]);
  assert.deepEqual(order, ["first", "second", "last"]);
});
