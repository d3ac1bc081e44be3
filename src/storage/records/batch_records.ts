/** Many drawings that were asked for at once: what each is to be, and what became of it. */

import type { ErrorCode } from "../../errors.ts";
import type { ParsedRequest } from "../../requests/request.ts";

/** Where a batch is; all but the first are ends. "failed": nothing of it was drawn. */
export type BatchState = (typeof BATCH_STATES)[number];

const BATCH_STATES = ["running", "finished", "failed", "cancelled", "interrupted"] as const;

export function isBatchState(state: string): state is BatchState {
  return (BATCH_STATES as readonly string[]).includes(state);
}

/** Where an item is; "running": its job has an id, and may have been begun. */
export type ItemState = "waiting" | "running" | "drawn" | "failed" | "cancelled";

/** How many items are where. */
export type BatchCounts = Readonly<Record<ItemState, number>>;

export interface NewBatch {
  readonly id: string;
  /** Who may see it: the name of the token that asked for it; "" without tokens. */
  readonly owner: string;
  /** What it is of, for people: at most 200 characters. */
  readonly title: string;
  /** The absolute path of the file that it was read from; null for one that a client asked for. */
  readonly source: string | null;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

export interface BatchRecord extends NewBatch {
  readonly state: BatchState;
  /** The lease of the server that draws it, or drew it last. */
  readonly server: string;
  readonly counts: BatchCounts;
}

export interface BatchItem {
  /** Its place in the batch, from 1. */
  readonly number: number;
  /** What sets it apart from the others, for people: at most 200 characters. */
  readonly label: string;
  readonly state: ItemState;
  /** The job that draws it: known before the job is begun, so that a crash draws nothing twice. */
  readonly jobId: string | null;
  readonly imageIds: readonly string[];
  /** Where its pictures depart from what was asked for: a few sentences, as `ItemError`'s. */
  readonly warnings: readonly string[];
  readonly error: ItemError | null;
}

export interface ItemError {
  readonly code: ErrorCode;
  /** At most 500 characters. */
  readonly message: string;
}

export interface RequestedItem extends BatchItem {
  readonly request: ParsedRequest;
}

export interface BatchRecords {
  /** Writes a running batch whole, in place of one of the same id; `server` is the lease of who draws it. */
  save(batch: NewBatch, items: readonly RequestedItem[], server: string): Promise<void>;
  /** The batch of that id where `owner` may see it. */
  find(id: string, owner: string): Promise<BatchRecord | undefined>;
  /** The newest batch that was read from that file. */
  findSource(source: string, owner: string): Promise<BatchRecord | undefined>;
  /** The newest batches of an owner, newest first, in one of `states` where they are given. */
  list(
    owner: string,
    limit: number,
    states?: readonly BatchState[],
  ): Promise<readonly BatchRecord[]>;
  /** All items of a batch, in their order, without what they ask for. */
  items(id: string): Promise<readonly BatchItem[]>;
  /** What an item asks for. */
  request(id: string, number: number): Promise<ParsedRequest | undefined>;
  /** Writes where an item is by now; false where the batch is over, or no longer `server`'s. */
  saveItem(id: string, item: BatchItem, server: string): Promise<boolean>;
  /**
   * Writes that a batch is over; in one that is cancelled, what was not over is cancelled, too.
   * False where it is over already, or no longer `server`'s.
   */
  end(id: string, state: Exclude<BatchState, "running">, server: string): Promise<boolean>;
  /**
   * Sets a batch that is over running again, with its failed and cancelled items waiting; false
   * where it runs already.
   */
  reopen(id: string, server: string): Promise<boolean>;
  /** Every server with running batches, dead or alive. */
  serversAtWork(): Promise<readonly string[]>;
  runningOf(server: string): Promise<readonly BatchRecord[]>;
  /** Takes a batch over from a dead server; false when another was faster. */
  claim(id: string, from: string, to: string): Promise<boolean>;
  /** Asks whichever server draws the batch to cancel it. */
  requestCancel(id: string): Promise<void>;
  /** The running batches of a server that somebody wants cancelled. */
  cancelRequests(server: string): Promise<readonly string[]>;
  /** Forgets batches that nothing has happened to since `time`; their pictures stay. */
  forgetBefore(time: number): Promise<void>;
}

/** How many items a batch has. */
export function totalOf(counts: BatchCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
