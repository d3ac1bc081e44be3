/** A trained model that is to be called something else. */

import { checkIsFree } from "../jobs/training_job.ts";
import { checkName } from "../requests/training.ts";
import type { TrainedModelRecord } from "../storage/records/model_records.ts";
import type { ImageService } from "./image_service.ts";

/** @throws {ImageError} where there is no such model of this owner, or the name is no free one. */
export async function renameModel(
  name: string,
  owner: string,
  to: string,
  service: Pick<ImageService, "jobs" | "knownProviders" | "models">,
): Promise<TrainedModelRecord> {
  checkName(to, await service.knownProviders());
  await checkIsFree(to, owner, service.jobs);
  return await service.models.rename(name, owner, to);
}
