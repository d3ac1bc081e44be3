/** Draws one item of a batch as a job of its own, once, whatever crashes in between. */

import { ImageError, messageOf } from "../../errors.ts";
import type { Caller } from "../../jobs/caller.ts";
import { newJobId } from "../../jobs/job.ts";
import type { Logger } from "../../log.ts";
import { cut } from "../../printable.ts";
import type { ParsedRequest } from "../../requests/request.ts";
import type { BatchItem, NewBatch } from "../../storage/records/batch_records.ts";
import type { Answer, ImageService } from "../image_service.ts";

export interface DrawDependencies {
  readonly imageService: Pick<ImageService, "run" | "waitFor" | "jobs">;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface ItemWork {
  readonly batch: NewBatch;
  readonly item: BatchItem;
  /** Reads what it asks for. */
  readonly request: () => Promise<ParsedRequest>;
  /**
   * Writes where it is, before anything else happens. @throws where that cannot be written, or the
   * batch is another server's by now.
   */
  readonly save: (item: BatchItem) => Promise<void>;
  /** Aborts when the batch is stopped on purpose. */
  readonly cancelled: AbortSignal;
  /** Aborts when this server stops or has lost the batch; the next one goes on with what was begun. */
  readonly stopped: AbortSignal;
  /** Told of the providers that may ask money for what was stopped. */
  readonly onMayCharge: (providers: readonly string[]) => void;
}

/** What became of the item; undefined where it was left to another server before that was known. */
export async function drawItem(
  work: ItemWork,
  dependencies: DrawDependencies,
): Promise<BatchItem | undefined> {
  const { item, cancelled, stopped } = work;
  let current = item;
  try {
    let jobId = newJobId(dependencies.now());
    if (item.state === "running" && item.jobId !== null) {
      const found = await resultOf(item.jobId, work, dependencies);
      if (found === "never begun") jobId = item.jobId;
      else if (found !== "untouched") return { ...item, ...found };
    }
    const request = await work.request();
    while (true) {
      stopped.throwIfAborted();
      cancelled.throwIfAborted();
      current = { ...item, state: "running", jobId };
      await work.save(current);
      const result = await drawn(jobId, request, work, dependencies);
      if (result) return { ...current, ...result };
      jobId = newJobId(dependencies.now());
    }
  } catch (error) {
    if (stopped.aborted) return undefined;
    if (cancelled.aborted) return { ...current, ...await stop(current.jobId, work, dependencies) };
    return { ...current, ...failureOf(error, dependencies.log) };
  }
}

type Result = Pick<BatchItem, "state" | "imageIds" | "warnings" | "error">;

/** Undefined after a pause, where the queue had no room. */
async function drawn(
  jobId: string,
  request: ParsedRequest,
  work: ItemWork,
  { imageService }: DrawDependencies,
): Promise<Result | undefined> {
  const { batch } = work;
  try {
    const caller = { ...callerOf(work), item: { batch: batch.id, jobId } };
    return resultIn(await imageService.run(request, caller));
  } catch (error) {
    if (!(error instanceof ImageError) || error.code !== "busy") throw error;
    const seconds = Math.min(Number(error.details.retry_after_seconds ?? 1), LONGEST_PAUSE);
    await pause(seconds, callerOf(work).signal);
  }
}

/**
 * What a job of before came to. It may be drawn anew where it is "untouched": it ended, and no vendor
 * has had it. Where it was "never begun" that is under the same id, of which the records have one
 * job: a server that was taken for dead may begin it yet, and whoever records it first draws it.
 */
async function resultOf(
  jobId: string,
  work: ItemWork,
  { imageService, log }: DrawDependencies,
): Promise<Result | "untouched" | "never begun"> {
  const { owner } = work.batch;
  try {
    return resultIn(await imageService.waitFor(jobId, callerOf(work)));
  } catch (error) {
    if (callerOf(work).signal.aborted) throw error;
    const code = error instanceof ImageError ? error.code : undefined;
    if (code === "job_not_found") return "never begun";
    const isUntouched = (code === "interrupted" || code === "cancelled") &&
      !await imageService.jobs.mayBeCharged(jobId, owner);
    return isUntouched ? "untouched" : failureOf(error, log);
  }
}

/** Stops an item's job, if it was begun; a picture that had come all the same is kept. */
async function stop(
  jobId: string | null,
  { batch: { owner }, onMayCharge }: ItemWork,
  { imageService }: DrawDependencies,
): Promise<Result> {
  if (jobId === null) return CANCELLED;
  try {
    onMayCharge((await imageService.jobs.cancel(jobId, owner)).mayCharge);
    const caller = { owner, key: owner, signal: NEVER, waitSeconds: 0 };
    return resultIn(await imageService.waitFor(jobId, caller));
  } catch {
    return CANCELLED;
  }
}

/** All batches of an owner take one turn together, beside what they ask for by themselves. */
function callerOf({ batch: { owner }, cancelled, stopped }: ItemWork): Caller {
  return { owner, key: `batches of ${owner}`, signal: AbortSignal.any([cancelled, stopped]) };
}

function resultIn(answer: Answer): Result {
  if (!answer.done) return CANCELLED; // it was asked to stop and does not obey yet
  const warnings = answer.warnings.slice(0, MOST_WARNINGS).map((each) =>
    cut(each, LONGEST_MESSAGE)
  );
  return { state: "drawn", imageIds: answer.images.map(({ id }) => id), warnings, error: null };
}

function failureOf(thrown: unknown, log: Logger): Result {
  if (!(thrown instanceof ImageError)) {
    log.error("An item of a batch ended with an unexpected error", { reason: messageOf(thrown) });
  }
  const { code, message } = thrown instanceof ImageError
    ? thrown
    : new ImageError("internal_error", `Unexpected error: ${messageOf(thrown)}`);
  if (code === "cancelled") return CANCELLED;
  const error = { code, message: cut(message, LONGEST_MESSAGE) };
  return { state: "failed", imageIds: [], warnings: [], error };
}

async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    signal.addEventListener("abort", end, { once: true });
  });
}

const CANCELLED: Result = { state: "cancelled", imageIds: [], warnings: [], error: null };
const NEVER = new AbortController().signal;
/** In seconds, where the queue has no room. */
const LONGEST_PAUSE = 5;
/** In characters. */
const LONGEST_MESSAGE = 500;
/** Of one item. */
const MOST_WARNINGS = 5;
