/**
 * Workers that are kept warm for work which would block this thread: so many at once, ended when
 * nothing has come for a while, replaced when one dies or takes too long.
 */

/** Work that waits for its turn. */
export interface Task {
  /**
   * Called when the turn has come, so that what waits holds no memory: the message for the worker
   * and what of it is handed over instead of copied.
   */
  readonly prepare: () => Promise<PreparedTask>;
  /** About how much work it is, in pixels: short work goes first, and nobody waits for ever. */
  readonly cost: number;
  /** Whoever asked is gone when it aborts: the work is forgotten, or its result is. */
  readonly signal?: AbortSignal;
}

export interface PreparedTask {
  readonly message: unknown;
  readonly transfer: readonly Transferable[];
  /** Milliseconds the worker may take. */
  readonly timeLimit: number;
  /** About how many bytes it takes meanwhile. */
  readonly memory: number;
  /** Of large work only one piece runs at a time, in a worker that is ended after it. */
  readonly isLarge: boolean;
  /** Whether the worker that replied so may be asked again; by default each may. */
  readonly isWell?: (reply: unknown) => boolean;
}

/** Why there is no answer: the worker died of the work, or took too long, or the pool was closed. */
export class WorkerLostError extends Error {
  override readonly name = "WorkerLostError";
  readonly reason: "died" | "too slow" | "closed";

  constructor(reason: WorkerLostError["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface WorkerPoolOptions {
  /** A new worker, ready for its first message. */
  readonly start: () => Promise<Worker>;
  /** How many may run at once. */
  readonly limit: () => number;
  /** Bytes that all work which is not large may take at once; a piece alone may take more. */
  readonly mostMemory: number;
  /** Milliseconds without work after which a worker is ended, or Infinity for never. */
  readonly rest: () => number;
  /** Ends the worker whose caller is gone, where work may take long; else only its result is forgotten. */
  readonly endsAborted?: boolean;
}

interface Waiting {
  readonly task: Task;
  readonly since: number;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly forget: () => void;
}

export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #waiting = new Set<Waiting>();
  readonly #idle: { readonly worker: Worker; readonly timer?: ReturnType<typeof setTimeout> }[] =
    [];
  readonly #busy = new Set<AbortController>();
  #running = 0;
  /** Those that work, rest or are being started. */
  #workers = 0;
  #lastLarge: Promise<unknown> = Promise.resolve();
  /** Bytes that work takes now which is not large, and what waits for so much. */
  #memory = 0;
  readonly #line: { readonly memory: number; readonly enter: () => void }[] = [];

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Pieces of work that run, that wait, and workers that rest. */
  get load(): { readonly running: number; readonly waiting: number; readonly resting: number } {
    return { running: this.#running, waiting: this.#waiting.size, resting: this.#idle.length };
  }

  /**
   * The worker's reply. @throws {WorkerLostError} @throws what `prepare` throws, and the signal's
   * reason.
   */
  run(task: Task): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const leave = () => {
      this.#waiting.delete(waiting);
      reject(task.signal!.reason);
    };
    const forget = () => task.signal?.removeEventListener("abort", leave);
    const waiting = { task, since: performance.now(), resolve, reject, forget };
    if (task.signal?.aborted) {
      leave();
      return promise;
    }
    task.signal?.addEventListener("abort", leave, { once: true });
    this.#waiting.add(waiting);
    this.#fill();
    return promise.finally(forget);
  }

  /** Ends every worker; what runs and waits is rejected. New work starts new workers. */
  close(): void {
    const error = new WorkerLostError("closed", "The server stops");
    for (const { reject } of this.#waiting) reject(error);
    this.#waiting.clear();
    for (const controller of this.#busy) controller.abort(error);
    for (const { worker, timer } of this.#idle.splice(0)) {
      clearTimeout(timer);
      this.#end(worker);
    }
  }

  #fill(): void {
    while (this.#waiting.size > 0 && this.#running < this.#options.limit()) {
      const isAllBusy = this.#running > 0 && this.#running >= this.#workers;
      if (isAllBusy && !this.#isWorthAnotherWorker()) return;
      const next = this.#shortest();
      this.#waiting.delete(next);
      this.#running++;
      void this.#serve(next).finally(() => {
        this.#running--;
        this.#fill();
      });
    }
  }

  /** A worker takes as long to start, and 20 MB, as it takes others to do a little work. */
  #isWorthAnotherWorker(): boolean {
    return this.#waiting.values().reduce((sum, { task }) => sum + task.cost, 0) >= LITTLE_WORK;
  }

  /** The least work first; each millisecond of waiting counts as so many pixels less. */
  #shortest(): Waiting {
    const now = performance.now();
    const rank = ({ task, since }: Waiting) => task.cost - (now - since) * PIXELS_A_MILLISECOND;
    return [...this.#waiting].reduce((best, other) => rank(other) < rank(best) ? other : best);
  }

  async #serve({ task, resolve, reject }: Waiting): Promise<void> {
    let leave = () => {};
    try {
      const prepared = await task.prepare();
      leave = await (prepared.isLarge ? this.#enterLarge() : this.#enter(prepared.memory));
      task.signal?.throwIfAborted();
      resolve(await this.#ask(prepared, this.#options.endsAborted ? task.signal : undefined));
    } catch (error) {
      reject(error);
    } finally {
      leave();
    }
  }

  async #enterLarge(): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#lastLarge;
    this.#lastLarge = promise;
    await before;
    return resolve;
  }

  async #enter(memory: number): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#line.push({ memory, enter: resolve });
    this.#admit();
    await promise;
    return () => {
      this.#memory -= memory;
      this.#admit();
    };
  }

  #admit(): void {
    for (let [next] = this.#line; next; [next] = this.#line) {
      if (this.#memory > 0 && this.#memory + next.memory > this.#options.mostMemory) return;
      this.#line.shift();
      this.#memory += next.memory;
      next.enter();
    }
  }

  async #ask(
    { message, transfer, timeLimit, isLarge, isWell = () => true }: PreparedTask,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const worker = await this.#take();
    const closing = new AbortController();
    this.#busy.add(closing);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timer = setTimeout(() => reject(tooSlow(timeLimit)), timeLimit);
    closing.signal.addEventListener("abort", () => reject(closing.signal.reason));
    const stop = () => reject(signal?.reason);
    signal?.addEventListener("abort", stop);
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new WorkerLostError("died", `The worker died: ${event.message}`));
    };
    let isReusable = false;
    try {
      worker.postMessage(message, [...transfer]);
      const reply = await promise;
      isReusable = !isLarge && isWell(reply);
      return reply;
    } finally {
      clearTimeout(timer);
      this.#busy.delete(closing);
      signal?.removeEventListener("abort", stop);
      if (isReusable) this.#giveBack(worker);
      else this.#end(worker);
    }
  }

  async #take(): Promise<Worker> {
    const idle = this.#idle.pop();
    if (idle) {
      clearTimeout(idle.timer);
      return idle.worker;
    }
    this.#workers++;
    try {
      return await this.#options.start();
    } catch (error) {
      this.#workers--;
      throw error;
    }
  }

  #giveBack(worker: Worker): void {
    worker.onmessage = null;
    const timer = this.#endLater(worker);
    // One that dies while it rests is not asked again.
    worker.onerror = (event) => {
      event.preventDefault();
      const index = this.#idle.findIndex((other) => other.worker === worker);
      if (index >= 0) this.#idle.splice(index, 1);
      clearTimeout(timer);
      this.#end(worker);
    };
    this.#idle.push({ worker, timer });
  }

  #endLater(worker: Worker): ReturnType<typeof setTimeout> | undefined {
    const rest = this.#options.rest();
    if (rest === Infinity) return undefined;
    const timer = setTimeout(() => {
      this.#idle.splice(this.#idle.findIndex((other) => other.worker === worker), 1);
      this.#end(worker);
    }, rest);
    Deno.unrefTimer(timer);
    return timer;
  }

  #end(worker: Worker): void {
    worker.terminate();
    this.#workers--;
  }
}

/** In pixels. */
const LITTLE_WORK = 500_000;

/** A picture of 16 megapixels is as urgent after eight seconds as a tiny one that has just come. */
const PIXELS_A_MILLISECOND = 2_000;

function tooSlow(timeLimit: number): WorkerLostError {
  return new WorkerLostError("too slow", `The worker took more than ${timeLimit / 1000} s`);
}
