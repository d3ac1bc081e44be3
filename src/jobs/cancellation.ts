import type { JobView } from "./job.ts";

/** What a deliberate stop meant for a job. */
export interface Cancellation {
  readonly before: JobView;
  readonly after: JobView;
  /** The providers that may ask money for it, by what was sent when the stop came. */
  readonly mayCharge: readonly string[];
}
