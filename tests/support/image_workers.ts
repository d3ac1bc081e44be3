/** Workers for pictures that the tests of a file share, since starting one takes longer than most tests. */

import { holdImageWorkers, restImageWorkers } from "../../src/images/workers.ts";

/** Ends them after the last test; call it before the first. */
export function shareImageWorkers(): void {
  restImageWorkers(Infinity);
  const held = holdImageWorkers();
  Deno.test.afterAll(() => held[Symbol.dispose]());
}
