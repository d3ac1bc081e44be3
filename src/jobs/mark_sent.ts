/** The last step before a vendor is asked: where servers share their storage nothing is sent that cannot be kept. */

import { sleep } from "../providers/retries.ts";
import type { ImageRepository } from "../storage/image_repository.ts";
import type { ProviderCall } from "../storage/records.ts";
import type { JobRun } from "./job.ts";
import { nothingDrawn, UNKEEPABLE, UNRECORDABLE } from "./job_errors.ts";

export interface MarkDependencies {
  readonly images: ImageRepository;
  /** Whether no vendor may be asked for what is not in the records. */
  readonly mustBeRecorded: boolean;
}

/**
 * Records a call as sent. While that cannot be, a job that other servers know waits.
 * @throws {ImageError} `busy` for one that nobody knows yet. @throws why the job was stopped.
 */
export async function markSent(
  run: JobRun,
  call: ProviderCall,
  { images, mustBeRecorded }: MarkDependencies,
): Promise<void> {
  const until = AbortSignal.any([run.signal, run.allCallersGone]);
  while (true) {
    const cannotKeep = mustBeRecorded && await images.storeTrouble(LOOKED) !== undefined;
    if (!cannotKeep) {
      call.state = "sent";
      run.report(`Asking ${call.provider}`);
      const isRecorded = await run.persist();
      run.signal.throwIfAborted();
      if (isRecorded || !mustBeRecorded) return;
      call.state = "waiting";
    }
    const reason = cannotKeep ? UNKEEPABLE : UNRECORDABLE;
    if (!run.isKnown) throw nothingDrawn(reason);
    run.report(`Waiting, since ${reason}`);
    await sleep(PAUSE, until);
  }
}

/** In milliseconds. */
const PAUSE = 2_000;
/** A store that could keep pictures so many milliseconds ago still can. */
const LOOKED = 5_000;
