/** What every kind of queue keeps to: limits, turns, and the ends of a wait. */

import assert from "node:assert/strict";
import { ImageError } from "../../../src/errors.ts";
import type { Queue, QueueEntry, QueueLimits, Release } from "../../../src/jobs/queue.ts";

export interface OpenedQueue {
  readonly queue: Queue;
  /** Lets everything go on that can. */
  readonly settle: () => Promise<void>;
}

type Limits = Pick<QueueLimits, "limit"> & Partial<QueueLimits>;

/** Registers the tests of one kind of queue. */
export function testQueue(
  kind: string,
  open: (limits: QueueLimits) => Promise<OpenedQueue & AsyncDisposable>,
): void {
  const test = (what: string, limits: Limits, work: (line: Line) => Promise<void>) =>
    Deno.test(`${kind}: ${what}`, async () => {
      await using opened = await open({ maxWaiting: 100, ...limits });
      await work(new Line(opened));
    });

  test(
    "it runs as many at once as its limit, and the next when one ends",
    { limit: 2 },
    async (line) => {
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
    },
  );

  test(
    "a provider's own limit holds back its entries and nobody else's",
    { limit: 10 },
    async (line) => {
      line.add("a1", { key: "hunyuan", keyLimit: 1 });
      line.add("a2", { key: "hunyuan", keyLimit: 1 });
      line.add("a3", { key: "doubao" });
      await line.settle();

      assert.deepEqual(line.started, ["a1", "a3"]);

      await line.end("a3");
      assert.deepEqual(line.started, ["a1", "a3"]);
      await line.end("a1");
      assert.deepEqual(line.started, ["a1", "a3", "a2"]);
    },
  );

  test("a full provider's entry is passed by and keeps its place", { limit: 2 }, async (line) => {
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

  test(
    "callers take turns, and a caller's own entries keep their order",
    { limit: 1 },
    async (line) => {
      for (const name of ["a1", "a2", "a3", "a4", "b1", "b2", "c1"]) line.add(name);
      await line.settle();

      await line.endAll();

      assert.deepEqual(line.started, ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]);
    },
  );

  test("a caller who floods the line does not keep a newcomer waiting for all of it", {
    limit: 1,
    maxWaiting: 1000,
  }, async (line) => {
    for (let index = 0; index < 60; index++) line.add(`a${index}`);
    line.add("b0");
    await line.settle();

    await line.end("a0");
    await line.end("a1");

    assert.equal(line.started.at(-1), "b0");
  });

  test("beyond the longest line an entry is turned away and told when to come again", {
    limit: 2,
    maxWaiting: 1,
  }, async (line) => {
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

  test(
    "with no line at all, an entry runs at once or is turned away",
    { limit: 1, maxWaiting: 0 },
    async (line) => {
      const release = await line.queue.enter(entry("a"));
      await assert.rejects(line.queue.enter(entry("b")), { code: "busy" });
      release();

      (await line.queue.enter(entry("b")))();
    },
  );

  test("a slot given back twice is one slot", { limit: 1 }, async (line) => {
    for (const name of ["a1", "a2", "a3"]) line.add(name);
    await line.settle();

    line.release("a1")();
    line.release("a1")();
    await line.settle();

    assert.deepEqual(line.started, ["a1", "a2"]);
    assert.equal(line.queue.running, 1);
  });

  test("a slot declared with 'using' is given back at the end of its block", {
    limit: 1,
    maxWaiting: 0,
  }, async (line) => {
    {
      using _slot = await line.queue.enter(entry("a"));
      assert.equal(line.queue.running, 1);
    }
    assert.equal(line.queue.running, 0);
  });

  test("who gives up leaves the line with the signal's reason, and the others move up", {
    limit: 1,
  }, async (line) => {
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

  test("who has given up before does not enter", { limit: 1, maxWaiting: 1 }, async (line) => {
    const cancelled = new ImageError("cancelled", "The request was cancelled");

    await assert.rejects(
      line.queue.enter({ ...entry("a"), signal: AbortSignal.abort(cancelled) }),
      (error) => error === cancelled,
    );
    assert.equal(line.queue.running, 0);
  });

  test(
    "a signal that aborts during the run does not give the slot back",
    { limit: 1 },
    async (line) => {
      const caller = new AbortController();
      line.add("a1");
      line.add("a2", { signal: caller.signal });
      await line.settle();
      await line.end("a1");

      caller.abort();
      await line.settle();

      assert.equal(line.queue.running, 1);
      assert.equal(line.failures.size, 0);
    },
  );

  test("it leaves no listener on a signal, however the wait ends", { limit: 1 }, async (line) => {
    const signal = new CountingSignal();
    line.add("a1", { signal: signal.signal });
    line.add("a2", { signal: signal.signal });
    await line.settle();
    assert.equal(signal.listeners, 1);

    await line.end("a1");

    assert.equal(signal.listeners, 0);
  });
}

const never = new AbortController().signal;

/** A queue and entries with names, whose first letter is their caller. */
export class Line {
  readonly queue: Queue;
  readonly settle: OpenedQueue["settle"];
  readonly started: string[] = [];
  readonly failures = new Map<string, unknown>();
  readonly #releases = new Map<string, Release>();
  readonly #positions = new Map<string, number[]>();
  #ended = 0;

  constructor({ queue, settle }: OpenedQueue) {
    this.queue = queue;
    this.settle = settle;
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

export function entry(caller: string, changes: Partial<QueueEntry> = {}): QueueEntry {
  return { caller, key: "doubao", signal: never, ...changes };
}
