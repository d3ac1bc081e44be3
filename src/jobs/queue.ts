/** Who may generate next: so many at once, so many per provider, and callers take turns. */

import type { ImageError } from "../errors.ts";
import type { Load } from "../storage/records/turn_records.ts";
import { BusyEstimate } from "./busy.ts";

/** Gives the slot back; safe to call twice, and to declare with `using`. */
export interface Release extends Disposable {
  (): void;
}

export interface QueueEntry {
  /** Callers take turns, however many entries each has. */
  readonly caller: string;
  /** What `keyLimit` counts: the provider. */
  readonly key: string;
  /** How many entries of this key may run at once; absent means no bound of its own. */
  readonly keyLimit?: number;
  /** Gives up the place in the line. */
  readonly signal: AbortSignal;
  /** Called with the place in the line, from 1, when it begins to wait and when the place changes. */
  readonly onPosition?: (position: number) => void;
}

export interface Queue {
  /** Entries of this server that run. */
  readonly running: number;
  /** Entries of this server that wait. */
  readonly waiting: number;
  /**
   * Waits for a slot; the caller must release it.
   * @throws {ImageError} `busy` when the line is full, and later where its place is needed for a
   * caller who has far fewer in the line.
   * @throws the signal's reason when it aborts first.
   */
  enter(entry: QueueEntry): Promise<Release>;
  /** Entries that run and that wait, of every server that takes turns with this one. */
  load(): Promise<Load>;
  close(): Promise<void>;
}

export interface QueueLimits {
  /** Entries that run at once. */
  readonly limit: number;
  /** Entries that wait before new ones are turned away. */
  readonly maxWaiting: number;
}

export interface FairQueueOptions extends QueueLimits {
  /** How long a run is thought to take until some have been seen, in seconds. */
  readonly estimateSeconds?: number;
  /** A clock in milliseconds that never jumps. */
  readonly now?: () => number;
}

interface Waiter extends QueueEntry {
  readonly start: (release: Release) => void;
  /** Turns it away after all. */
  readonly refuse: (reason: ImageError) => void;
  position?: number;
}

/** The queue of one server by itself. */
export class FairQueue implements Queue {
  #limits: QueueLimits;
  readonly #busyEstimate: BusyEstimate;
  readonly #now: () => number;
  #running = 0;
  readonly #runningByKey = new Map<string, number>();
  /** Each caller's line, oldest first; the callers in the order of their next turns. */
  readonly #lines = new Map<string, Waiter[]>();

  constructor(
    { limit, maxWaiting, estimateSeconds, now = () => performance.now() }: FairQueueOptions,
  ) {
    this.#limits = { limit, maxWaiting };
    this.#busyEstimate = new BusyEstimate(estimateSeconds);
    this.#now = now;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    let waiting = 0;
    for (const line of this.#lines.values()) waiting += line.length;
    return waiting;
  }

  /** Takes effect at once; what runs already runs on. */
  setLimits(limits: QueueLimits): void {
    this.#limits = limits;
    this.#advance();
  }

  load(): Promise<Load> {
    return Promise.resolve({ running: this.running, waiting: this.waiting });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async enter(entry: QueueEntry): Promise<Release> {
    entry.signal.throwIfAborted();
    if (this.#hasRoomFor(entry)) return this.#start(entry);
    if (this.waiting >= this.#limits.maxWaiting) this.#makeRoomFor(entry.caller);
    return await this.#wait(entry);
  }

  /** Whoever has most in the line gives up their newest for one who has clearly fewer. */
  #makeRoomFor(caller: string): void {
    const lines = [...this.#lines.values()];
    const [longest] = lines.sort((one, other) => other.length - one.length);
    const own = this.#lines.get(caller)?.length ?? 0;
    const newest = longest?.at(-1);
    if (longest === undefined || newest === undefined || own + 1 >= longest.length) {
      throw this.#busy();
    }
    newest.refuse(this.#busy());
  }

  #wait(entry: QueueEntry): Promise<Release> {
    return new Promise((resolve, reject) => {
      const { signal } = entry;
      const leave = () => {
        this.#remove(waiter);
        reject(signal.reason);
        this.#announce();
      };
      const start = (release: Release) => {
        signal.removeEventListener("abort", leave);
        resolve(release);
      };
      const refuse = (reason: ImageError) => {
        signal.removeEventListener("abort", leave);
        this.#remove(waiter);
        reject(reason);
      };
      const waiter: Waiter = { ...entry, start, refuse };
      signal.addEventListener("abort", leave, { once: true });
      this.#lines.set(entry.caller, [...this.#lines.get(entry.caller) ?? [], waiter]);
      this.#announce();
    });
  }

  /** Starts all that may start, then tells the others their places. */
  #advance(): void {
    for (let next = this.#next(); next; next = this.#next()) {
      this.#remove(next);
      this.#passTurn(next.caller);
      next.start(this.#start(next));
    }
    this.#announce();
  }

  #next(): Waiter | undefined {
    for (const line of this.#lines.values()) {
      const waiter = line.find((waiter) => this.#hasRoomFor(waiter));
      if (waiter) return waiter;
    }
    return undefined;
  }

  #hasRoomFor({ key, keyLimit = Infinity }: QueueEntry): boolean {
    return this.#running < this.#limits.limit && (this.#runningByKey.get(key) ?? 0) < keyLimit;
  }

  #start({ key }: QueueEntry): Release {
    const startedAt = this.#now();
    this.#count(key, 1);
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      this.#count(key, -1);
      this.#busyEstimate.learn((this.#now() - startedAt) / 1000);
      this.#advance();
    };
    return Object.assign(release, { [Symbol.dispose]: release });
  }

  #count(key: string, change: 1 | -1): void {
    this.#running += change;
    const running = (this.#runningByKey.get(key) ?? 0) + change;
    if (running > 0) this.#runningByKey.set(key, running);
    else this.#runningByKey.delete(key);
  }

  #remove(waiter: Waiter): void {
    waiter.position = undefined;
    const line = (this.#lines.get(waiter.caller) ?? []).filter((other) => other !== waiter);
    if (line.length > 0) this.#lines.set(waiter.caller, line);
    else this.#lines.delete(waiter.caller);
  }

  #passTurn(caller: string): void {
    const line = this.#lines.get(caller);
    if (line === undefined) return;
    this.#lines.delete(caller);
    this.#lines.set(caller, line);
  }

  /** Tells every waiter whose place has changed. */
  #announce(): void {
    const moved = this.#inOrderOfTurns().map((waiter, index) => ({ waiter, position: index + 1 }))
      .filter(({ waiter, position }) => waiter.position !== position);
    for (const { waiter, position } of moved) waiter.position = position;
    for (const { waiter, position } of moved) {
      // A listener may have changed the line meanwhile.
      if (waiter.position === position) waiter.onPosition?.(position);
    }
  }

  /** Every caller's first, then every caller's second, and so on. */
  #inOrderOfTurns(): readonly Waiter[] {
    const lines = [...this.#lines.values()];
    const rounds = Math.max(0, ...lines.map((line) => line.length));
    return Array.from({ length: rounds }, (_, round) => lines.flatMap((line) => line[round] ?? []))
      .flat();
  }

  #busy(): ImageError {
    return this.#busyEstimate.error(
      { running: this.#running, waiting: this.waiting },
      this.#limits.maxWaiting,
    );
  }
}
