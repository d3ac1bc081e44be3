/** Replaces a person's file so that nothing can be lost. */

import { dirname, join } from "node:path";

export interface Written {
  /** The copy of what stood there before; absent where there was no file. */
  readonly backup?: string;
}

/**
 * Writes `text` to `path` in one step, and keeps what stood there as
 * `path.backup-<time>` beside it. A new file is for its owner's eyes only,
 * since it may hold keys; an existing one keeps its mode.
 */
export async function writeWithBackup(
  path: string,
  text: string,
  now: Date = new Date(),
): Promise<Written> {
  const target = await behindLinks(path);
  await Deno.mkdir(dirname(target), { recursive: true });
  const before = await Deno.stat(target).catch(ifAbsent);
  const backup = before && `${path}.backup-${timestamp(now)}`;
  if (backup) await Deno.copyFile(target, backup);

  const unfinished = join(dirname(target), `.mcp-image-server-${crypto.randomUUID()}`);
  try {
    await Deno.writeTextFile(unfinished, text, { createNew: true, mode: 0o600 });
    if (before?.mode && Deno.build.os !== "windows") {
      await Deno.chmod(unfinished, before.mode & 0o777);
    }
    await Deno.rename(unfinished, target);
  } catch (error) {
    await Deno.remove(unfinished).catch(ifAbsent);
    throw error;
  }
  return { backup };
}

/** The text of a file, or undefined where there is none. @throws where it is not UTF-8. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  const bytes = await Deno.readFile(path).catch(ifAbsent);
  try {
    return bytes && new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Deno.errors.InvalidData("The file is not UTF-8 text");
  }
}

/** Configuration files are often links into a folder under version control; the link stays. */
async function behindLinks(path: string): Promise<string> {
  return await Deno.realPath(path).catch(ifAbsent) ?? path;
}

/** 20261122T143210123Z: sorts by time and is a legal file name everywhere. */
function timestamp(now: Date): string {
  return now.toISOString().replace(/[-:.]/g, "");
}

function ifAbsent(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
