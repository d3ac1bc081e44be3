/** The batches that this process draws: a few items at a time, each owner in turn. */

import { ImageError, messageOf } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import type { BatchItem, BatchRecords, NewBatch } from "../../storage/records/batch_records.ts";
import type { Storage } from "../../storage/storage.ts";
import type { ImageService } from "../image_service.ts";
import { drawItem } from "./draw_item.ts";
import { LiveBatch } from "./live_batch.ts";

export interface BatchRunnerOptions {
  readonly storage: Storage;
  readonly log: Logger;
  readonly imageService: ImageService;
  /** Items that are worked on at once, of all batches together: others' calls need room, too. */
  readonly itemsAtOnce: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Milliseconds between looks whether another server was asked to cancel a batch of this one. */
const CANCEL_LOOK = 1_000;

export class BatchRunner {
  readonly #options: BatchRunnerOptions;
  /** Those of one owner are in the order of their next turns. */
  readonly #live = new Map<string, LiveBatch>();
  /** When each owner had their last turn, counted in turns. */
  readonly #turns = new Map<string, number>();
  #turn = 0;
  readonly #ending = new Set<LiveBatch>();
  /** All that is still written or drawn. */
  readonly #tasks = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #itemsAtWork = 0;
  #cancelLook: ReturnType<typeof setInterval> | undefined;

  constructor(options: BatchRunnerOptions) {
    this.#options = options;
  }

  get isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  find(id: string): LiveBatch | undefined {
    return this.#live.get(id);
  }

  /** A batch of just the same call, whose caller has gone without its id. */
  adoptable(fingerprint: string): LiveBatch | undefined {
    return [...this.#live.values()]
      .find((live) => live.fingerprint === fingerprint && live.isAdoptable);
  }

  /** How many batches of an owner run here. */
  countOf(owner: string): number {
    return [...this.#live.values()].filter(({ batch }) => batch.owner === owner).length;
  }

  /** Draws what is not over of a batch that is recorded as this server's. */
  begin(batch: NewBatch, items: readonly BatchItem[], fingerprint?: string): LiveBatch {
    const live = new LiveBatch(batch, items, fingerprint);
    this.#live.set(batch.id, live);
    this.#lookForCancels();
    this.#endIfOver(live);
    this.#advance();
    return live;
  }

  /** Stops a batch on purpose: what waits is never begun, what is drawn now is aborted. */
  cancel(live: LiveBatch): void {
    live.cancel();
    this.#endIfOver(live);
  }

  /** Begins nothing more of a batch, which ends with what is drawn now. */
  halt(live: LiveBatch): void {
    live.halt();
    this.#endIfOver(live);
  }

  /** Begins nothing more and waits for nothing; what was begun is the next server's to go on with. */
  stop(): void {
    this.#stopping.abort();
    clearInterval(this.#cancelLook);
  }

  /**
   * Lets go of everything. What was read from a file is marked as interrupted: it goes on when
   * whoever has the file asks for it again.
   */
  async close(): Promise<void> {
    this.stop();
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
    for (const live of this.#live.values()) {
      const { id, source } = live.batch;
      if (source !== null) {
        await this.#write(live, (records, server) => records.end(id, "interrupted", server));
      }
      live.end("interrupted");
    }
    this.#live.clear();
  }

  /** Begins items while there is room. */
  #advance(): void {
    while (this.#itemsAtWork < this.#options.itemsAtOnce && !this.isStopped) {
      const live = this.#nextInTurn();
      const item = live?.next;
      if (!live || !item) return;
      this.#live.delete(live.batch.id);
      this.#live.set(live.batch.id, live);
      this.#turns.set(live.batch.owner, ++this.#turn);
      live.begin(item);
      this.#itemsAtWork++;
      this.#track(this.#draw(live, item));
    }
  }

  /** Of the owner who has fewest at work, and among those who had their last turn longest ago. */
  #nextInTurn(): LiveBatch | undefined {
    const all = [...this.#live.values()];
    const turnOf = ({ batch: { owner } }: LiveBatch) => this.#turns.get(owner) ?? 0;
    const atWorkFor = ({ batch: { owner } }: LiveBatch) =>
      all.reduce((sum, { batch, atWork }) => sum + (batch.owner === owner ? atWork : 0), 0);
    return all.filter(({ next }) => next).toSorted((one, other) =>
      atWorkFor(one) - atWorkFor(other) || turnOf(one) - turnOf(other)
    )[0];
  }

  /** Never rejects: whatever happens is the item's outcome. */
  async #draw(live: LiveBatch, item: BatchItem): Promise<void> {
    const { batch, cancelled } = live;
    const { imageService, log, now } = this.#options;
    const ended = await drawItem({
      batch,
      item,
      request: () => this.#requestOf(batch, item),
      save: async (changed) => {
        live.update(changed);
        const { lease } = this.#options.storage;
        if (await (await this.#records()).saveItem(batch.id, changed, lease.id)) return;
        this.#lose(live);
        live.lost.throwIfAborted();
      },
      cancelled,
      stopped: AbortSignal.any([this.#stopping.signal, live.lost]),
      onMayCharge: (providers) => providers.forEach((each) => live.mayCharge.add(each)),
    }, { imageService, log, now });
    if (ended) {
      live.update(ended);
      await this.#write(live, (records, server) => records.saveItem(batch.id, ended, server));
    }
    live.leave(item);
    this.#itemsAtWork--;
    this.#endIfOver(live);
    this.#advance();
  }

  async #requestOf({ id }: NewBatch, { number }: BatchItem) {
    const request = await (await this.#records()).request(id, number);
    if (request) return request;
    throw new ImageError("internal_error", "What was asked for is not recorded any more");
  }

  #endIfOver(live: LiveBatch): void {
    if (live.outcome === undefined || this.isStopped || this.#ending.has(live)) return;
    if (live.lost.aborted) return;
    this.#ending.add(live);
    this.#track(this.#end(live, live.outcome));
  }

  async #end(live: LiveBatch, outcome: NonNullable<LiveBatch["outcome"]>): Promise<void> {
    const { id } = live.batch;
    await this.#write(live, (records, server) => records.end(id, outcome, server));
    this.#ending.delete(live);
    if (live.lost.aborted) return;
    this.#remove(live);
    live.end(outcome);
    this.#options.log.info("A batch ended", { batch: id, state: outcome });
  }

  /** Leaves a batch to whoever has it by now: what this server writes of it would be wrong. */
  #lose(live: LiveBatch): void {
    if (live.lost.aborted) return;
    this.#remove(live);
    live.lose();
    const { id } = live.batch;
    this.#options.log.warning("Another server has taken over a batch, or ended it", { batch: id });
  }

  #remove({ batch: { id, owner } }: LiveBatch): void {
    this.#live.delete(id);
    if (this.countOf(owner) === 0) this.#turns.delete(owner);
  }

  #track(task: Promise<void>): void {
    const tracked = task.finally(() => this.#tasks.delete(tracked));
    this.#tasks.add(tracked);
  }

  /** Obeys the cancels of other servers for as long as this one has a batch. */
  #lookForCancels(): void {
    this.#cancelLook ??= setInterval(async () => {
      if (this.#live.size > 0) return await this.#obeyCancels();
      clearInterval(this.#cancelLook);
      this.#cancelLook = undefined;
    }, CANCEL_LOOK);
  }

  async #obeyCancels(): Promise<void> {
    const { log, storage: { lease } } = this.#options;
    try {
      for (const id of await (await this.#records()).cancelRequests(lease.id)) {
        const live = this.#live.get(id);
        if (live) this.cancel(live);
      }
    } catch (error) {
      log.debug("Cannot look for cancels", { reason: messageOf(error) });
    }
  }

  /** Has `work` write what it says unless the batch is no longer `server`'s, which is this one. */
  async #write(
    live: LiveBatch,
    work: (records: BatchRecords, server: string) => Promise<boolean>,
  ): Promise<void> {
    const { id } = live.batch;
    try {
      if (!await work(await this.#records(), this.#options.storage.lease.id)) this.#lose(live);
    } catch (error) {
      const reason = messageOf(error);
      const words = "A batch could not be recorded; it goes on, but would not survive a crash";
      this.#options.log.error(words, { batch: id, reason });
    }
  }

  async #records(): Promise<BatchRecords> {
    return (await this.#options.storage.records()).batches;
  }
}
