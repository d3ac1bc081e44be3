import assert from "node:assert/strict";
import { type PreparedTask, WorkerLostError, WorkerPool } from "../../src/images/worker_pool.ts";
import { until } from "../support/wait.ts";
import { decodeImage } from "../../src/images/transform.ts";
import { holdImageWorkers, imageWorkersLoad } from "../../src/images/workers.ts";
import { png } from "../fakes/png.ts";

Deno.test("as many workers as may run do, and each is asked again", async () => {
  using test = openPool({ limit: 2 });
  const replies = await Promise.all([1, 2, 3, 4, 5, 6].map((number) => test.run({ echo: number })));
  assert.deepEqual(replies, [1, 2, 3, 4, 5, 6]);
  assert.deepEqual([test.started(), test.pool.load], [2, { running: 0, waiting: 0, resting: 2 }]);
  await test.run({ echo: 7 });
  assert.equal(test.started(), 2);
});

Deno.test("for a little work that waits no other worker is started", async () => {
  using test = openPool({ limit: 2 });
  const little = [1, 2, 3, 4].map((echo) => test.run({ echo }, { cost: 4_000 }));
  assert.deepEqual(await Promise.all(little), [1, 2, 3, 4]);
  assert.equal(test.started(), 1);
});

Deno.test("workers for pictures end with the last app that holds them", async () => {
  const [one, other] = [holdImageWorkers(), holdImageWorkers()];
  await decodeImage(png(8, 8, 2, () => [1, 2, 3]));
  one[Symbol.dispose]();
  assert.equal(imageWorkersLoad().resting, 1);
  other[Symbol.dispose]();
  assert.equal(imageWorkersLoad().resting, 0);
});

Deno.test("a worker that has rested long enough is ended", async () => {
  using test = openPool({ rest: 30 });
  await test.run({ echo: 1 });
  assert.equal(test.pool.load.resting, 1);
  await until("the worker is ended", () => test.pool.load.resting === 0);
  assert.equal(await test.run({ echo: 2 }), 2);
  assert.equal(test.started(), 2);
});

Deno.test("work that kills its worker fails alone, and the next is not affected", async () => {
  using test = openPool({ limit: 1 });
  const [dead, next] = await Promise.allSettled([test.run({ die: true }), test.run({ echo: 1 })]);
  assert.ok(dead.status === "rejected" && dead.reason instanceof WorkerLostError);
  assert.equal(dead.reason.reason, "died");
  assert.deepEqual(next, { status: "fulfilled", value: 1 });
});

Deno.test("work that takes too long is given up, and the next has a new worker", async () => {
  using test = openPool({ limit: 1 });
  const [slow, next] = await Promise.allSettled([
    test.run({ hang: true }, { timeLimit: 50 }),
    test.run({ echo: 1 }),
  ]);
  assert.ok(slow.status === "rejected" && slow.reason instanceof WorkerLostError);
  assert.equal(slow.reason.reason, "too slow");
  assert.match(slow.reason.message, /more than 0.05 s/);
  assert.deepEqual(next, { status: "fulfilled", value: 1 });
});

Deno.test("short work goes first", async () => {
  using test = openPool({ limit: 1 });
  const order: number[] = [];
  const note = async (cost: number) => {
    await test.run({ echo: cost }, { cost });
    order.push(cost);
  };
  const first = note(5);
  await Promise.all([first, note(3_000_000), note(1_000_000), note(2_000_000), note(10)]);
  assert.deepEqual(order, [5, 10, 1_000_000, 2_000_000, 3_000_000]);
});

Deno.test("long work that has waited is not passed by for ever", async () => {
  using test = openPool({ limit: 1 });
  const order: string[] = [];
  const note = async (name: string, cost: number, wait = 0) => {
    await test.run({ echo: name, wait }, { cost });
    order.push(name);
  };
  const running = note("running", 1, 60);
  const long = note("long", 50_000);
  await new Promise((resolve) => setTimeout(resolve, 40));
  await Promise.all([running, long, note("short", 1)]);
  assert.deepEqual(order, ["running", "long", "short"]);
});

Deno.test("callers who are gone are forgotten, whether they wait or their work runs", async () => {
  using test = openPool({ limit: 1 });
  const controller = new AbortController();
  const { signal } = controller;
  const running = test.run({ echo: 1, wait: 30 }, { signal });
  const waiting = test.run({ echo: 2 }, { signal });
  const stays = test.run({ echo: 3 });
  controller.abort(new Error("gone"));
  const late = test.run({ echo: 4 }, { signal });
  for (const gone of [running, waiting, late]) await assert.rejects(gone, { message: "gone" });
  assert.equal(await stays, 3);
  assert.deepEqual(test.prepared, [{ echo: 1, wait: 30 }, { echo: 3 }]);
});

Deno.test("a worker whose caller is gone, or that says it is not well, is ended where that is asked for", async () => {
  using test = openPool({ limit: 1, endsAborted: true });
  await assert.rejects(test.run({ hang: true }, { signal: AbortSignal.timeout(30) }));
  assert.equal(await test.run({ echo: "well" }), "well");
  assert.equal(await test.run({ echo: "ill" }), "ill");
  assert.equal(await test.run({ echo: "well" }), "well");
  assert.deepEqual([test.started(), test.alive()], [3, 1]);
});

Deno.test("what waits is prepared when its turn comes, and what cannot be fails alone", async () => {
  using test = openPool({ limit: 1 });
  const results = Promise.allSettled([
    test.run({ echo: 1, wait: 20 }),
    test.pool.run({ cost: 1, prepare: () => Promise.reject(new Error("no such file")) }),
    test.run({ echo: 2 }),
  ]);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(test.prepared.length, 1);
  const [, failed, last] = await results;
  assert.ok(failed.status === "rejected" && failed.reason.message === "no such file");
  assert.deepEqual(last, { status: "fulfilled", value: 2 });
});

Deno.test("of large work one piece runs at a time, in a worker that is ended after it", async () => {
  using test = openPool({ limit: 3 });
  const began = performance.now();
  const large = [1, 2, 3].map((echo) => test.run({ echo, wait: 40 }, { isLarge: true }));
  assert.deepEqual(await Promise.all(large), [1, 2, 3]);
  assert.ok(performance.now() - began >= 115);
  assert.deepEqual([test.started(), test.pool.load.resting], [3, 0]);
});

Deno.test("pieces that would take too much memory together run in turn, and one that takes more alone", async () => {
  for (const [memory, workers] of [[6, 1], [100, 1], [5, 2]] as const) {
    using test = openPool({ limit: 3, mostMemory: 10 });
    const all = [1, 2, 3].map((echo) => test.run({ echo, wait: 20 }, { memory }));
    assert.deepEqual(await Promise.all(all), [1, 2, 3]);
    assert.equal(test.started(), workers, `each takes ${memory}`);
  }
});

Deno.test("closing rejects what runs and what waits, and leaves no worker", async () => {
  using test = openPool({ limit: 1 });
  const asked = [test.run({ hang: true }), test.run({ echo: 1 })];
  await until("the work runs", () => test.alive() === 1);
  test.pool.close();
  for (const each of asked) await assert.rejects(each, { reason: "closed" });
  await until("no worker is left", () => test.alive() === 0);
});

interface Words {
  readonly echo?: unknown;
  /** Milliseconds until the answer. */
  readonly wait?: number;
  readonly die?: boolean;
  readonly hang?: boolean;
}

/** Answers, dies or hangs as it is told. */
const SOURCE = `data:text/javascript,${
  encodeURIComponent(`onmessage = ({ data }) => {
    if (data.die) throw new Error("dead");
    while (data.hang);
    setTimeout(() => postMessage(data.echo), data.wait ?? 0);
  };`)
}`;

function openPool(
  { limit = 2, rest = 60_000, mostMemory = Infinity, endsAborted }: {
    limit?: number;
    rest?: number;
    mostMemory?: number;
    endsAborted?: boolean;
  },
) {
  let [started, alive] = [0, 0];
  const prepared: Words[] = [];
  const pool = new WorkerPool({
    limit: () => limit,
    mostMemory,
    rest: () => rest,
    endsAborted,
    start() {
      started++;
      alive++;
      const worker = new Worker(SOURCE, { type: "module" });
      const terminate = worker.terminate.bind(worker);
      worker.terminate = () => {
        alive--;
        terminate();
      };
      return Promise.resolve(worker);
    },
  });
  return {
    pool,
    prepared,
    started: () => started,
    alive: () => alive,
    run(
      words: Words,
      { cost = 1_000_000, signal, timeLimit = 10_000, memory = 0, isLarge = false }:
        & Partial<Pick<PreparedTask, "timeLimit" | "memory" | "isLarge">>
        & { readonly cost?: number; readonly signal?: AbortSignal } = {},
    ): Promise<unknown> {
      const prepare = () => {
        prepared.push(words);
        const isWell = (reply: unknown) => reply !== "ill";
        const task = { message: words, transfer: [], timeLimit, memory, isLarge, isWell };
        return Promise.resolve(task);
      };
      return pool.run({ cost, signal, prepare });
    },
    [Symbol.dispose]: () => pool.close(),
  };
}
