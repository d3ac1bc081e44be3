import type { Cancellation } from "../../jobs/jobs.ts";
import { batchProgress, isBatchId } from "../../service/batches/batch_view.ts";
import type { BatchState } from "../../storage/records/batch_records.ts";
import { isActive, type JobState } from "../../storage/records/records.ts";
import { batchEntry, batchResult } from "../results/batch_result.ts";
import { callerOf, ownerOf } from "../caller.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { jobNamed } from "../arguments/named.ts";
import { progressOf } from "../progress.ts";
import { jobRows } from "../results/job_rows.ts";
import { answerResult } from "../results/answer_result.ts";
import { jobEntry, success } from "../results/result.ts";
import { CANCEL_JOB, GET_JOB, LIST_JOBS } from "../declarations/tools.ts";
import { defineTool } from "./tool.ts";

export const getJob = defineTool({
  ...GET_JOB,
  async handle({ job_id, wait_seconds }, context, dependencies) {
    using progress = progressOf(context);
    const caller = callerOf(context, progress, wait_seconds, dependencies);
    const id = await jobNamed(job_id, caller.owner, dependencies);
    if (isBatchId(id)) {
      return batchResult(await dependencies.batches.wait(id, caller), dependencies);
    }
    const answer = await dependencies.imageService.waitFor(id, caller);
    return await answerResult(answer, dependencies, caller);
  },
});

export const cancelJob = defineTool({
  ...CANCEL_JOB,
  async handle({ job_id }, context, dependencies) {
    const owner = ownerOf(context);
    const id = await jobNamed(job_id, owner, dependencies);
    if (isBatchId(id)) return await cancelBatch(id, owner, dependencies);
    const cancellation = await dependencies.imageService.jobs.cancel(id, owner);
    const may_be_charged = isAnyPaid(cancellation.mayCharge, dependencies);
    return success({
      job: jobEntry(cancellation.after),
      ...consequence(cancellation, may_be_charged),
      may_be_charged,
    });
  },
});

export const listJobs = defineTool({
  ...LIST_JOBS,
  async handle({ limit, status }, context, dependencies) {
    const jobs = await jobRows(ownerOf(context), dependencies, limit, status);
    const inShort = jobs.map(({ started_at: _, ...row }) => row);
    return success({ jobs }, [], { jobs: inShort });
  },
});

async function cancelBatch(id: string, owner: string, dependencies: ServerDependencies) {
  const { before, after, mayCharge } = await dependencies.batches.cancel(id, owner);
  const may_be_charged = isAnyPaid(mayCharge, dependencies);
  const charge = may_be_charged
    ? "What was being drawn may have been charged"
    : "Nothing is charged for what was not drawn";
  const messages: Readonly<Record<BatchState, string>> = {
    running: "The server that draws it was asked to stop it",
    cancelled: `${batchProgress(after.counts)}. ${charge}; get_job returns what was drawn`,
    finished: "It was already finished; get_job returns what it made",
    failed: "It had already failed; get_job says why",
    interrupted: "It had been interrupted; nothing of it is drawn now",
  };
  const isEffective = before === "running" && after.state === "cancelled";
  const message = before === "cancelled" ? "It was already cancelled" : messages[after.state];
  return success({
    job: null,
    batch: batchEntry(after),
    cancelled: isEffective,
    message,
    may_be_charged,
  });
}

function isAnyPaid(names: readonly string[], { providers }: ServerDependencies): boolean {
  const { on } = providers();
  return names.some((name) => on.get(name)?.endpoint !== undefined || !on.has(name));
}

/** What a stop did, by how far the job was and how it ended. */
function consequence({ before, after }: Cancellation, mayBeCharged: boolean) {
  const { provider, state } = before;
  if (isActive(after.state)) {
    return { cancelled: false, message: "The server that runs it was asked to stop it" };
  }
  const words: Readonly<Record<JobState, readonly [cancelled: boolean, message: string]>> = {
    queued: [true, "It was still waiting; nothing was sent to a vendor and nothing is charged"],
    running: [
      true,
      mayBeCharged
        ? `The request to ${provider} was aborted; it may have been charged`
        : `${provider} stopped it; nothing is charged`,
    ],
    accepted: [
      true,
      `${provider} had accepted it and will most likely charge for it; nothing is fetched from there`,
    ],
    finished: [false, "It was already finished; get_job returns what it made"],
    failed: [false, "It had already failed; get_job says why"],
    cancelled: [false, "It was already cancelled"],
    interrupted: [false, "It had been interrupted; get_job says what may have been charged"],
  };
  const [cancelled, message] = words[state];
  const isPartial = cancelled && after.state === "finished";
  const rest = isPartial ? "; get_job returns the pictures that were already there" : "";
  return { cancelled, message: message + rest };
}
