/** Speed that can be asserted on a machine that does much else: time on the processor, not on the wall. */

import process from "node:process";

/** The processor time of this thread so far, in milliseconds; in steps of some milliseconds. */
export function processorNow(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** What `work` takes of it, in milliseconds. */
export function processorTimeOf(work: () => void): number {
  const began = processorNow();
  work();
  return processorNow() - began;
}
