import assert from "node:assert/strict";
import { createRoom } from "../src/room.ts";

const LONG = 60_000;

Deno.test("an owner has so much at once, in the order in which it was asked for, and another beside it", async () => {
  const room = createRoom({ mostOfOne: 10, mostOfAll: 100 });
  const entered: string[] = [];
  const enter = (client: string, bytes: number, name: string) =>
    room.takeWithin(client, bytes, LONG).then((leave) => {
      entered.push(name);
      return leave!;
    });
  const first = await enter("ann", 6, "first");
  const second = enter("ann", 6, "second");
  const third = enter("ann", 2, "third");
  const other = await enter("bob", 10, "other");
  assert.deepEqual(entered, ["first", "other"]);
  first();
  first();
  (await second)();
  (await third)();
  other();
  assert.deepEqual(entered, ["first", "other", "second", "third"]);
});

Deno.test("all together have no more than so much, and any amount is had alone", async () => {
  const room = createRoom({ mostOfOne: 10, mostOfAll: 15 });
  const large = await room.takeWithin("ann", 1_000, LONG);
  let isIn = false;
  const small = room.takeWithin("bob", 1, LONG).then((leave) => {
    isIn = true;
    return leave;
  });
  await Promise.resolve();
  assert.equal(isIn, false);
  large!();
  (await small)!();
});

Deno.test("whoever waits too long takes no room, and holds up nobody", async () => {
  const room = createRoom({ mostOfOne: 10, mostOfAll: 10 });
  const first = await room.takeWithin("ann", 10, LONG);
  assert.equal(await room.takeWithin("ann", 10, 20), undefined);
  const third = room.takeWithin("ann", 10, LONG);
  first!();
  (await third)!();
});

Deno.test("owners take turns, however many wait of one", async () => {
  const room = createRoom({ mostOfOne: 2, mostOfAll: 3 });
  const entered: string[] = [];
  const enter = async (owner: string) => {
    const leave = await room.takeWithin(owner, 1, LONG);
    entered.push(owner);
    await new Promise((resolve) => setTimeout(resolve, 1));
    leave!();
  };
  await Promise.all(["ann", "ann", "ann", "ann", "ann", "ann", "bob", "bob", "cid"].map(enter));
  assert.equal(entered.length, 9);
  assert.ok(entered.indexOf("cid") < 5, entered.join());
});

Deno.test("whoever is gone waits no longer", async () => {
  const room = createRoom({ mostOfOne: 1, mostOfAll: 1 });
  const { signal } = new AbortController();
  const leave = await room.take("ann", 1, signal);
  const controller = new AbortController();
  const gone = room.take("ann", 1, controller.signal);
  const next = room.take("ann", 1, signal);
  controller.abort(new Error("gone"));
  await assert.rejects(gone, { message: "gone" });
  leave();
  (await next)();
  await assert.rejects(room.take("ann", 1, controller.signal), { message: "gone" });
});
