/** Which job a request started, for a client that sends it again after its stream broke. */

import type { Caller } from "./caller.ts";
import type { Job } from "./job.ts";

export class RequestMemory {
  /** The oldest come first. */
  readonly #jobs = new Map<string, { readonly jobId: string; readonly at: number }>();

  /** The id of the job that this very request started; remembered for ten minutes at least. */
  jobOf({ requestKey }: Caller, fingerprint: string): string | undefined {
    return requestKey === undefined
      ? undefined
      : this.#jobs.get(keyOf(requestKey, fingerprint))?.jobId;
  }

  remember({ requestKey }: Caller, { record, fingerprint }: Job): void {
    if (requestKey === undefined) return;
    const at = performance.now();
    for (const [key, job] of this.#jobs) {
      if (at - job.at <= KEEP_REQUESTS) break;
      this.#jobs.delete(key);
    }
    const key = keyOf(requestKey, fingerprint);
    this.#jobs.delete(key);
    this.#jobs.set(key, { jobId: record.id, at });
  }
}

function keyOf(requestKey: string, fingerprint: string): string {
  return `${requestKey} ${fingerprint}`;
}

/** In milliseconds. */
const KEEP_REQUESTS = 600_000;
