import { z } from "../../deps/zod.ts";
import type { JobView } from "../../images/jobs.ts";
import { callerOf, ownerOf } from "../caller.ts";
import { progressOf } from "../progress.ts";
import { jobEntry, picturesResult, success, waitingResult } from "../result.ts";
import { patience, waitSeconds } from "./generate_image.ts";
import { defineTool } from "./tool.ts";

const jobId = z.string().min(1).describe("The id of the job, job_…");

export const getJob = defineTool({
  name: "get_job",
  title: "Get job",
  description: "Waits for a picture that generate_image answered with a job, and returns it just " +
    "as generate_image would have.",
  input: z.strictObject({ job_id: jobId, wait_seconds: waitSeconds }),
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: true,
  },
  empty: { images: [], warnings: [] },
  async handle({ job_id, wait_seconds }, context, parts) {
    using progress = progressOf(context);
    const caller = callerOf(context, progress, patience(wait_seconds, context, parts));
    const answer = await parts.studio.waitFor(job_id, caller);
    return answer.done
      ? await picturesResult(answer.pictures, answer.warnings, parts)
      : waitingResult(answer.job);
  },
});

export const cancelJob = defineTool({
  name: "cancel_job",
  title: "Cancel job",
  description: "Stops a running generation on purpose and says whether it may have been charged.",
  input: z.strictObject({ job_id: jobId }),
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: true,
  },
  empty: { job: null, cancelled: false, may_be_charged: false, message: "" },
  async handle({ job_id }, context, parts) {
    const before = await parts.studio.jobs.cancel(job_id, ownerOf(context));
    return success({ job: jobEntry(before), ...consequence(before) });
  },
});

export const listJobs = defineTool({
  name: "list_jobs",
  title: "List jobs",
  description: "The newest generations, running and ended.",
  input: z.strictObject({}),
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  empty: { jobs: [] },
  async handle(_args, context, parts) {
    return success({ jobs: (await parts.studio.jobs.list(ownerOf(context))).map(jobEntry) });
  },
});

/** What a cancel meant for the job as it was when the cancel came. */
function consequence({ state, provider }: JobView) {
  const table = {
    queued: [true, false, "It was still waiting; nothing was sent, nothing is charged"],
    running: [true, true, `The request to ${provider} was aborted; it may have been charged`],
    accepted: [
      true,
      true,
      `${provider} had accepted it and will most likely charge for it; its picture is not fetched`,
    ],
    finished: [false, true, "It was already finished; get_job returns its pictures"],
    failed: [false, false, "It had already failed; get_job says why"],
    cancelled: [false, false, "It was already cancelled"],
    interrupted: [false, true, "It had been interrupted; it may have been charged"],
  } as const;
  const [cancelled, may_be_charged, message] = table[state];
  return { cancelled, may_be_charged, message };
}
