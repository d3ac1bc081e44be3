/** The records of several servers that reach their database through PgBouncer, as Debian has it. */

import assert from "node:assert/strict";
import { inspectDatabase } from "../../../src/storage/postgres/inspect_database.ts";
import { openDatabase } from "../../../src/storage/postgres/database.ts";
import { openPostgresRecords } from "../../../src/storage/postgres/postgres_records.ts";
import { silentLogger } from "../../../src/log.ts";
import { PGBOUNCER, startPgBouncer } from "../../support/pgbouncer.ts";
import { POSTGRES, startPostgres } from "../../support/postgres.ts";
import { until } from "../../support/wait.ts";

const ignore = POSTGRES === undefined || PGBOUNCER === undefined;

for (const mode of ["session", "transaction"] as const) {
  Deno.test({
    name: `servers share a database through PgBouncer in ${mode} mode`,
    ignore,
    async fn(t) {
      await using postgres = await startPostgres();
      const direct = await postgres.createDatabase();
      await using pooler = await startPgBouncer(direct, mode);
      const url = pooler.addressOf(direct);
      const options = mode === "transaction" ? { listenUrl: direct } : {};
      const two = ["one", "other"].map(() => openPostgresRecords(url, silentLogger, options));
      const [one, other] = two as [typeof two[0], typeof two[0]];

      await t.step("they hear each other, also after the database was away", async () => {
        const heard: string[] = [];
        using _listening = one.announcements.listen("cats", (word) => heard.push(word));
        const isHeard = (word: string) =>
          until(`'${word}' is heard`, async () => {
            await other.announcements.tell("cats", word).catch(() => {});
            return heard.includes(word);
          }, { seconds: 30 });
        await isHeard("purr");
        await postgres.stop();
        await postgres.start();
        await isHeard("meow");
      });

      await t.step("many statements and transactions at once keep apart", async () => {
        const { common, turns } = await one.records();
        const rates = (await other.records()).common!.rates;
        const taken = await Promise.all(
          Array.from(
            { length: 40 },
            (_, at) => (at % 2 ? rates : common!.rates).take("a", 30, 1e9),
          ),
        );
        assert.equal(taken.filter((wait) => wait === 0).length, 30);
        const turn = {
          server: "one",
          caller: "a",
          provider: "x",
          providerLimit: 1,
          serverLimit: 9,
        };
        const entered = await Promise.all(
          Array.from({ length: 12 }, (_, at) => turns!.enter({ ...turn, id: String(at) }, 20)),
        );
        assert.equal(entered.flatMap(({ begun }) => begun).length, 1, "one at a time begins");
      });

      await t.step("one at a time takes over, and the lock ends with it", async () => {
        const database = await openDatabase(url, { listensElsewhere: true });
        const isAlone = await database.alone("a thing", async () => {
          // What others do meanwhile may come to any connection of the pooler's.
          await Promise.all(Array.from({ length: 20 }, () => database.query("SELECT 1")));
          assert.equal(await database.alone("a thing", () => Promise.reject("Not alone")), false);
        });
        assert.ok(isAlone);
        assert.ok(await database.alone("a thing", () => Promise.resolve()));
        await database.close();
      });

      await t.step("a transaction has its limits, which nobody else gets", async () => {
        const database = await openDatabase(url, { listensElsewhere: true });
        const shown = "SELECT current_setting('idle_in_transaction_session_timeout') AS limit";
        assert.deepEqual(
          await database.transact(async (query) => (await query(shown))[0]!.limit),
          "10s",
        );
        assert.deepEqual((await database.query(shown))[0]!.limit, "0");
        await database.close();
      });

      await t.step("the address where they listen is looked at", async () => {
        assert.equal((await inspectDatabase(url, direct)).pictures, 0);
        const nowhere = direct.replace(/:\d+\//, ":1/");
        await assert.rejects(inspectDatabase(url, nowhere), /heard at MCP_DATABASE_LISTEN_URL/);
      });

      for (const { announcements, records } of two) {
        await announcements.close();
        await (await records()).close();
      }
      if (mode === "session") return;
      await t.step("without an address to listen at they are told what to do", async () => {
        const refused = openPostgresRecords(url, silentLogger);
        await assert.rejects(
          refused.records(),
          /shares connections.*MCP_DATABASE_LISTEN_URL.*pool_mode = session/,
        );
      });
    },
  });
}
