import assert from "node:assert/strict";
import { createBodyRoom } from "../../src/http/bodies/body_room.ts";

const LONG = 60_000;

Deno.test("a client sends so much at once, in the order in which it came, and another beside it", async () => {
  const room = createBodyRoom({ mostOfOne: 10, mostOfAll: 100 });
  const entered: string[] = [];
  const enter = (client: string, bytes: number, name: string) =>
    room.take(client, bytes, LONG).then((leave) => {
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

Deno.test("all together send no more than so much, and one body of any length goes through alone", async () => {
  const room = createBodyRoom({ mostOfOne: 10, mostOfAll: 15 });
  const large = await room.take("ann", 1_000, LONG);
  let isIn = false;
  const small = room.take("bob", 1, LONG).then((leave) => {
    isIn = true;
    return leave;
  });
  await Promise.resolve();
  assert.equal(isIn, false);
  large!();
  (await small)!();
});

Deno.test("whoever waits too long takes no room, and holds up nobody", async () => {
  const room = createBodyRoom({ mostOfOne: 10, mostOfAll: 10 });
  const first = await room.take("ann", 10, LONG);
  assert.equal(await room.take("ann", 10, 20), undefined);
  const third = room.take("ann", 10, LONG);
  first!();
  (await third)!();
});
