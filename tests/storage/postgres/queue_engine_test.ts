/**
 * What `pg-boss` lacks, for which statements of our own stand in `src/storage/postgres/`; the manual
 * names each of them (`src/manual/developing.md`, "The queue of several servers"). One that fails
 * here with a newer pg-boss says what to weigh anew.
 */

import assert from "node:assert/strict";
import { type FetchOptions, PgBoss, type SendOptions } from "pg-boss";
import { silentLogger } from "../../../src/log.ts";
import type { Connections } from "../../../src/storage/postgres/connections.ts";
import { type Database, openDatabase } from "../../../src/storage/postgres/database.ts";
import { DatabaseLease } from "../../../src/storage/postgres/database_lease.ts";
import { PostgresTurnRecords } from "../../../src/storage/postgres/postgres_turn_records.ts";
import { connectTo, POSTGRES, startPostgres } from "../../support/postgres.ts";
import { shortPauses } from "../../support/wait.ts";

Deno.test({
  name: "what the queue of several servers needs, and pg-boss lacks",
  ignore: POSTGRES === undefined,
  async fn(t) {
    await using postgres = await startPostgres();
    const url = await postgres.createDatabase();
    await using engine = await startEngine(url);
    const lacks = (what: string, show: (engine: Engine) => Promise<void>) =>
      t.step(`pg-boss ${what}`, () => show(engine));

    await lacks("begins more of a group than its limit, where two fetch at once", groupLimit);
    await t.step("a turn of ours waits for the other one instead", () => turnLimit(url));
    await lacks("lets whoever asked most often have all turns before others", callers);
    await lacks("turns nobody away, however long the line is", boundOfLine);
    await lacks("cannot be asked for one job, by the server that answers for it", knownJob);
    await lacks("gives the jobs of living servers away once the database was away", longSilence);
    await t.step("our lease looks at them once more instead", () => secondLook(url));
    await lacks("writes what it tells once for each server, the dead ones too", announcements);
  },
});

/** pg-boss on one database, and connections beside it. */
interface Engine extends AsyncDisposable {
  readonly boss: PgBoss;
  readonly connected: Connections;
  /** A new queue with jobs in it; gives their ids in order. */
  queue(name: string, jobs: readonly SendOptions[]): Promise<readonly string[]>;
  /** The ids of the jobs that a server gets. */
  fetch(name: string, options?: FetchOptions): Promise<readonly string[]>;
}

async function startEngine(url: string): Promise<Engine> {
  const boss = new PgBoss({
    connectionString: url,
    supervise: false,
    schedule: false,
    registerInstance: false,
  });
  const errors: unknown[] = [];
  boss.on("error", (error) => void errors.push(error));
  await boss.start();
  const connected = await connectTo(url);
  return {
    boss,
    connected,
    async queue(name, jobs) {
      await boss.createQueue(name);
      const ids: string[] = [];
      for (const options of jobs) ids.push(String(await boss.send(name, {}, options)));
      return ids;
    },
    fetch: async (name, options = {}) => (await boss.fetch(name, options)).map(({ id }) => id),
    async [Symbol.asyncDispose]() {
      await boss.stop({ graceful: false });
      await connected.close();
      assert.deepEqual(errors, []);
    },
  };
}

async function groupLimit({ queue, fetch, connected }: Engine): Promise<void> {
  const group = { id: "hunyuan" };
  const [first, second] = await queue("limits", [{ group }, { group }]);
  const limit = { groupConcurrency: 1 };
  await connected.hold(async (query) => {
    await query("BEGIN");
    const executeSql = async (text: string, values: unknown[] = []) => ({
      rows: [...await query(text, ...values as string[])],
    });
    // One server has its job, and has not committed when the other fetches.
    assert.deepEqual(await fetch("limits", { ...limit, db: { executeSql } }), [first]);
    assert.deepEqual(await fetch("limits", limit), [second], GAINED("a group's limit that holds"));
    await query("COMMIT");
  });
}

/** The same, with turns: two servers, and the first has not committed when the second enters. */
async function turnLimit(url: string): Promise<void> {
  const database = await openDatabase(url);
  const entered = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const slow: Database = {
    ...database,
    transact: (work) =>
      database.transact(async (query) => {
        const changes = await work(query);
        entered.resolve();
        await held.promise;
        return changes;
      }),
  };
  const turn = {
    server: "one",
    caller: "a",
    provider: "hunyuan",
    providerLimit: 1,
    serverLimit: 9,
  };
  const first = new PostgresTurnRecords(slow).enter({ ...turn, id: "1" }, 9);
  await entered.promise;
  const second = new PostgresTurnRecords(database).enter({ ...turn, id: "2", server: "two" }, 9);
  held.resolve();
  assert.deepEqual((await first).begun, [{ id: "1", server: "one" }]);
  assert.deepEqual((await second).begun, []);
  await database.close();
}

async function callers({ queue, fetch }: Engine): Promise<void> {
  const [a, b] = [{ group: { id: "a" } }, { group: { id: "b" } }];
  const ids = await queue("callers", [a, a, a, b]);
  const order = [...await fetch("callers"), ...await fetch("callers"), ...await fetch("callers")];
  assert.deepEqual(order, ids.slice(0, 3), GAINED("turns of groups"));
}

async function boundOfLine({ boss, fetch }: Engine): Promise<void> {
  await boss.createQueue("bound", { warningQueueSize: 1 });
  await boss.send("bound", {});
  await boss.send("bound", {});
  assert.equal((await fetch("bound", { batchSize: 9 })).length, 2, GAINED("a bound of a queue"));
}

async function knownJob({ queue, fetch }: Engine): Promise<void> {
  const [first, second] = await queue("known", [{ singletonKey: "1" }, { singletonKey: "2" }]);
  const options = { id: second, ids: [second], singletonKey: "2", key: "2" };
  assert.deepEqual(
    await fetch("known", options as FetchOptions),
    [first],
    GAINED("fetching by id"),
  );
}

async function longSilence({ boss, queue, fetch, connected }: Engine): Promise<void> {
  await assert.rejects(boss.createQueue("beats", { heartbeatSeconds: 9 }), /heartbeat/);
  const [job] = await queue("silence", [{ heartbeatSeconds: 10 }]);
  assert.deepEqual(await fetch("silence"), [job]);
  // As it stands when the database is back: nobody could show that they live.
  const silence =
    "UPDATE pgboss.job SET heartbeat_on = now() - interval '11 seconds' WHERE id = $1";
  await connected.query(silence, job!);
  await boss.supervise("silence");
  assert.deepEqual(
    await fetch("silence"),
    [job],
    GAINED("a second look at servers that were silent"),
  );
}

/** The same, with leases: the server shows itself again while another takes it for dead. */
async function secondLook(url: string): Promise<void> {
  const database = await openDatabase(url);
  const show = (ago: string) =>
    database.query(
      `INSERT INTO image_server.servers AS servers (id, seen_at)
       VALUES ('quiet', now() - $1::text::interval)
       ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`,
      ago,
    );
  await show("11 seconds");
  let hasLooked = false;
  const watched: Database = {
    ...database,
    async query(...statement) {
      const rows = await database.query(...statement);
      if (!hasLooked) await show("0 seconds");
      hasLooked = true;
      return rows;
    },
  };
  using _pauses = shortPauses();
  const lease = new DatabaseLease(() => Promise.resolve(watched), silentLogger);
  await lease.recover("quiet", () => Promise.reject(new Error("It lives")));
  assert.ok(hasLooked);
  await database.close();
}

async function announcements({ boss, queue, fetch }: Engine): Promise<void> {
  for (const server of ["living", "dead"]) {
    await queue(server, []);
    await boss.subscribe("cancels", server);
  }
  for (const _news of [1, 2]) {
    await boss.publish("cancels", { job: "1" });
    assert.equal((await fetch("living")).length, 1);
  }
  const left = await fetch("dead", { batchSize: 9 });
  assert.equal(left.length, 2, GAINED("words that only those hear who live"));
}

function GAINED(what: string): string {
  return `pg-boss may have gained ${what}: weigh anew whether it can carry that part of the queue`;
}
