/** Many drawings that are asked for at once, each a job of its own, and gone on with after a crash. */

import { ImageError, messageOf } from "../../errors.ts";
import { type Caller, settledOrTimeout } from "../../jobs/caller.ts";
import type { ParsedRequest } from "../../requests/request.ts";
import type {
  BatchItem,
  BatchRecord,
  BatchRecords,
  BatchState,
  NewBatch,
  RequestedItem,
} from "../../storage/batch_records.ts";
import { BatchRunner, type BatchRunnerOptions } from "./batch_runner.ts";
import {
  type BatchCancellation,
  batchProgress,
  type BatchView,
  unknownBatch,
} from "./batch_view.ts";

/** One drawing of a batch. */
export interface NewItem {
  /** What sets it apart from the others, for people. */
  readonly label: string;
  readonly request: ParsedRequest;
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

  constructor(options: Omit<BatchRunnerOptions, "now"> & { readonly now?: () => number }) {
    this.#options = { now: Date.now, ...options };
    this.#runner = new BatchRunner(this.#options);
  }

  /**
   * Begins a batch, and tells of it at once. One that is read from a file, `source`, goes on where
   * the last one of that file stopped: what is asked for in the same words and was drawn is kept,
   * and what was begun is waited for.
   * @throws {ImageError} `busy` where the owner has many, or another process draws that file.
   */
  async start(
    items: readonly NewItem[],
    owner: string,
    { source = null }: { readonly source?: string | null } = {},
  ): Promise<BatchView> {
    this.#checkRoom(owner);
    const before = source === null ? undefined : await this.#lastOf(source, owner);
    const begun = before ? await this.#begunOf(before) : new Map<string, BatchItem[]>();
    const requested = items.map(({ label, request }, index): RequestedItem => {
      const known = begun.get(JSON.stringify(request))?.shift() ?? NOT_BEGUN;
      return { ...known, number: index + 1, label: label.slice(0, LONGEST_LABEL), request };
    });
    const batch: NewBatch = {
      id: before?.id ?? this.#newId(),
      owner,
      title: requested[0]?.label ?? "",
      source,
      createdAt: this.#options.now(),
    };
    this.#announce();
    await (await this.#records()).save(batch, requested, this.#options.storage.lease.id);
    return this.#runner.begin(batch, requested.map(({ request: _, ...item }) => item)).view;
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
    this.#announce();
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
      const view = await this.view(id, caller.owner);
      const secondsLeft = (deadline - performance.now()) / 1000;
      if (view.state !== "running" || secondsLeft <= 0) return view;
      const live = this.#runner.find(id);
      if (live) {
        using _listening = live.listen(caller.onProgress);
        const waitSeconds = secondsLeft === Infinity ? undefined : secondsLeft;
        await settledOrTimeout(live.ended, { signal: caller.signal, waitSeconds });
        return live.view;
      }
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
    } else if (before === "running") await this.#cancelElsewhere(id, owner);
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
    if (batch.source !== null) return await records.end(batch.id, "interrupted");
    this.#announce();
    if (this.#runner.isStopped || !await records.claim(batch.id, batch.server, lease.id)) return;
    if ((await records.cancelRequests(lease.id)).includes(batch.id)) {
      return await records.end(batch.id, "cancelled");
    }
    log.info("Took over a batch of a server that ended", { batch: batch.id });
    this.#runner.begin(batch, await records.items(batch.id));
  }

  /** The last batch of a file; what its process left is free to go on with. */
  async #lastOf(source: string, owner: string): Promise<BatchRecord | undefined> {
    const last = await (await this.#records()).findSource(source, owner);
    if (last?.state !== "running") return last;
    let isLeft = false;
    await this.#options.storage.lease.recover(last.server, () => {
      isLeft = true;
      return Promise.resolve();
    });
    if (isLeft) return last;
    throw new ImageError(
      "busy",
      `Another process draws ${source} now, as ${last.id}: wait for it, or stop it first`,
      { batch: last.id },
    );
  }

  /**
   * The items of a batch that were begun, or drawn where their pictures are still there, by what
   * they ask for.
   */
  async #begunOf({ id, owner }: BatchRecord): Promise<Map<string, BatchItem[]>> {
    const records = await this.#records();
    const { images } = this.#options.imageService;
    const begun = new Map<string, BatchItem[]>();
    for (const item of await records.items(id)) {
      if (item.state !== "drawn" && item.state !== "running") continue;
      const found = await Promise.all(item.imageIds.map((each) => images.find(each, owner)));
      const request = await records.request(id, item.number);
      if (request === undefined || found.includes(undefined)) continue;
      const key = JSON.stringify(request);
      begun.set(key, [...begun.get(key) ?? [], item]);
    }
    return begun;
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
        () => records.end(id, "cancelled"),
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

  #announce(): void {
    const { storage: { lease }, log } = this.#options;
    try {
      lease.announce();
    } catch (error) {
      log.debug("No lock file can be made", { reason: messageOf(error) });
    }
  }

  async #records(): Promise<BatchRecords> {
    return (await this.#options.storage.records()).batches;
  }
}

function stillRuns(id: string): ImageError {
  return new ImageError(
    "invalid_parameters",
    `Batch '${id}' still runs: wait for it with get_job, or stop it with cancel_job`,
    { batch: id },
  );
}

function nothingFailed(id: string, progress: string): ImageError {
  return new ImageError("invalid_parameters", `Nothing of batch '${id}' failed: ${progress}`, {
    batch: id,
  });
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
