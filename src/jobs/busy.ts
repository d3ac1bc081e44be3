/** When a place will be free, as a server that is full tells it. */

import { ImageError } from "../errors.ts";
import type { Load } from "../storage/records/turn_records.ts";

/** About how many of the last runs the average remembers. */
const RECENT_RUNS = 5;

export class BusyEstimate {
  #averageSeconds: number;

  /** `averageSeconds` is how long a run is thought to take until some have been seen. */
  constructor(averageSeconds = 30) {
    this.#averageSeconds = averageSeconds;
  }

  learn(seconds: number): void {
    this.#averageSeconds += (seconds - this.#averageSeconds) / RECENT_RUNS;
  }

  /** The error for one who is turned away, where `maxWaiting` may wait. */
  error({ running, waiting }: Load, maxWaiting: number): ImageError {
    const seconds = Math.max(1, Math.ceil(this.#averageSeconds / Math.max(1, running)));
    return new ImageError(
      "busy",
      `This server is busy: ${running} generations run and ${maxWaiting} wait, which is as ` +
        `many as may. Please try again in ${seconds} s`,
      { retry_after_seconds: seconds, running, waiting },
    );
  }
}
