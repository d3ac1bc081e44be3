/** A batch that this process draws: where its items are, and who is told of it. */

import { type Caller, settledOrTimeout } from "../../jobs/caller.ts";
import type {
  BatchCounts,
  BatchItem,
  BatchState,
  NewBatch,
} from "../../storage/records/batch_records.ts";
import { batchProgress, type BatchView } from "./batch_view.ts";

type Waiter = Pick<Caller, "signal" | "waitSeconds" | "onProgress">;

export class LiveBatch {
  readonly batch: NewBatch;
  /** The same for calls of an owner that ask the same; absent where the batch is of no call of now. */
  readonly fingerprint: string | undefined;
  /** The providers that may ask money for what was being drawn when it was cancelled. */
  readonly mayCharge = new Set<string>();
  readonly #items: Map<number, BatchItem>;
  /** The numbers of the items that are worked on now. */
  readonly #atWork = new Set<number>();
  readonly #cancellation = new AbortController();
  readonly #loss = new AbortController();
  readonly #end = Promise.withResolvers<void>();
  readonly #listeners = new Set<(message: string) => void>();
  #waiters = 0;
  #isIdKnown = false;
  #isHalted = false;
  #endState: Exclude<BatchState, "running"> | undefined;

  constructor(batch: NewBatch, items: readonly BatchItem[], fingerprint?: string) {
    this.batch = batch;
    this.fingerprint = fingerprint;
    this.#items = new Map(items.map((item) => [item.number, item]));
  }

  /** Aborts when it is stopped on purpose. */
  get cancelled(): AbortSignal {
    return this.#cancellation.signal;
  }

  /** Aborts when it is another server's. */
  get lost(): AbortSignal {
    return this.#loss.signal;
  }

  /** Resolves when it is over and written down, or lost. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  /** Whether the same call may have it: its caller went away before they knew its id. */
  get isAdoptable(): boolean {
    return this.#waiters === 0 && !this.#isIdKnown && !this.cancelled.aborted;
  }

  /** How many items are worked on now. */
  get atWork(): number {
    return this.#atWork.size;
  }

  /** The first item that is neither over nor worked on; undefined where none is to be begun. */
  get next(): BatchItem | undefined {
    if (this.#isHalted || this.cancelled.aborted) return undefined;
    return this.#open.find(({ number }) => !this.#atWork.has(number));
  }

  get view(): BatchView {
    const { id, title, createdAt } = this.batch;
    const items = [...this.#items.values()];
    return {
      id,
      title,
      createdAt,
      state: this.#endState ?? "running",
      counts: this.#counts,
      items,
    };
  }

  /** How it ended, once nothing of it is worked on or to be begun; else undefined. */
  get outcome(): Exclude<BatchState, "running"> | undefined {
    if (this.atWork > 0 || this.next) return undefined;
    if (this.cancelled.aborted) return "cancelled";
    const { drawn, cancelled } = this.#counts;
    if (this.#open.length > 0 || this.#isHalted && cancelled > 0) return "interrupted";
    return drawn > 0 ? "finished" : "failed";
  }

  begin({ number }: BatchItem): void {
    this.#atWork.add(number);
  }

  /** Nobody works on that item any more. */
  leave({ number }: BatchItem): void {
    this.#atWork.delete(number);
  }

  /** Notes where an item is by now, and tells whoever waits. */
  update(item: BatchItem): void {
    this.#items.set(item.number, item);
    const message = batchProgress(this.#counts);
    for (const tell of this.#listeners) tell(message);
  }

  /** Begins nothing more; what is worked on goes on. */
  halt(): void {
    this.#isHalted = true;
  }

  cancel(): void {
    this.#cancellation.abort();
  }

  /** Lets go of everybody who waits: another server draws it, and writes down how it ends. */
  lose(): void {
    this.#loss.abort();
    this.#end.resolve();
  }

  /** Waits for the end, or as long as the caller wishes. @throws the reason of `caller.signal` */
  async wait({ onProgress, ...caller }: Waiter): Promise<BatchView> {
    this.#waiters++;
    if (onProgress) this.#listeners.add(onProgress);
    try {
      onProgress?.(batchProgress(this.#counts));
      await settledOrTimeout(this.ended, caller);
      this.#isIdKnown = true;
      return this.view;
    } finally {
      this.#waiters--;
      if (onProgress) this.#listeners.delete(onProgress);
    }
  }

  /** Lets go of everybody who waits. */
  end(state: Exclude<BatchState, "running">): void {
    this.#endState = state;
    if (state === "cancelled") {
      for (const item of this.#open) {
        this.#items.set(item.number, { ...item, state: "cancelled" });
      }
    }
    this.#end.resolve();
  }

  get #open(): readonly BatchItem[] {
    return [...this.#items.values()].filter(({ state }) => OPEN.has(state));
  }

  get #counts(): BatchCounts {
    const counts = { waiting: 0, running: 0, drawn: 0, failed: 0, cancelled: 0 };
    for (const { state } of this.#items.values()) counts[state]++;
    return counts;
  }
}

const OPEN: ReadonlySet<string> = new Set(["waiting", "running"]);
