import { z } from "../../dependencies/zod.ts";
import type { Cancellation } from "../../jobs/jobs.ts";
import { isActive, type JobState } from "../../storage/records.ts";
import { callerOf, ownerOf, waitSeconds } from "../caller.ts";
import { progressOf } from "../progress.ts";
import { answerResult, jobEntry, success } from "../result.ts";
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
  async handle({ job_id, wait_seconds }, context, dependencies) {
    using progress = progressOf(context);
    const caller = callerOf(context, progress, wait_seconds, dependencies);
    return await answerResult(
      await dependencies.imageService.waitFor(job_id, caller),
      dependencies,
    );
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
  async handle({ job_id }, context, dependencies) {
    const cancellation = await dependencies.imageService.jobs.cancel(job_id, ownerOf(context));
    const { after, mayBeCharged: may_be_charged } = cancellation;
    return success({ job: jobEntry(after), ...consequence(cancellation), may_be_charged });
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
  async handle(_args, context, dependencies) {
    return success({
      jobs: (await dependencies.imageService.jobs.list(ownerOf(context))).map(jobEntry),
    });
  },
});

/** What a stop did, by how far the job was and how it ended. */
function consequence({ before, after }: Cancellation) {
  const { provider, state } = before;
  if (isActive(after.state)) {
    return { cancelled: false, message: "The server that runs it was asked to stop it" };
  }
  const words: Readonly<Record<JobState, readonly [cancelled: boolean, message: string]>> = {
    queued: [true, "It was still waiting; nothing was sent to a vendor and nothing is charged"],
    running: [true, `The request to ${provider} was aborted; it may have been charged`],
    accepted: [
      true,
      `${provider} had accepted it and will most likely charge for it; its picture is not fetched`,
    ],
    finished: [false, "It was already finished; get_job returns its pictures"],
    failed: [false, "It had already failed; get_job says why"],
    cancelled: [false, "It was already cancelled"],
    interrupted: [false, "It had been interrupted; get_job says what may have been charged"],
  };
  const [cancelled, message] = words[state];
  const isPartial = cancelled && after.state === "finished";
  const rest = isPartial ? "; get_job returns the pictures that were already there" : "";
  return { cancelled, message: message + rest };
}
