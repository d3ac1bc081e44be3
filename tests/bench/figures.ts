/** Figures and how they are shown. */

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** One line of the report: what, how much, and what it should be. */
export function report(what: string, figure: string, goal?: string): void {
  console.log(`${what.padEnd(64)} ${figure.padStart(26)}${goal ? `   goal: ${goal}` : ""}`);
}

export function milliseconds(value: number): string {
  return `${value.toFixed(value < 1 ? 3 : value < 10 ? 1 : 0)} ms`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MB`;
}

export function ratio(value: number): string {
  return `${value.toFixed(2)} x`;
}

/** The memory a process holds now, in bytes. */
export async function residentMemory(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "rss=", "-p", String(pid)] })
    .output();
  return Number(new TextDecoder().decode(stdout).trim()) * 1024;
}
