/** How this program was started, and what a person types to start it again. */

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
  if (standalone) return quoted(execPath.split(/[\\/]/).at(-1)!.replace(/\.exe$/i, ""));
  if (!mainModule.startsWith("file:")) return `deno run -A ${mainModule}`;
  const main = pathOf(mainModule);
  const folder = workingDirectory.replace(/[\\/]+$/, "");
  const isBelow = main.startsWith(folder) && /[\\/]/.test(main.charAt(folder.length));
  return `deno run -A ${quoted(isBelow ? main.slice(folder.length + 1) : main)}`;
}

/** By hand, since `node:url` would load Node's half of Deno before the first answer. */
function pathOf(address: string): string {
  const path = decodeURIComponent(new URL(address).pathname);
  const isWindows = /^\/[a-z]:\//i.test(path);
  return isWindows ? path.slice(1).replaceAll("/", "\\") : path;
}

function quoted(word: string): string {
  return /\s/.test(word) ? `"${word}"` : word;
}
