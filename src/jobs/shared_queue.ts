/** The queue of a server that takes turns with all others of its storage: the records say whose it is. */

import { type ImageError, messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Storage } from "../storage/storage.ts";
import type { Load, Turn, TurnChanges, TurnRecords } from "../storage/records/turn_records.ts";
import { BusyEstimate } from "./busy.ts";
import { nothingDrawn } from "./job_errors.ts";
import type { Queue, QueueEntry, QueueLimits, Release } from "./queue.ts";
import { SilentServers } from "./silent_servers.ts";

export interface SharedQueueOptions {
  readonly storage: Pick<Storage, "records" | "lease" | "announcements">;
  readonly log: Logger;
  /** `limit` is for this server alone, `maxWaiting` for all together. */
  readonly limits: QueueLimits;
}

interface Waiter extends QueueEntry {
  readonly start: (release: Release) => void;
  /** Turns it away. */
  readonly refuse: (reason: ImageError) => void;
  /** Whether it has a place in the line, as far as is known here. */
  hasEntered: boolean;
  place?: number;
}

/** What a server is told about its turns, as JSON. */
interface Told {
  readonly begun: readonly string[];
  readonly turnedAway: readonly string[];
}

/** Milliseconds between looks at the line, in case nobody has told of a change. */
const LOOK_INTERVAL = 1_000;

export class SharedQueue implements Queue {
  readonly #options: SharedQueueOptions;
  readonly #busyEstimate = new BusyEstimate();
  readonly #waiters = new Map<string, Waiter>();
  readonly #running = new Set<string>();
  /** What may still stand in the line and is wanted no more. */
  readonly #gone = new Set<string>();
  /** Whether there may be more of this server in the line than is known here. */
  #isUnsure = false;
  readonly #silent = new SilentServers();
  /** One step after another, so that a rush of entries needs one connection. */
  #steps: Promise<void> = Promise.resolve();
  #looks: ReturnType<typeof setInterval> | undefined;
  #listening: Disposable | undefined;
  #isClosed = false;

  constructor(options: SharedQueueOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#running.size;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  async load(): Promise<Load> {
    return await (await this.#turns()).load();
  }

  /**
   * Waits for a turn among those of all servers; a wait goes on while the records are away.
   * @throws as `Queue` says, and `busy` where the records cannot be asked.
   */
  async enter(entry: QueueEntry): Promise<Release> {
    entry.signal.throwIfAborted();
    const id = crypto.randomUUID();
    const { signal } = entry;
    const { promise, resolve, reject } = Promise.withResolvers<Release>();
    const settle = () => {
      signal.removeEventListener("abort", leave);
      this.#waiters.delete(id);
    };
    const waiter: Waiter = {
      ...entry,
      hasEntered: false,
      start: (release) => (settle(), resolve(release)),
      refuse: (reason) => (settle(), reject(reason)),
    };
    const leave = () => {
      settle();
      if (waiter.hasEntered) this.#takeOut(id);
      reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    this.#waiters.set(id, waiter);
    this.#beginToLook();
    void this.#step(() => this.#enter(id));
    return await promise;
  }

  /**
   * Looks at the line as it stands, after all that was begun here: begins what others let begin, and
   * tells places. It does so by itself every second.
   */
  async look(): Promise<void> {
    await this.#step(() => this.#look());
  }

  /** Takes out all that is left of this server; what runs is over, or another's soon. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#endLooks();
    this.#listening?.[Symbol.dispose]();
    await this.#steps;
    const held = this.#gone.size + this.#running.size + this.#waiters.size;
    if (held === 0 && !this.#isUnsure) return;
    const { storage: { lease } } = this.#options;
    await this.#try(async () => this.#tell(await (await this.#turns()).leaveAll(lease.id)));
  }

  async #enter(id: string): Promise<void> {
    const waiter = this.#waiters.get(id);
    if (!waiter) return;
    try {
      await this.#options.storage.lease.announce();
      await this.#putIntoLine(id, waiter);
    } catch (error) {
      this.#options.log.error("The line of all servers cannot be entered", {
        reason: messageOf(error),
      });
      this.#isUnsure = true; // its place may have been taken all the same
      waiter.refuse(nothingDrawn("the database that says whose turn it is cannot be asked now"));
      return;
    }
    if (this.#waiters.has(id)) await this.#tellPlaces();
    else if (waiter.signal.aborted && !this.#running.has(id)) this.#takeOut(id);
  }

  async #putIntoLine(id: string, waiter: Waiter): Promise<void> {
    const { storage: { lease }, limits } = this.#options;
    const turn = {
      id,
      server: lease.id,
      caller: waiter.caller,
      provider: waiter.key,
      providerLimit: waiter.keyLimit,
      serverLimit: limits.limit,
    };
    const changes = await (await this.#turns()).enter(turn, limits.maxWaiting);
    waiter.hasEntered = true;
    await this.#tell(changes);
  }

  async #look(): Promise<void> {
    await this.#tellPlaces();
    await this.#takeOutGone();
    await this.#takeOutSilent();
    this.#isUnsure = false;
    if (this.#waiters.size + this.#running.size + this.#gone.size === 0) this.#endLooks();
  }

  /** Begins what has begun, and tells the others their places; what nobody waits for is to go. */
  async #tellPlaces(): Promise<void> {
    const own = await (await this.#turns()).of(this.#options.storage.lease.id);
    const places = new Map(own.map(({ id, place }) => [id, place]));
    for (const id of places.keys()) {
      if (!this.#waiters.has(id) && !this.#running.has(id)) this.#gone.add(id);
    }
    for (const [id, waiter] of this.#waiters) {
      if (!waiter.hasEntered) continue;
      // It was taken for a dead server's while this one was cut off.
      if (!places.has(id)) await this.#putIntoLine(id, waiter);
      else if (places.get(id) === undefined) this.#begin(id);
      else this.#tellPlace(waiter, places.get(id)!);
    }
  }

  #tellPlace(waiter: Waiter, place: number): void {
    if (waiter.place === place) return;
    waiter.place = place;
    waiter.onPosition?.(place);
  }

  async #takeOutGone(): Promise<void> {
    if (this.#gone.size === 0) return;
    const ids = [...this.#gone];
    const changes = await (await this.#turns()).leave(ids);
    for (const id of ids) this.#gone.delete(id);
    await this.#tell(changes);
  }

  /** The turns of dead servers: their places come free. */
  async #takeOutSilent(): Promise<void> {
    const turns = await this.#turns();
    for (const server of this.#silent.deadOf(await turns.silentServers())) {
      await this.#tell(await turns.leaveAll(server));
    }
  }

  /** Acts on what is about this server, and tells the other servers the rest. */
  async #tell({ begun, turnedAway }: TurnChanges): Promise<void> {
    const { storage: { lease, announcements }, log } = this.#options;
    const servers = new Set([...begun, ...turnedAway].map(({ server }) => server));
    for (const server of servers) {
      const idsOf = (turns: readonly Turn[]) =>
        turns.filter((turn) => turn.server === server).map(({ id }) => id);
      const told: Told = { begun: idsOf(begun), turnedAway: idsOf(turnedAway) };
      if (server === lease.id) {
        await this.#receive(told);
        continue;
      }
      await announcements.tell(topicOf(server), JSON.stringify(told)).catch((error) =>
        log.debug("A server will see later that its turn has come", { reason: messageOf(error) })
      );
    }
  }

  async #receive({ begun, turnedAway }: Told): Promise<void> {
    for (const id of begun) this.#begin(id);
    if (turnedAway.length === 0) return;
    const reason = this.#busyEstimate.error(await this.load(), this.#options.limits.maxWaiting);
    for (const id of turnedAway) this.#waiters.get(id)?.refuse(reason);
  }

  #begin(id: string): void {
    const waiter = this.#waiters.get(id);
    if (!waiter) {
      if (!this.#running.has(id)) this.#takeOut(id);
      return;
    }
    const begunAt = performance.now();
    this.#running.add(id);
    const release = () => {
      if (!this.#running.delete(id)) return;
      this.#busyEstimate.learn((performance.now() - begunAt) / 1000);
      this.#takeOut(id);
    };
    waiter.start(Object.assign(release, { [Symbol.dispose]: release }));
  }

  #takeOut(id: string): void {
    this.#gone.add(id);
    void this.#step(() => this.#takeOutGone());
  }

  #beginToLook(): void {
    if (this.#isClosed) return;
    const { storage: { lease, announcements } } = this.#options;
    this.#listening ??= announcements.listen(
      topicOf(lease.id),
      (text) => void this.#try(() => this.#receive(JSON.parse(text) as Told)),
    );
    let isLooking = false;
    this.#looks ??= setInterval(async () => {
      if (isLooking) return; // the records are slow
      isLooking = true;
      await this.look();
      isLooking = false;
    }, LOOK_INTERVAL);
  }

  #endLooks(): void {
    clearInterval(this.#looks);
    this.#looks = undefined;
  }

  /** Runs `work` after all that was to be done before; what fails is done with a later look. */
  #step(work: () => Promise<void>): Promise<void> {
    this.#steps = this.#steps.then(() => this.#isClosed ? undefined : this.#try(work));
    return this.#steps;
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // Nobody could be seen meanwhile.
      this.#silent.clear();
      this.#options.log.debug("The line of all servers cannot be seen", {
        reason: messageOf(error),
      });
    }
  }

  async #turns(): Promise<TurnRecords> {
    const { turns } = await this.#options.storage.records();
    if (!turns) throw new Error("These records are not shared");
    return turns;
  }
}

function topicOf(server: string): string {
  return `turns of ${server}`;
}
