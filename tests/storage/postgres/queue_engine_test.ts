/**
 * What the engine `pg-boss` does not hold, and the line of all servers must (`PostgresTurnRecords`).
 * Where one of these tests fails with a newer version, the engine has gained what it lacked.
 */

import assert from "node:assert/strict";
import { PgBoss } from "pg-boss";
import { postgres, type Sql } from "../../../src/dependencies/postgres.ts";
import { silentLogger } from "../../../src/log.ts";
import { openPostgresRecords } from "../../../src/storage/postgres/postgres_records.ts";
import type { NewTurn } from "../../../src/storage/turn_records.ts";
import { POSTGRES, startPostgres } from "../../support/postgres.ts";

Deno.test({
  name: "two servers of pg-boss begin more of a group than its limit; the line does not",
  ignore: POSTGRES === undefined,
  async fn() {
    await using server = await startPostgres();
    const url = await server.createDatabase();
    const other = postgres(url, { max: 1, onnotice: () => {} });
    const boss = new PgBoss({ connectionString: url, max: 2, supervise: false, schedule: false });
    const faults: Error[] = [];
    boss.on("error", (error) => faults.push(error));
    await boss.start();
    await boss.createQueue("pictures");
    for (const number of [1, 2]) {
      await boss.send("pictures", { number }, { group: { id: "vendor" } });
    }
    const limit = { groupConcurrency: 1 };
    const begun = await other.begin(async (transaction) => [
      ...await boss.fetch("pictures", { ...limit, db: through(transaction) }),
      // The first server has begun one, and has not committed that yet.
      ...await boss.fetch("pictures", limit),
    ]);
    assert.equal(begun.length, 2, "pg-boss holds a group's limit now: weigh it again");
    await boss.stop({ graceful: false });
    await other.end();
    assert.deepEqual(faults, []);

    const { turns, close } = await openPostgresRecords(url, silentLogger).records();
    const changes = await Promise.all(["a", "b", "c"].map((id) => turns!.enter(turn(id), 10)));
    assert.equal(changes.flatMap(({ begun }) => begun).length, 1);
    await close();
  },
});

function turn(id: string): NewTurn {
  return { id, server: id, caller: id, provider: "vendor", providerLimit: 1, serverLimit: 9 };
}

/** How pg-boss asks over a connection of another driver. */
function through(sql: Pick<Sql, "unsafe">) {
  return {
    async executeSql(text: string, values: unknown[] = []) {
      return { rows: [...await sql.unsafe(text, values as never[])] };
    },
  };
}
