/** Workers for pictures that the tests of a file share, since starting one takes longer than most tests. */

import { closeImageWorkers, restImageWorkers } from "../../src/images/workers.ts";

/** Ends them after the last test; call it before the first. */
export function shareImageWorkers(): void {
  restImageWorkers(Infinity);
  Deno.test.afterAll(closeImageWorkers);
}
