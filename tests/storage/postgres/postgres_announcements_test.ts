import assert from "node:assert/strict";
import { silentLogger } from "../../../src/log.ts";
import { openPostgresRecords } from "../../../src/storage/postgres/postgres_records.ts";
import { POSTGRES, type PostgresServer, startPostgres } from "../../support/postgres.ts";
import { until } from "../../support/wait.ts";
import { heardBy, testAnnouncements } from "../contracts/announcements.ts";

const ignore = POSTGRES === undefined;

/** One for all tests of this file, from the first to the last. */
let server: Promise<PostgresServer> | undefined;
const postgres = () => server ??= startPostgres();

async function open() {
  const url = await (await postgres()).createDatabase();
  const shared = [openPostgresRecords(url, silentLogger), openPostgresRecords(url, silentLogger)];
  return {
    servers: shared.map(({ announcements }) => announcements),
    async [Symbol.asyncDispose]() {
      for (const { announcements, records } of shared) {
        await announcements.close();
        await (await records()).close();
      }
    },
  };
}

if (!ignore) testAnnouncements("PostgreSQL", open);

Deno.test({
  name:
    "they are heard again when the database is back, and it is told that some may not have been",
  ignore,
  async fn() {
    await using opened = await open();
    const [one, other] = opened.servers;
    const heard = await heardBy(one!, "jobs", other!);
    let gaps = 0;
    one!.onGap(() => gaps++);
    one!.onGap(() => gaps++)[Symbol.dispose]();
    await (await postgres()).stop();
    await assert.rejects(other!.tell("jobs", "lost"), /database/);
    await (await postgres()).start();
    await until("it is heard", async () => {
      await other!.tell("jobs", "back").catch(() => {});
      return heard.includes("back");
    }, { seconds: 30 });
    assert.ok(!heard.includes("lost"));
    assert.equal(gaps, 1);
  },
});

Deno.test({
  name: "what PostgreSQL does not carry is refused",
  ignore,
  async fn() {
    await using opened = await open();
    const [one] = opened.servers;
    await one!.tell("jobs", "猫".repeat(2_600));
    await assert.rejects(one!.tell("jobs", "猫".repeat(2_700)), /at most 7900 bytes, not 8105/);
  },
});

Deno.test({
  name: "PostgreSQL ends with these tests",
  ignore,
  fn: async () => await (await postgres())[Symbol.asyncDispose](),
});
