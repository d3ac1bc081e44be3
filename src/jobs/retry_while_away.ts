/** Work of a job that others know, done again while the records or the files cannot be reached. */

import { sleep } from "../sleep.ts";
import { StorageAway } from "../storage/storage_away.ts";
import type { JobRun } from "./job.ts";

/**
 * Does `work`, and again until the storage is back, where the job's id was told: it is to be kept.
 * @throws {StorageAway} at once for a job that nobody knows. @throws why the job was stopped.
 */
export async function retryWhileAway<T>(
  run: Pick<JobRun, "isKnown" | "signal" | "allCallersGone" | "report">,
  work: () => Promise<T>,
): Promise<T> {
  const stopped = AbortSignal.any([run.signal, run.allCallersGone]);
  while (true) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StorageAway) || !run.isKnown) throw error;
      run.report(`Waiting. ${error.reason}`);
      await sleep(PAUSE, stopped);
    }
  }
}

/** In milliseconds. */
const PAUSE = 2_000;
