import assert from "node:assert/strict";
import { ConnectionRetry } from "../../../src/storage/postgres/connection_retry.ts";
import { StorageAway } from "../../../src/storage/storage_away.ts";

Deno.test("a database that begins is waited for, and nothing is done twice", async () => {
  const retry = new ConnectionRetry({ pause: 1 });
  const database = failing("ECONNREFUSED", "57P03", "CONNECT_FAILED");
  assert.equal(await retry.run(database.work, false), "done");
  assert.equal(database.asked, 4);
});

Deno.test("what broke off on its way is sent again where it may be done twice, and nowhere else", async () => {
  const retry = new ConnectionRetry({ pause: 1 });
  const reading = failing("CONNECTION_CLOSED", "57P01", "ECONNRESET");
  assert.equal(await retry.run(reading.work, true), "done");

  const writing = failing("CONNECTION_CLOSED");
  await assert.rejects(retry.run(writing.work, false), (error) => {
    assert.ok(error instanceof StorageAway);
    assert.equal(error.code, "busy");
    assert.match(error.message, /database of MCP_DATABASE_URL cannot be reached; please try again/);
    assert.equal(error.details.retry_after_seconds, 2);
    return true;
  });
  assert.equal(writing.asked, 1);
});

Deno.test("everybody waits for the same loss, and after it all fails at once until it is back", async () => {
  const clock = { now: 0 };
  const retry = new ConnectionRetry({ limit: 5_000, pause: 1, now: () => clock.now });
  const database = failing("ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED");
  const first = retry.run(async () => {
    clock.now += 3_000;
    return await database.work();
  }, true);
  await assert.rejects(first, StorageAway);
  assert.equal(database.asked, 3, "tried at 0, 3 and 6 seconds after the first loss");

  await assert.rejects(retry.run(database.work, true), StorageAway);
  assert.equal(database.asked, 4, "nobody waits any more");
  assert.equal(await retry.run(database.work, true), "done");

  const later = failing("ECONNREFUSED");
  assert.equal(await retry.run(later.work, true), "done", "another loss is waited for anew");
});

Deno.test("a database that was silent for long is not waited for once more", async () => {
  const silent = failing("NO_ANSWER");
  await assert.rejects(new ConnectionRetry().run(silent.work, true), StorageAway);
  assert.equal(silent.asked, 1);
});

Deno.test("what the database refuses is told at once", async () => {
  const refusing = failing("23505");
  await assert.rejects(new ConnectionRetry().run(refusing.work, true), /23505/);
  assert.equal(refusing.asked, 1);
});

/** Work that fails with these codes, one after another, and is done then. */
function failing(...codes: string[]) {
  const database = {
    asked: 0,
    work(): Promise<string> {
      database.asked++;
      const code = codes.shift();
      if (code === undefined) return Promise.resolve("done");
      return Promise.reject(Object.assign(new Error(code), { code }));
    },
  };
  return database;
}
