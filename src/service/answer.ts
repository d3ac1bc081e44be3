/** What a caller gets for a job. */

import { ImageError } from "../errors.ts";
import type { JobView, Waited } from "../jobs/job.ts";
import type { ImageRepository } from "../storage/image_repository.ts";
import type { TrainedModelRecord } from "../storage/records/model_records.ts";
import type { ImageRecord, ProviderCall } from "../storage/records/records.ts";
import type { TrainedModels } from "./trained_models.ts";

/** The pictures or the model, or the job to ask for later. */
export type Answer =
  | {
    readonly done: true;
    readonly images: readonly ImageRecord[];
    /** What was trained in place of pictures. */
    readonly model?: TrainedModelRecord;
    readonly warnings: readonly string[];
    /** What made them; absent where no job was needed. */
    readonly job?: JobView;
    /** The vendors' calls that it took, each with the ids of its pictures. */
    readonly calls?: readonly Pick<ProviderCall, "imageIds">[];
  }
  | { readonly done: false; readonly job: JobView; readonly warnings: readonly string[] };

/**
 * The answer for one who waited for a job, with the warnings `more` behind the job's own.
 * @throws {ImageError} why the job failed, or that nothing of it is recorded any more.
 */
export async function answerOf(
  waited: Waited,
  { owner, images: repository, models, more = [] }: {
    readonly owner: string;
    readonly images: ImageRepository;
    readonly models: TrainedModels;
    readonly more?: readonly string[];
  },
): Promise<Answer> {
  if (!waited.done) return { done: false, job: waited.job, warnings: more };
  const { job, calls, outcome } = waited;
  const { imageIds, model: name, error } = outcome;
  if (error) throw new ImageError(error.code, error.message, error.details);
  const warnings = [...outcome.warnings, ...more];
  const model = name === undefined ? undefined : await models.trainedBy(job, name, owner);
  if (model) return { done: true, images: [], model, warnings, job };
  const found = await Promise.all(imageIds.map((id) => repository.find(id, owner)));
  const images = found.filter((image) => image !== undefined);
  if (images.length === 0) {
    throw new ImageError(
      "image_not_found",
      `The pictures of job '${job.id}' are not recorded any more`,
      { job: job.id, image_ids: imageIds },
    );
  }
  return { done: true, images, warnings, job, calls };
}
