/** What a call that draws or trains answers: what was made, or the job to ask for later. */

import type { CallToolResult } from "../../dependencies/mcp_server.ts";
import type { JobView } from "../../jobs/job.ts";
import type { Answer } from "../../service/image_service.ts";
import type { TrainedModelRecord } from "../../storage/records/model_records.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { jobEntry, picturesResult, type Showing, success } from "./result.ts";

export async function answerResult(
  answer: Answer,
  dependencies: ServerDependencies,
  showing: Showing = {},
): Promise<CallToolResult> {
  if (!answer.done) return waitingResult(answer.job, answer.warnings);
  if (answer.model) return modelResult(answer.model, answer.warnings);
  return await picturesResult(answer, dependencies, showing);
}

/** A model that was trained, and how it is drawn with. */
function modelResult(
  { name, provider, triggerWord: trigger_word }: TrainedModelRecord,
  warnings: readonly string[],
): CallToolResult {
  const next =
    `Trained: draw with generate_image, model '${name}', and ${trigger_word} in the prompt`;
  return success({ images: [], model: { name, provider, trigger_word }, warnings, next });
}

/** The answer when the pictures are not there yet: which job to ask for, and how. */
function waitingResult(job: JobView, warnings: readonly string[]): CallToolResult {
  const next = `Not ready: call get_job with job_id ${job.id} to wait for it, and do not ask for ` +
    "the same again";
  return success({ images: [], warnings, job: jobEntry(job), next });
}
