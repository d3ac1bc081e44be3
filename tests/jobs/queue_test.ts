import assert from "node:assert/strict";

import { ImageError } from "../../src/errors.ts";
import { FairQueue, type QueueEntry, type Release } from "../../src/jobs/queue.ts";

const never = new AbortController().signal;

Deno.test("the queue runs as many at once as its limit, and the next when one ends", async () => {
  const line = new Line({ limit: 2 });
  line.add("a1");
  line.add("a2");
  line.add("a3");
  await line.settle();

  assert.deepEqual(line.started, ["a1", "a2"]);
  assert.equal(line.queue.running, 2);
  assert.equal(line.queue.waiting, 1);

  await line.end("a1");
  assert.deepEqual(line.started, ["a1", "a2", "a3"]);
  assert.equal(line.queue.running, 2);
  assert.equal(line.queue.waiting, 0);
});

Deno.test("a provider's own limit holds back its entries and nobody else's", async () => {
  const line = new Line({ limit: 10 });
  line.add("a1", { key: "hunyuan", keyLimit: 1 });
  line.add("a2", { key: "hunyuan", keyLimit: 1 });
  line.add("a3", { key: "doubao" });
  await line.settle();

  assert.deepEqual(line.started, ["a1", "a3"]);

  await line.end("a3");
  assert.deepEqual(line.started, ["a1", "a3"]);
  await line.end("a1");
  assert.deepEqual(line.started, ["a1", "a3", "a2"]);
});

Deno.test("a full provider's entry is passed by and keeps its place", async () => {
  const line = new Line({ limit: 2 });
  line.add("a1", { key: "hunyuan", keyLimit: 1 });
  line.add("a2", { key: "doubao" });
  line.add("a3", { key: "hunyuan", keyLimit: 1 });
  line.add("a4", { key: "doubao" });
  line.add("a5", { key: "doubao" });
  await line.settle();

  await line.end("a2");
  assert.deepEqual(line.started, ["a1", "a2", "a4"]);
  await line.end("a1");
  assert.deepEqual(line.started, ["a1", "a2", "a4", "a3"]);
});

Deno.test("callers take turns, and a caller's own entries keep their order", async () => {
  const line = new Line({ limit: 1 });
  for (const name of ["a1", "a2", "a3", "a4", "b1", "b2", "c1"]) line.add(name);
  await line.settle();

  await line.endAll();

  assert.deepEqual(line.started, ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]);
});

Deno.test("a caller who floods the line does not keep a newcomer waiting for all of it", async () => {
  const line = new Line({ limit: 1, maxWaiting: 1000 });
  for (let index = 0; index < 500; index++) line.add(`a${index}`);
  line.add("b0");
  await line.settle();

  await line.end("a0");
  await line.end("a1");

  assert.equal(line.started.at(-1), "b0");
});

Deno.test("beyond the longest line an entry is turned away and told when to come again", async () => {
  const line = new Line({ limit: 2, maxWaiting: 1 });
  for (const name of ["a1", "a2", "a3"]) line.add(name);

  await assert.rejects(line.queue.enter(entry("b")), (error) => {
    assert.ok(error instanceof ImageError);
    assert.equal(error.code, "busy");
    // Two runs of about 30 s: a place is free after about 15 s.
    assert.equal(error.details.retry_after_seconds, 15);
    assert.match(error.message, /try again in 15 s/);
    return true;
  });
  assert.equal(line.queue.waiting, 1);
});

Deno.test("with no line at all, an entry runs at once or is turned away", async () => {
  const line = new Line({ limit: 1, maxWaiting: 0 });

  const release = await line.queue.enter(entry("a"));
  await assert.rejects(line.queue.enter(entry("b")), { code: "busy" });
  release();

  (await line.queue.enter(entry("b")))();
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

Deno.test("a slot given back twice is one slot", async () => {
  const line = new Line({ limit: 1 });
  for (const name of ["a1", "a2", "a3"]) line.add(name);
  await line.settle();

  line.release("a1")();
  line.release("a1")();
  await line.settle();

  assert.deepEqual(line.started, ["a1", "a2"]);
  assert.equal(line.queue.running, 1);
});

Deno.test("a slot declared with 'using' is given back at the end of its block", async () => {
  const queue = new FairQueue({ limit: 1, maxWaiting: 0 });
  {
    using _slot = await queue.enter(entry("a"));
    assert.equal(queue.running, 1);
  }
  assert.equal(queue.running, 0);
});

Deno.test("who gives up leaves the line with the signal's reason, and the others move up", async () => {
  const line = new Line({ limit: 1 });
  const cancelled = new ImageError("cancelled", "The request was cancelled");
  const caller = new AbortController();
  line.add("a1");
  line.add("a2", { signal: caller.signal });
  line.add("a3");
  await line.settle();

  caller.abort(cancelled);
  await line.settle();

  assert.equal(line.failures.get("a2"), cancelled);
  assert.equal(line.queue.waiting, 1);
  assert.deepEqual(line.positions("a3"), [2, 1]);
  await line.end("a1");
  assert.deepEqual(line.started, ["a1", "a3"]);
});

Deno.test("who has given up before does not enter", async () => {
  const queue = new FairQueue({ limit: 1, maxWaiting: 1 });
  const cancelled = new ImageError("cancelled", "The request was cancelled");

  await assert.rejects(
    queue.enter({ ...entry("a"), signal: AbortSignal.abort(cancelled) }),
    (error) => error === cancelled,
  );
  assert.equal(queue.running, 0);
});

Deno.test("a signal that aborts during the run does not give the slot back", async () => {
  const line = new Line({ limit: 1 });
  const caller = new AbortController();
  line.add("a1");
  line.add("a2", { signal: caller.signal });
  await line.settle();
  await line.end("a1");

  caller.abort();
  await line.settle();

  assert.equal(line.queue.running, 1);
  assert.equal(line.failures.size, 0);
});

Deno.test("the queue leaves no listener on a signal, however the wait ends", async () => {
  const line = new Line({ limit: 1 });
  const signal = new CountingSignal();
  line.add("a1", { signal: signal.signal });
  line.add("a2", { signal: signal.signal });
  await line.settle();
  assert.equal(signal.listeners, 1);

  await line.end("a1");

  assert.equal(signal.listeners, 0);
});

Deno.test("each entry is told its place at first and whenever it changes, and nothing else", async () => {
  const line = new Line({ limit: 1 });
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
  const line = new Line({ limit: 1 });
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
  const line = new Line({ limit: 1 });
  const caller = new AbortController();
  line.add("a1");
  line.add("b1", { signal: caller.signal });
  line.add("c1", {
    onPosition: (position) => {
      if (position === 1) line.queue.setLimits({ limit: 3, maxWaiting: 10 });
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
  const line = new Line({ limit: 1 });
  for (const name of ["a1", "a2", "a3", "a4"]) line.add(name);
  await line.settle();

  line.queue.setLimits({ limit: 3, maxWaiting: 10 });
  await line.settle();
  assert.deepEqual(line.started, ["a1", "a2", "a3"]);

  line.queue.setLimits({ limit: 1, maxWaiting: 10 });
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

/** A queue and entries with names, whose first letter is their caller. */
class Line {
  readonly queue: FairQueue;
  readonly started: string[] = [];
  readonly failures = new Map<string, unknown>();
  readonly #releases = new Map<string, Release>();
  readonly #positions = new Map<string, number[]>();
  #ended = 0;

  constructor({ limit, maxWaiting = 100 }: { limit: number; maxWaiting?: number }) {
    this.queue = new FairQueue({ limit, maxWaiting });
  }

  add(name: string, changes: Partial<QueueEntry> = {}): void {
    const positions: number[] = [];
    this.#positions.set(name, positions);
    const onPosition = (position: number) => void positions.push(position);
    this.queue.enter({ ...entry(name.charAt(0)), onPosition, ...changes }).then(
      (release) => {
        this.started.push(name);
        this.#releases.set(name, release);
      },
      (error) => this.failures.set(name, error),
    );
  }

  positions(name: string): readonly number[] {
    return this.#positions.get(name) ?? [];
  }

  release(name: string): Release {
    const release = this.#releases.get(name);
    assert.ok(release, `${name} does not run`);
    return release;
  }

  async end(name: string): Promise<void> {
    this.release(name)();
    await this.settle();
  }

  /** Ends what runs, oldest first, until nothing does. */
  async endAll(): Promise<void> {
    for (; this.#ended < this.started.length; this.#ended++) {
      await this.end(this.started[this.#ended]!);
    }
  }

  /** Lets every promise that can go on do so. */
  settle(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** A signal that knows how many listen to it. */
class CountingSignal {
  listeners = 0;
  readonly signal = new AbortController().signal;

  constructor() {
    const { signal } = this;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...parts: Parameters<typeof add>) => {
      this.listeners++;
      add(...parts);
    };
    signal.removeEventListener = (...parts: Parameters<typeof remove>) => {
      this.listeners--;
      remove(...parts);
    };
  }
}

function entry(caller: string): QueueEntry {
  return { caller, key: "doubao", signal: never };
}

/** The same sequence of whole numbers below a bound for the same seed. */
function randomNumbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % bound;
  };
}
