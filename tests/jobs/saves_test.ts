import assert from "node:assert/strict";
import { Saves } from "../../src/jobs/saves.ts";

Deno.test("saves follow one another, and those that wait for one turn are one that is up to date", async () => {
  const saves = new Saves();
  const thing = { state: "new" };
  const written: string[] = [];
  const turns = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const write = async () => {
    const { state } = thing;
    await turns[written.length]!.promise;
    written.push(state);
    return true;
  };

  const first = saves.save(write);
  await Promise.resolve(); // it begins
  thing.state = "sent";
  const second = saves.save(write);
  thing.state = "accepted";
  const third = saves.save(write);
  turns[1]!.resolve();
  turns[0]!.resolve();
  assert.deepEqual(await Promise.all([first, second, third]), [true, true, true]);
  assert.deepEqual(written, ["new", "accepted"]);
});
