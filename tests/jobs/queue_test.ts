import assert from "node:assert/strict";

import { ImageError } from "../../src/errors.ts";
import { FairQueue, type QueueLimits } from "../../src/jobs/queue.ts";
import { pause } from "../support/wait.ts";
import { entry, Line, testQueue } from "./contracts/queue.ts";

testQueue("one server", (limits) => {
  const opened = { queue: new FairQueue(limits), settle };
  return Promise.resolve({ ...opened, [Symbol.asyncDispose]: () => opened.queue.close() });
});

Deno.test("the wait it tells comes from how long recent runs took", async () => {
  let now = 0;
  const queue = new FairQueue({ limit: 1, maxWaiting: 0, now: () => now });
  for (let run = 0; run < 40; run++) {
    const release = await queue.enter(entry("a"));
    now += 4_000;
    release();
  }

  await queue.enter(entry("a"));

  await assert.rejects(queue.enter(entry("b")), (error) => {
    assert.ok(error instanceof ImageError);
    assert.equal(error.details.retry_after_seconds, 5);
    return true;
  });
});

Deno.test("each entry is told its place at first and whenever it changes, and nothing else", async () => {
  const line = newLine({ limit: 1 });
  for (const name of ["a1", "a2", "a3", "b1"]) line.add(name);
  await line.settle();

  assert.deepEqual(line.positions("a1"), []);
  assert.deepEqual(line.positions("a2"), [1]);
  // The newcomer's turn comes before the other caller's second.
  assert.deepEqual(line.positions("a3"), [2, 3]);
  assert.deepEqual(line.positions("b1"), [2]);

  await line.endAll();

  assert.deepEqual(line.positions("a2"), [1]);
  assert.deepEqual(line.positions("a3"), [2, 3, 2, 1]);
  assert.deepEqual(line.positions("b1"), [2, 1]);
});

Deno.test("a listener may leave the line while it is being told its place", async () => {
  const line = newLine({ limit: 1 });
  const caller = new AbortController();
  line.add("a1");
  line.add("b1", { signal: caller.signal, onPosition: () => caller.abort() });
  line.add("c1");
  await line.settle();

  assert.ok(line.failures.has("b1"));
  await line.endAll();
  assert.deepEqual(line.started, ["a1", "c1"]);
});

Deno.test("who starts while places are being told is not told a place any more", async () => {
  const queue = new FairQueue({ limit: 1, maxWaiting: 100 });
  const line = new Line({ queue, settle });
  const caller = new AbortController();
  line.add("a1");
  line.add("b1", { signal: caller.signal });
  line.add("c1", {
    onPosition: (position) => {
      if (position === 1) queue.setLimits({ limit: 3, maxWaiting: 10 });
    },
  });
  line.add("d1");
  await line.settle();
  assert.deepEqual(line.positions("d1"), [3]);

  caller.abort();
  await line.settle();

  assert.deepEqual(line.started, ["a1", "c1", "d1"]);
  assert.deepEqual(line.positions("d1"), [3]);
});

Deno.test("higher limits let waiting entries start at once, lower ones let running ones finish", async () => {
  const queue = new FairQueue({ limit: 1, maxWaiting: 100 });
  const line = new Line({ queue, settle });
  for (const name of ["a1", "a2", "a3", "a4"]) line.add(name);
  await line.settle();

  queue.setLimits({ limit: 3, maxWaiting: 10 });
  await line.settle();
  assert.deepEqual(line.started, ["a1", "a2", "a3"]);

  queue.setLimits({ limit: 1, maxWaiting: 10 });
  await line.end("a1");
  await line.end("a2");
  assert.deepEqual(line.started, ["a1", "a2", "a3"]);
  await line.end("a3");
  assert.deepEqual(line.started, ["a1", "a2", "a3", "a4"]);
});

Deno.test("in any mixture the limits hold, everybody has a turn, and nothing is left behind", async () => {
  const random = randomNumbers(7);
  const keyLimits: Readonly<Record<string, number>> = { hunyuan: 1, doubao: 2, openai: 9 };
  const queue = new FairQueue({ limit: 4, maxWaiting: 500 });
  const running = new Map<string, number>();
  let finished = 0;
  let given = 0;

  async function run(caller: string, key: string, gone: AbortSignal): Promise<void> {
    try {
      using _slot = await queue.enter({ caller, key, keyLimit: keyLimits[key], signal: gone });
      running.set(key, (running.get(key) ?? 0) + 1);
      assert.ok(running.get(key)! <= keyLimits[key]!, `${key} runs too often`);
      assert.ok(queue.running <= 4);
      for (let turn = random(5); turn > 0; turn--) await Promise.resolve();
      running.set(key, running.get(key)! - 1);
      finished++;
    } catch (error) {
      if (error !== gone.reason) throw error;
      given++;
    }
  }

  const runs = Array.from({ length: 300 }, async (_, index) => {
    const caller = new AbortController();
    const key = Object.keys(keyLimits)[random(3)]!;
    const done = run(`caller ${random(5)}`, key, caller.signal);
    if (index % 10 === 0) queueMicrotask(() => caller.abort(new Error("gone")));
    await done;
  });
  await Promise.all(runs);

  assert.equal(finished + given, 300);
  assert.ok(given > 0);
  assert.equal(queue.running, 0);
  assert.equal(queue.waiting, 0);
});

function newLine(limits: Pick<QueueLimits, "limit">): Line {
  return new Line({ queue: new FairQueue({ maxWaiting: 100, ...limits }), settle });
}

/** Lets every promise that can go on do so. */
function settle(): Promise<void> {
  return pause(0);
}

/** The same sequence of whole numbers below a bound for the same seed. */
function randomNumbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % bound;
  };
}
