/** How this program was started, and what a person types to start it again. */

import { basename, isAbsolute, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** How this process was started, as Deno tells it. */
export interface Process {
  /** Whether it is a standalone executable. */
  readonly standalone: boolean;
  /** The address of the main module. */
  readonly mainModule: string;
  /** The executable's absolute path: ours, or Deno's own and never a launcher's. */
  readonly execPath: string;
}

/** Such as "mcp-image-server", or "deno run -A main.ts" in the folder of a clone. */
export function programName(
  { standalone, mainModule, execPath }: Process,
  workingDirectory: string,
): string {
  if (standalone) return quoted(basename(execPath).replace(/\.exe$/i, ""));
  if (!mainModule.startsWith("file:")) return `deno run -A ${mainModule}`;
  const main = fileURLToPath(mainModule);
  const fromHere = relative(workingDirectory, main);
  const isBelow = !fromHere.startsWith("..") && !isAbsolute(fromHere);
  return `deno run -A ${quoted(isBelow ? fromHere : main)}`;
}

function quoted(word: string): string {
  return /\s/.test(word) ? `"${word}"` : word;
}
