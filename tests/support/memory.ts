/** What a process needs. */

/** The most memory a process has held so far, in MiB; 0 where the system does not tell. */
export async function peakMemory(pid: number): Promise<number> {
  if (Deno.build.os !== "linux") return 0;
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024;
}
