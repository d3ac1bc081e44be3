import assert from "node:assert/strict";
import { silentLogger } from "../../../src/log.ts";
import { openDatabase } from "../../../src/storage/postgres/database.ts";
import { ConnectionRetry } from "../../../src/storage/postgres/connection_retry.ts";
import { openPostgresRecords } from "../../../src/storage/postgres/postgres_records.ts";
import { RecordsTooNew } from "../../../src/storage/records/records.ts";
import { connectTo, POSTGRES, type PostgresServer, startPostgres } from "../../support/postgres.ts";
import { shortPauses, until } from "../../support/wait.ts";
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
    const records = await openPostgresRecords(url, silentLogger, { now: () => clock.now })
      .records();
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
    const stuck = assert.rejects(frozen.transact(async (query) => {
      await query("SET LOCAL idle_in_transaction_session_timeout = '500ms'"); // sooner than it is
      await query(lock);
      held.resolve();
      await new Promise(() => {});
    }));
    await held.promise;
    await other.transact((query) => query(lock));
    await stuck;
    const [row] = await other.query("SHOW idle_in_transaction_session_timeout");
    assert.equal(row?.idle_in_transaction_session_timeout, "10s");
    await Promise.all([frozen.close(), other.close()]);
  },
});

Deno.test({
  name: "who is alive goes by the database's clock, however wrong a server's own is",
  ignore,
  async fn() {
    const url = await (await postgres()).createDatabase();
    const [one, other] = [
      openPostgresRecords(url, silentLogger),
      openPostgresRecords(url, silentLogger),
    ];
    const { turns } = await other.records();
    await one.lease.announce();
    const database = await openDatabase(url);
    for (const hours of [-24, 24]) {
      const dead = `dead ${hours}`;
      const sql = `INSERT INTO image_server.servers VALUES ($1, now() - interval '11 seconds')`;
      await database.query(sql, dead);
      for (const server of [one.lease.id, dead]) {
        const place = { id: `${server} ${hours}`, caller: "a", provider: "b", serverLimit: 9 };
        await turns!.enter({ ...place, server }, 100);
      }
      using _clock = shiftClock(hours * 3_600_000);
      using _pauses = shortPauses();
      await other.lease.recover(one.lease.id, () => Promise.reject(new Error("It lives")));
      assert.deepEqual(await turns!.silentServers(), [dead]);
      let isTaken = false;
      await other.lease.recover(dead, () => Promise.resolve(void (isTaken = true)));
      assert.ok(isTaken);
      await turns!.leaveAll(dead);
    }
    await one.lease.release();
    for (const { records } of [one, other]) await (await records()).close();
    await database.close();
  },
});

Deno.test({
  name: "a server shows itself while all that it asks of the records waits for others",
  ignore,
  async fn() {
    const url = await (await postgres()).createDatabase();
    const shared = openPostgresRecords(url, silentLogger);
    await shared.lease.announce();
    const { jobs, close } = await shared.records();
    await using other = await connectTo(url);
    const seenAt = async () => {
      const [row] = await other.query("SELECT seen_at::text FROM image_server.servers");
      return row!.seen_at as string;
    };
    let waiting: Promise<unknown>[] = [];
    await other.hold(async (query) => {
      await query("BEGIN");
      await query("LOCK TABLE image_server.jobs");
      waiting = Array.from({ length: 20 }, () => jobs.serversAtWork());
      const before = await seenAt();
      await until("it is seen again", async () => await seenAt() > before, { seconds: 20 });
      await query("COMMIT");
    });
    await Promise.all(waiting);
    await shared.lease.release();
    await close();
  },
});

Deno.test({
  name: "a database that is started again is a pause, and one that stays away is told",
  ignore,
  async fn() {
    const url = await (await postgres()).createDatabase();
    const retry = new ConnectionRetry({ limit: 120_000, pause: 20 });
    const shared = openPostgresRecords(url, silentLogger, { retry });
    const { jobs } = await shared.records();
    assert.deepEqual(await jobs.serversAtWork(), []);
    await (await postgres()).stop();
    const asked = jobs.serversAtWork();
    await (await postgres()).start();
    assert.deepEqual(await asked, []);
    await (await shared.records()).close();

    const impatient = openPostgresRecords(url, silentLogger, {
      retry: new ConnectionRetry({ limit: 0 }),
    });
    const records = await impatient.records();
    await (await postgres()).stop();
    await assert.rejects(
      records.jobs.serversAtWork(),
      /The database of MCP_DATABASE_URL cannot be reached/,
    );
    await (await postgres()).start();
    assert.deepEqual(await records.jobs.serversAtWork(), []);
    await records.close();
  },
});

Deno.test({
  name: "a transaction whose connection is lost amid it is made again, and ends no process",
  ignore,
  async fn() {
    const url = await (await postgres()).createDatabase();
    const database = await openDatabase(url);
    await database.query("CREATE TABLE lines (line integer)");
    let rounds = 0;
    const done = database.transact(async (query) => {
      rounds++;
      await query("INSERT INTO lines VALUES (1)");
      if (rounds === 1) {
        await (await postgres()).stop();
        await (await postgres()).start();
      }
      await query("INSERT INTO lines VALUES (2)");
    }, { mayRepeat: true });
    await done;
    assert.equal(rounds, 2);
    assert.equal((await database.query("SELECT * FROM lines")).length, 2);

    const begun = Promise.withResolvers<void>();
    const broken = database.transact(async (query) => {
      await query("INSERT INTO lines VALUES (3)");
      begun.resolve();
      await query("SELECT pg_sleep(60)");
    });
    await begun.promise;
    await Promise.all([
      assert.rejects(broken, /cannot be reached/),
      (await postgres()).stop(),
    ]);
    await (await postgres()).start();
    await database.close();
  },
});

Deno.test({
  name:
    "what one server does alone leaves it its other connections when the database is lost amid it",
  ignore,
  async fn() {
    const url = await (await postgres()).createDatabase();
    const database = await openDatabase(url);
    assert.ok(
      await database.alone("a thing", async () => {
        assert.equal(await database.alone("a thing", () => Promise.resolve()), false);
        await (await postgres()).stop();
        await (await postgres()).start();
      }),
    );
    assert.ok(await database.alone("a thing", () => Promise.resolve()), "it let go of the lock");
    const asked = Array.from({ length: 20 }, () => database.query("SELECT 1"));
    assert.equal((await Promise.all(asked)).length, 20);
    await database.close();
  },
});

Deno.test({
  name: "PostgreSQL ends with these tests",
  ignore,
  fn: async () => await (await postgres())[Symbol.asyncDispose](),
});

/** Lets this process be wrong about the time until disposed. */
function shiftClock(milliseconds: number): Disposable {
  const Original = Date;
  globalThis.Date = class extends Original {
    constructor(...args: [] | [number]) {
      super(args[0] ?? Original.now() + milliseconds);
    }
    static override now(): number {
      return Original.now() + milliseconds;
    }
  } as DateConstructor;
  return { [Symbol.dispose]: () => void (globalThis.Date = Original) };
}
