/** Many drawings that are asked for at once, each a job of its own, and gone on with after a crash. */

import { ImageError, messageOf } from "../../errors.ts";
import { type Caller, settledOrTimeout } from "../../jobs/caller.ts";
import { RequestMemory } from "../../jobs/request_memory.ts";
import type { ParsedRequest } from "../../requests/request.ts";
import type {
  BatchItem,
  BatchRecord,
  BatchRecords,
  BatchState,
  NewBatch,
  RequestedItem,
} from "../../storage/records/batch_records.ts";
import { BatchRunner, type BatchRunnerOptions } from "./batch_runner.ts";
import {
  type BatchCancellation,
  batchProgress,
  type BatchView,
  nothingFailed,
  stillRuns,
  unknownBatch,
} from "./batch_view.ts";
import { begunItems, lastOfFile } from "./last_of_file.ts";

/** One drawing of a batch. */
export interface NewItem {
  /** What sets it apart from the others, for people. */
  readonly label: string;
  readonly request: ParsedRequest;
}

export interface BatchCaller extends Pick<Caller, "owner" | "requestKey"> {
  /** Whether a batch of before that asks the same will do (MCP_DEDUPE). */
  readonly mayAdopt: boolean;
}

/** Batches of one owner that are drawn at once. */
const MOST_RUNNING = 10;
/** In characters. */
const LONGEST_LABEL = 200;
/** Seconds between looks how far a batch of another server is. */
const LOOK = 1;
/** How long a cancel waits for another server to obey, in milliseconds. */
const OBEY_TIME = 5_000;

export class Batches {
  readonly #options: BatchRunnerOptions;
  readonly #runner: BatchRunner;
  readonly #requests = new RequestMemory();

  constructor(options: Omit<BatchRunnerOptions, "now"> & { readonly now?: () => number }) {
    this.#options = { now: Date.now, ...options };
    this.#runner = new BatchRunner(this.#options);
  }

  /**
   * Begins a batch, or takes over the one that this very call began before its stream broke, or
   * before its caller went away without an answer.
   * @throws {ImageError} `busy` where the owner has many.
   */
  async start(items: readonly NewItem[], caller: BatchCaller): Promise<BatchView> {
    const { owner, mayAdopt } = caller;
    const fingerprint = await fingerprintOf(items, owner);
    const known = this.#requests.idOf(caller, fingerprint) ??
      (mayAdopt ? this.#runner.adoptable(fingerprint)?.batch.id : undefined);
    if (known !== undefined) return await this.view(known, owner);
    this.#checkRoom(owner);
    const view = await this.#start(items, owner, null, { fingerprint });
    this.#requests.remember(caller, view.id, fingerprint);
    return view;
  }

  /**
   * Begins a batch that was read from a file, where the last one of that file stopped: what is asked
   * for in the same words and was drawn is kept, and what was begun is waited for.
   * @throws {ImageError} `busy` where another process draws that file.
   */
  async startFile(items: readonly NewItem[], owner: string, source: string): Promise<BatchView> {
    const { storage, imageService: { images } } = this.#options;
    await this.#announce();
    const before = await lastOfFile(source, owner, storage);
    const begun = before && await begunItems(before, storage, images);
    return await this.#start(items, owner, source, { id: before?.id, begun });
  }

  async #start(
    items: readonly NewItem[],
    owner: string,
    source: string | null,
    { id = this.#newId(), begun = new Map(), fingerprint }: {
      readonly id?: string;
      readonly begun?: ReadonlyMap<string, BatchItem[]>;
      readonly fingerprint?: string;
    },
  ): Promise<BatchView> {
    const requested = items.map(({ label, request }, index): RequestedItem => {
      const known = begun.get(JSON.stringify(request))?.shift() ?? NOT_BEGUN;
      return { ...known, number: index + 1, label: label.slice(0, LONGEST_LABEL), request };
    });
    const batch: NewBatch = {
      id,
      owner,
      title: requested[0]?.label ?? "",
      source,
      createdAt: this.#options.now(),
    };
    await this.#announce();
    await (await this.#records()).save(batch, requested, this.#options.storage.lease.id);
    const recorded = requested.map(({ request: _, ...item }) => item);
    return this.#runner.begin(batch, recorded, fingerprint).view;
  }

  /**
   * Sets a batch running again that is over, for what was not drawn of it.
   * @throws {ImageError} where it is not there, still runs, or all of it was drawn.
   */
  async repeatFailed(id: string, owner: string): Promise<BatchView> {
    const { state, counts, items } = await this.view(id, owner);
    if (state === "running") throw stillRuns(id);
    if (counts.drawn === items.length) throw nothingFailed(id, batchProgress(counts));
    this.#checkRoom(owner);
    await this.#announce();
    const records = await this.#records();
    if (!await records.reopen(id, this.#options.storage.lease.id)) throw stillRuns(id);
    const batch = await records.find(id, owner);
    if (!batch) throw unknownBatch(id);
    return this.#runner.begin(batch, await records.items(id)).view;
  }

  /** A batch of this owner as it is now, wherever it is drawn. @throws {ImageError} `job_not_found` */
  async view(id: string, owner: string): Promise<BatchView> {
    const live = this.#runner.find(id);
    if (live?.batch.owner === owner) return live.view;
    const records = await this.#records();
    const found = live ? undefined : await records.find(id, owner);
    if (!found) throw unknownBatch(id);
    const { title, createdAt, state, counts } = found;
    return { id, title, createdAt, state, counts, items: await records.items(id) };
  }

  /**
   * The same at its end, or after as long as the caller waits.
   * @throws {ImageError} `job_not_found`, and the reason of `caller.signal`; it runs on then.
   */
  async wait(id: string, caller: Caller): Promise<BatchView> {
    const deadline = performance.now() + (caller.waitSeconds ?? Infinity) * 1000;
    while (true) {
      const secondsLeft = (deadline - performance.now()) / 1000;
      const waitSeconds = secondsLeft === Infinity ? undefined : secondsLeft;
      const live = this.#runner.find(id);
      if (live?.batch.owner === caller.owner) {
        const waited = await live.wait({ ...caller, waitSeconds });
        if (!live.lost.aborted) return waited;
      }
      const view = await this.view(id, caller.owner);
      if (view.state !== "running" || secondsLeft <= 0) return view;
      caller.onProgress?.(batchProgress(view.counts));
      await pause(Math.min(secondsLeft, LOOK), caller.signal);
    }
  }

  /** The newest batches of an owner, newest first, in one of `states` where they are given. */
  async list(
    owner: string,
    limit: number,
    states?: readonly BatchState[],
  ): Promise<readonly BatchRecord[]> {
    return await (await this.#records()).list(owner, limit, states);
  }

  /**
   * Stops a batch on purpose: what waits is never begun, what is drawn now is aborted.
   * @throws {ImageError} `job_not_found`.
   */
  async cancel(id: string, owner: string): Promise<BatchCancellation> {
    const { state: before } = await this.view(id, owner);
    const live = this.#runner.find(id);
    if (live) {
      this.#runner.cancel(live);
      await live.ended;
    }
    const isElsewhere = live ? live.lost.aborted : before === "running";
    if (isElsewhere) await this.#cancelElsewhere(id, owner);
    return { before, after: await this.view(id, owner), mayCharge: [...live?.mayCharge ?? []] };
  }

  /** Begins nothing more of a batch of this process, which ends with what is drawn now. */
  halt(id: string): void {
    const live = this.#runner.find(id);
    if (live) this.#runner.halt(live);
  }

  /** Goes on with what dead servers left; what was read from a file waits for whoever has the file. */
  async recover(): Promise<void> {
    const { storage } = this.#options;
    if (this.#runner.isStopped || !await storage.hasRecords()) return;
    const records = await this.#records();
    for (const server of await records.serversAtWork()) {
      await storage.lease.recover(server, async () => {
        for (const batch of await records.runningOf(server)) await this.#takeOver(batch, records);
      });
    }
  }

  /** Begins nothing more and waits for nothing; what was begun is the next server's to go on with. */
  stop(): void {
    this.#runner.stop();
  }

  /** Lets go of everything. */
  async close(): Promise<void> {
    await this.#runner.close();
  }

  async #takeOver(batch: BatchRecord, records: BatchRecords): Promise<void> {
    const { storage: { lease }, log } = this.#options;
    if (batch.source !== null) {
      await records.end(batch.id, "interrupted", batch.server);
      return;
    }
    await this.#announce();
    if (this.#runner.isStopped || !await records.claim(batch.id, batch.server, lease.id)) return;
    if ((await records.cancelRequests(lease.id)).includes(batch.id)) {
      await records.end(batch.id, "cancelled", lease.id);
      return;
    }
    log.info("Took over a batch of a server that ended", { batch: batch.id });
    this.#runner.begin(batch, await records.items(batch.id));
  }

  async #cancelElsewhere(id: string, owner: string): Promise<void> {
    const records = await this.#records();
    await records.requestCancel(id);
    const deadline = performance.now() + OBEY_TIME;
    while (performance.now() < deadline) {
      const found = await records.find(id, owner);
      if (found?.state !== "running") return;
      await this.#options.storage.lease.recover(
        found.server,
        async () => void await records.end(id, "cancelled", found.server),
      );
      await pause(LOOK / 4, NEVER);
    }
  }

  #checkRoom(owner: string): void {
    const running = this.#runner.countOf(owner);
    if (running < MOST_RUNNING) return;
    throw new ImageError(
      "busy",
      `${running} batches run already, which is as many as may: wait for one with get_job, or ` +
        "stop one with cancel_job",
      { running },
    );
  }

  #newId(): string {
    const random = crypto.getRandomValues(new Uint8Array(8)).toHex();
    return `batch_${Math.floor(this.#options.now() / 1000)}_${random}`;
  }

  async #announce(): Promise<void> {
    const { storage: { lease, isShared }, log } = this.#options;
    try {
      await lease.announce();
    } catch (error) {
      if (isShared) throw error;
      log.debug("No lock file can be made", { reason: messageOf(error) });
    }
  }

  async #records(): Promise<BatchRecords> {
    return (await this.#options.storage.records()).batches;
  }
}

/** The same text for calls of an owner that ask the same, however long they are. */
async function fingerprintOf(items: readonly NewItem[], owner: string): Promise<string> {
  const text = JSON.stringify([owner, items.map(({ request }) => request)]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}

async function pause(waitSeconds: number, signal: AbortSignal): Promise<void> {
  await settledOrTimeout(FOREVER, { signal, waitSeconds });
}

const NOT_BEGUN = {
  state: "waiting",
  jobId: null,
  imageIds: [],
  warnings: [],
  error: null,
} as const;
const NEVER = new AbortController().signal;
const FOREVER = new Promise<void>(() => {});
