/** Jobs and batches as lists show them, so that one can be found again by what it was about. */

import type { ListedJob } from "../../jobs/job.ts";
import { cut } from "../../printable.ts";
import { type BatchRecord, isBatchState } from "../../storage/records/batch_records.ts";
import { isActive, type JobState } from "../../storage/records/records.ts";
import { batchEntry } from "./batch_result.ts";
import type { JOB_STATUSES } from "../declarations/tools.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { jobEntry } from "./result.ts";
import { rowsWithin } from "./rows_within.ts";

type JobStatus = (typeof JOB_STATUSES)[number];

/** The newest jobs and batches of an owner, newest first, as many as an answer holds. */
export async function jobRows(
  owner: string,
  { imageService, batches, settings }: ServerDependencies,
  limit = USUAL_ROWS,
  status?: string,
) {
  const states = status === undefined ? undefined : STATES[status as JobStatus];
  const now = Date.now();
  const jobs = (await imageService.jobs.list(owner, limit, states))
    .map((job) => ({ at: job.startedAt, row: rowOf(job, now) }));
  const many = (await batches.list(owner, limit, states?.filter(isBatchState)))
    .map((batch) => ({ at: batch.createdAt, row: batchRowOf(batch, now) }));
  const rows = [...jobs, ...many].toSorted((one, other) => other.at - one.at)
    .slice(0, limit).map(({ row }) => row);
  return rowsWithin(settings().MCP_MAX_RESULT_BYTES - ROOM_FOR_THE_REST, rows);
}

/** What the words of `status` mean. */
const STATES: Readonly<Record<JobStatus, readonly JobState[]>> = {
  running: ["queued", "running", "accepted"],
  finished: ["finished"],
  failed: ["failed", "interrupted"],
  cancelled: ["cancelled"],
};

/** A batch, whose pictures are too many for a list. */
function batchRowOf(batch: BatchRecord, now: number) {
  const { id, state, started_at, message } = batchEntry(batch);
  return {
    id,
    state,
    started_at,
    age: ageOf(now - batch.createdAt),
    prompt: cut(batch.title.replaceAll(/\s+/g, " "), LONGEST_PROMPT),
    message,
    next: "get_job tells the whole of it",
  };
}

function rowOf(job: ListedJob, now: number) {
  const { id, state, provider, started_at, message } = jobEntry(job);
  const { imageIds, prompt } = job;
  return {
    id,
    state,
    provider,
    started_at,
    age: ageOf(now - job.startedAt),
    prompt: cut(prompt.replaceAll(/\s+/g, " "), LONGEST_PROMPT),
    image_ids: imageIds,
    ...job.state !== "finished" && { message: cut(message, LONGEST_MESSAGE) },
    ...isActive(job.state) && { next: "get_job waits for it" },
  };
}

/** "40 s", "5 min", "3 h", "2 days": as a person would say it. */
function ageOf(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const { unit, length } = UNITS.find(({ length }) => seconds >= 2 * length) ?? UNITS.at(-1)!;
  return `${Math.round(seconds / length)} ${unit}`;
}

const UNITS = [
  { unit: "days", length: 86_400 },
  { unit: "h", length: 3_600 },
  { unit: "min", length: 60 },
  { unit: "s", length: 1 },
] as const;

const USUAL_ROWS = 10;
/** Bytes for what stands around the rows. */
const ROOM_FOR_THE_REST = 1_000;
/** In characters. */
const LONGEST_PROMPT = 60;
const LONGEST_MESSAGE = 160;
