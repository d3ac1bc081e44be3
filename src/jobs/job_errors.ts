/** What is said of jobs that give nothing. */

import { ImageError } from "../errors.ts";
import { StorageAway } from "../storage/storage_away.ts";

/** The reason of a job that somebody stopped. */
export function cancelledOnPurpose(id: string): ImageError {
  return new ImageError("cancelled", `Job '${id}' was cancelled`, { job: id });
}

/** The error about a job that is not there, or that this owner may not see. */
export function unknownJob(id: string): ImageError {
  return new ImageError(
    "job_not_found",
    `There is no job '${id}'; list_jobs names the known ones`,
    { job: id },
  );
}

/** The error about a job of which something could not be kept. */
export function nothingDrawn(since: string): ImageError {
  return new StorageAway(`Nothing was drawn, since ${since}`);
}

/** Another server would draw a job once more that is not recorded, after a crash of this one. */
export const UNRECORDABLE = "jobs cannot be recorded now";
export const UNKEEPABLE = "pictures cannot be kept now";
