import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import type { QueueLimits, Release } from "../../src/jobs/queue.ts";
import { SharedQueue } from "../../src/jobs/shared_queue.ts";
import { silentLogger } from "../../src/log.ts";
import type { Announcements } from "../../src/storage/announcements.ts";
import { openDatabase } from "../../src/storage/postgres/database.ts";
import { openPostgresRecords } from "../../src/storage/postgres/postgres_records.ts";
import { PostgresTurnRecords } from "../../src/storage/postgres/postgres_turn_records.ts";
import { POSTGRES, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { until } from "../support/wait.ts";
import { entry, testQueue } from "./contracts/queue.ts";

const ignore = POSTGRES === undefined;

/** One for all tests of this file, from the first to the last. */
let server: Promise<PostgresServer> | undefined;
const postgres = () => server ??= startPostgres();

if (!ignore) {
  testQueue("servers that share a database", async (limits) => {
    const one = openServer(await (await postgres()).createDatabase(), limits);
    const { queue } = one;
    return { queue, settle: () => queue.look(), [Symbol.asyncDispose]: () => one.close() };
  });
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore, fn });
}

test("a provider's limit holds over all servers, and a free place is the next one's", async () => {
  await using three = await servers(3, { limit: 10 });
  const [one, two, third] = three.queues;
  const first = await one!.enter(entry("a", { key: "hunyuan", keyLimit: 2 }));
  await two!.enter(entry("b", { key: "hunyuan", keyLimit: 2 }));
  const waiting = third!.enter(entry("c", { key: "hunyuan", keyLimit: 2 }));
  (await third!.enter(entry("c", { key: "doubao" })))();
  await settle(three);
  assert.deepEqual(await one!.load(), { running: 2, waiting: 1 });

  first();

  (await waiting)();
});

test("in any mixture a provider's limit holds over all servers, and everybody has a turn", async () => {
  await using three = await servers(3, { limit: 4, maxWaiting: 500 });
  const limits: Record<string, number> = { hunyuan: 1, doubao: 2, openai: 5 };
  const running = new Map<string, number>();
  const count = (key: string, change: number) => {
    running.set(key, (running.get(key) ?? 0) + change);
    return running.get(key)!;
  };
  const run = async (index: number) => {
    const queue = three.queues[index % 3]!;
    const key = Object.keys(limits)[index % 7 % 3]!;
    using _slot = await queue.enter(entry(`caller ${index % 5}`, { key, keyLimit: limits[key] }));
    assert.ok(count(key, 1) <= limits[key]!, `${key} runs too often`);
    assert.ok(queue.running <= 4);
    await new Promise((resolve) => setTimeout(resolve, index % 4));
    count(key, -1);
  };
  await Promise.all(Array.from({ length: 60 }, (_, index) => run(index)));
  await settle(three);
  assert.deepEqual(await three.queues[0]!.load(), { running: 0, waiting: 0 });
});

test("each server runs as many at once as it may, whatever the others do", async () => {
  await using two = await servers(2, { limit: 1 });
  const [one, other] = two.queues;
  const stop = new AbortController();
  await one!.enter(entry("a"));
  const waiting = one!.enter(entry("a", { signal: stop.signal }));
  const release = await other!.enter(entry("a"));
  release();
  await settle(two);
  assert.equal(one!.waiting, 1);
  assert.equal(other!.running, 0);
  stop.abort();
  await assert.rejects(waiting);
});

test("callers take turns over all servers, and newcomers wait for one turn of everybody", async () => {
  await using two = await servers(2, { limit: 10 });
  const [one, other] = two.queues;
  const order: string[] = [];
  const add = async (queue: SharedQueue, name: string) => {
    const turn = queue.enter(entry(name.charAt(0), { key: "hunyuan", keyLimit: 1 }));
    void turn.then((release) => {
      order.push(name);
      releases.push(release);
    });
    await queue.look();
  };
  const releases: Release[] = [];
  for (const name of ["a1", "a2", "a3", "a4"]) await add(one!, name);
  for (const name of ["b1", "b2"]) await add(other!, name);
  await add(one!, "c1");

  for (let done = 0; done < 7; done++) {
    await until("the next one has a turn", () => releases.length > done);
    releases[done]!();
  }

  assert.deepEqual(order, ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]);
});

test("the bound of the line is for all servers, and the longest line gives up its newest", async () => {
  await using two = await servers(2, { limit: 1, maxWaiting: 3 });
  const [one, other] = two.queues;
  await one!.enter(entry("a"));
  await other!.enter(entry("z"));
  const stop = new AbortController();
  const flood = [1, 2, 3].map(() => one!.enter(entry("a", { signal: stop.signal })));
  const outcomes = flood.map((each) => each.then(() => "begun", ({ code }) => code));
  await settle(two);
  await assert.rejects(other!.enter(entry("a")), (error) => {
    assert.ok(error instanceof ImageError);
    assert.equal(error.code, "busy");
    assert.equal(error.details.waiting, 3);
    assert.equal(error.details.retry_after_seconds, 15);
    return true;
  });

  const newcomer = other!.enter(entry("b", { signal: stop.signal }));

  assert.equal(await outcomes[2], "busy");
  await settle(two);
  assert.deepEqual(await one!.load(), { running: 2, waiting: 3 });
  stop.abort(new ImageError("cancelled", "gone"));
  assert.deepEqual(await Promise.all(outcomes), ["cancelled", "cancelled", "busy"]);
  await assert.rejects(newcomer);
});

test("the places of a dead server come free once it has been silent for long", async () => {
  await using one = await servers(1, {});
  const [queue] = one.queues;
  const left = { server: "dead", caller: "a", provider: "hunyuan", providerLimit: 1 };
  for (const id of ["1", "2"]) await one.turns.enter({ ...left, id, serverLimit: 10 }, 100);
  const waiting = queue!.enter(entry("b", { key: "hunyuan", keyLimit: 1 }));
  await settle(one);
  assert.equal(queue!.waiting, 1);
  assert.deepEqual(await queue!.load(), { running: 0, waiting: 1 });

  (await within(30, waiting))();
  await settle(one);
  assert.equal((await one.database.query("SELECT 1 FROM image_server.turns")).length, 0);
});

test("without the database nobody begins; who waits and who runs goes on when it is back", async () => {
  await using two = await servers(2, { limit: 1 });
  const [one, other] = two.queues;
  const release = await one!.enter(entry("a"));
  const waiting = one!.enter(entry("a"));
  await settle(two);
  await (await postgres()).stop();
  await assert.rejects(other!.enter(entry("b")), (error) => {
    assert.ok(error instanceof ImageError);
    assert.equal(error.code, "busy");
    assert.match(error.message, /Nothing was drawn.*database/);
    return true;
  });
  release();
  assert.equal(one!.waiting, 1);
  await (await postgres()).start();

  (await within(30, waiting))();
  await until("the line is empty", async () => {
    const { running, waiting } = await one!.load().catch(() => ({ running: 1, waiting: 1 }));
    return running + waiting === 0;
  });
  (await other!.enter(entry("b")))();
});

test("a place that was taken while its server was told of a failure is given back", async () => {
  await using one = await servers(1, {});
  const [queue] = one.queues;
  await (await queue!.enter(entry("a")))();
  await queue!.look();
  const [row] = await one.database.query("SELECT id FROM image_server.servers");
  const turn = { id: "1", server: String(row!.id), caller: "a", provider: "hunyuan" };
  await one.turns.enter({ ...turn, serverLimit: 10 }, 100); // as when its answer is lost
  assert.deepEqual(await queue!.load(), { running: 1, waiting: 0 });
  await queue!.look();
  assert.deepEqual(await queue!.load(), { running: 0, waiting: 0 });
});

test("a turn that is entered twice, since its answer was lost, is one", async () => {
  await using one = await servers(1, {});
  await one.queues[0]!.look();
  const turn = { id: "1", server: "a server", caller: "a", provider: "hunyuan", serverLimit: 1 };
  for (const id of ["1", "1", "2", "2"]) await one.turns.enter({ ...turn, id }, 100);
  const rows = await one.database.query("SELECT id, begun_at FROM image_server.turns ORDER BY id");
  assert.deepEqual(rows.map(({ id, begun_at }) => [id, begun_at !== null]), [
    ["1", true],
    ["2", false],
  ]);
  await one.turns.enter(turn, 0); // no room to wait: what runs is not turned away for it
  assert.deepEqual(await one.turns.leaveAll("a server"), { begun: [], turnedAway: [] });
});

test("a turn that nobody tells of begins with the next look", async () => {
  const lost: Announcements = {
    tell: () => Promise.reject(new Error("Nobody can be reached")),
    listen: () => ({ [Symbol.dispose]() {} }),
    onGap: () => ({ [Symbol.dispose]() {} }),
  };
  await using two = await servers(2, {}, lost);
  const [one, other] = two.queues;
  const key = { key: "hunyuan", keyLimit: 1 };
  const release = await one!.enter(entry("a", key));
  const waiting = other!.enter(entry("b", key));
  await settle(two);

  release();

  (await within(10, waiting))();
});

test("a wait that was given up gives its place to nobody, wherever it stands", async () => {
  await using two = await servers(2, { limit: 10 });
  const [one, other] = two.queues;
  const key = { key: "hunyuan", keyLimit: 1 };
  const release = await one!.enter(entry("a", key));
  const gone = new AbortController();
  const waits = other!.enter(entry("b", { ...key, signal: gone.signal }));
  await settle(two);
  release(); // its turn comes while it gives up
  gone.abort(new ImageError("cancelled", "gone"));
  await waits.then((release) => release(), ({ code }) => assert.equal(code, "cancelled"));
  await until("the line is empty", async () => {
    const { running, waiting } = await one!.load();
    return running + waiting === 0;
  });
});

test("turns that were taken for a dead server's are entered anew", async () => {
  await using two = await servers(1, { limit: 1 });
  const [queue] = two.queues;
  const release = await queue!.enter(entry("a"));
  const waiting = queue!.enter(entry("a"));
  await queue!.look();
  await two.database.query("DELETE FROM image_server.turns WHERE begun_at IS NULL");
  await queue!.look();
  assert.equal((await two.database.query("SELECT 1 FROM image_server.turns")).length, 2);
  release();
  (await waiting)();
});

Deno.test({
  name: "PostgreSQL ends with these tests",
  ignore,
  fn: async () => await (await postgres())[Symbol.asyncDispose](),
});

interface Server {
  readonly queue: SharedQueue;
  close(): Promise<void>;
}

/** A server's queue, over connections of its own. */
function openServer(url: string, limits: QueueLimits, announcements?: Announcements): Server {
  const storage = openPostgresRecords(url, silentLogger);
  const { records, lease } = storage;
  const queue = new SharedQueue({
    storage: { records, lease, announcements: announcements ?? storage.announcements },
    log: silentLogger,
    limits,
  });
  return {
    queue,
    async close() {
      await queue.close();
      await storage.lease.release();
      await storage.announcements.close();
      await (await storage.records()).close();
    },
  };
}

/** Queues of servers that share a new database, which can be read past them. */
async function servers(
  count: number,
  limits: Partial<QueueLimits>,
  announcements?: Announcements,
) {
  const url = await (await postgres()).createDatabase();
  const all = Array.from(
    { length: count },
    () => openServer(url, { limit: 10, maxWaiting: 100, ...limits }, announcements),
  );
  const database = await openDatabase(url);
  return {
    queues: all.map(({ queue }) => queue),
    database,
    turns: new PostgresTurnRecords(database),
    async [Symbol.asyncDispose]() {
      for (const each of all) await each.close();
      await database.close();
    },
  };
}

type Servers = Awaited<ReturnType<typeof servers>>;

/** Lets every server do what it has begun, and what the others' doings mean to it. */
async function settle({ queues }: Pick<Servers, "queues">): Promise<void> {
  for (const queue of [...queues, ...queues]) await queue.look();
}

async function within<T>(seconds: number, wanted: Promise<T>): Promise<T> {
  let found: { readonly value: T } | undefined;
  void wanted.then((value) => found = { value });
  return (await until("it comes", () => found, { seconds })).value;
}
