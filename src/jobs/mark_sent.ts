/** The last step before a vendor is asked: where servers share their storage nothing is sent that cannot be kept. */

import type { ImageRepository } from "../storage/image_repository.ts";
import type { ProviderCall } from "../storage/records/records.ts";
import type { JobRun } from "./job.ts";
import { nothingDrawn, UNKEEPABLE, UNRECORDABLE } from "./job_errors.ts";

export interface MarkDependencies {
  readonly images: ImageRepository;
  /** Whether no vendor may be asked for what is not in the records. */
  readonly mustBeRecorded: boolean;
}

/**
 * Records a call as sent.
 * @throws {StorageAway} where that cannot be, or its pictures could not be kept.
 * @throws why the job was stopped.
 */
export async function markSent(
  run: JobRun,
  call: ProviderCall,
  { images, mustBeRecorded }: MarkDependencies,
): Promise<void> {
  if (mustBeRecorded && await images.storeTrouble(LOOKED) !== undefined) {
    throw nothingDrawn(UNKEEPABLE);
  }
  call.state = "sent";
  run.report(`Asking ${call.provider}`);
  const isRecorded = await run.persist();
  run.signal.throwIfAborted();
  if (isRecorded || !mustBeRecorded) return;
  call.state = "waiting";
  throw nothingDrawn(UNRECORDABLE);
}

/** In milliseconds: a store that could keep pictures so long ago still can. */
const LOOKED = 5_000;
