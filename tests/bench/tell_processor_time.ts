/** Preloaded into a process: tells the processor time it has used so far, whenever it is asked by a signal. */

import process from "node:process";

Deno.addSignalListener("SIGUSR2", () => {
  const { user, system } = process.cpuUsage();
  console.error(`processor time: ${user + system} microseconds`);
});
