import assert from "node:assert/strict";
import { silentLogger } from "../../../src/log.ts";
import { openDatabase } from "../../../src/storage/postgres/database.ts";
import { openPostgresRecords } from "../../../src/storage/postgres/postgres_records.ts";
import { RecordsTooNew } from "../../../src/storage/records.ts";
import { POSTGRES, type PostgresServer, startPostgres } from "../../support/postgres.ts";
import { testAuthorizationRecords } from "../contracts/authorization_records.ts";
import { testRecords } from "../contracts/records.ts";
import { testServerLease } from "../contracts/server_lease.ts";
import { assertAllIsCarried, testTableRecords } from "../contracts/table_records.ts";

/** One for all tests of this file, from the first to the last. */
let server: Promise<PostgresServer> | undefined;
const postgres = () => server ??= startPostgres();

const ignore = POSTGRES === undefined;
if (!ignore) {
  const open = async () => {
    const clock = { now: 1_800_000_000_000 };
    const url = await (await postgres()).createDatabase();
    const records = await openPostgresRecords(url, silentLogger, () => clock.now).records();
    return { records, clock, [Symbol.asyncDispose]: () => records.close() };
  };
  testRecords("PostgreSQL", open);
  testAuthorizationRecords("PostgreSQL", open);
  testTableRecords("PostgreSQL", open);

  testServerLease("PostgreSQL", async () => {
    const url = await (await postgres()).createDatabase();
    const shared: ReturnType<typeof openPostgresRecords>[] = [];
    return {
      lease() {
        shared.push(openPostgresRecords(url, silentLogger));
        return shared.at(-1)!.lease;
      },
      async [Symbol.asyncDispose]() {
        for (const { records } of shared) await (await records()).close();
      },
    };
  });
}

Deno.test({
  name: "PostgreSQL: every column is carried to other databases, or known to be left",
  ignore,
  async fn() {
    const database = await openDatabase(await (await postgres()).createDatabase());
    const sql = `SELECT table_name AS "table", column_name AS "column"
      FROM information_schema.columns WHERE table_schema = 'image_server'`;
    const rows = await database.query(sql);
    await database.close();
    assertAllIsCarried(rows as unknown as { table: string; column: string }[], {
      derived: [
        ...["images.position", "images.texts", "images.words", "batches.position"],
        ...["jobs.cancel_requested", "jobs.image_ids", "batches.cancel_requested"],
      ],
      leftOut: /^(oauth_|rates$|secrets$|servers$|sessions$|stream_events$|turns$|version$)/,
    });
  },
});

Deno.test({
  name: "servers that start at once make the tables once",
  ignore,
  async fn() {
    const url = await (await postgres()).createDatabase();
    const opened = await Promise.all(Array.from({ length: 5 }, () => openDatabase(url)));
    const [row] = await opened[0]!.query("SELECT count(*) AS rows FROM image_server.version");
    assert.equal(Number(row?.rows), 1);
    await Promise.all(opened.map((database) => database.close()));
  },
});

Deno.test({
  name: "tables of a newer server are left alone",
  ignore,
  async fn() {
    const url = await (await postgres()).createDatabase();
    const database = await openDatabase(url);
    await database.query("UPDATE image_server.version SET version = 99");
    await assert.rejects(openDatabase(url), (error) => {
      assert.ok(error instanceof RecordsTooNew);
      assert.match(error.message, /version 99.*MCP_DATABASE_URL/);
      return true;
    });
    await database.close();
  },
});

Deno.test({
  name: "a transaction that a frozen server leaves open ends by itself, and its locks with it",
  ignore,
  async fn() {
    const url = await (await postgres()).createDatabase();
    const [frozen, other] = [await openDatabase(url), await openDatabase(url)];
    const held = Promise.withResolvers<void>();
    const lock = "SELECT pg_advisory_xact_lock(1)";
    const stuck = frozen.transact(async (query) => {
      await query("SET LOCAL idle_in_transaction_session_timeout = '500ms'"); // sooner than it is
      await query(lock);
      held.resolve();
      await new Promise(() => {});
    });
    await held.promise;
    await other.transact((query) => query(lock));
    await assert.rejects(stuck);
    const [row] = await other.query("SHOW idle_in_transaction_session_timeout");
    assert.equal(row?.idle_in_transaction_session_timeout, "10s");
    await Promise.all([frozen.close(), other.close()]);
  },
});

Deno.test({
  name: "a database that is lost is told, and used again when it is back",
  ignore,
  async fn() {
    const url = await (await postgres()).createDatabase();
    const shared = openPostgresRecords(url, silentLogger);
    const { jobs } = await shared.records();
    assert.deepEqual(await jobs.serversAtWork(), []);
    await (await postgres()).stop();
    await assert.rejects(
      jobs.serversAtWork(),
      /The database of MCP_DATABASE_URL cannot be reached/,
    );
    await (await postgres()).start();
    assert.deepEqual(await jobs.serversAtWork(), []);
    await (await shared.records()).close();
  },
});

Deno.test({
  name: "PostgreSQL ends with these tests",
  ignore,
  fn: async () => await (await postgres())[Symbol.asyncDispose](),
});
