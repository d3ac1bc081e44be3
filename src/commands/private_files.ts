/** What this server keeps is its user's alone, whatever the machine's habits are. */

import { join } from "node:path";
import type { App } from "../app.ts";
import { messageOf } from "../errors.ts";
import type { Problem } from "../config/variables.ts";
import { HIDDEN_FOLDER } from "../storage/local/local_storage.ts";

/**
 * Mends the modes of the records folder and what is in it, as servers of before made it; what is
 * made from now on is private by itself.
 * @returns a problem where the records folder, or a file in it, is a link: its target may be
 * anything of this user's.
 */
export async function keepPrivate(
  { saveDirectory, log }: Pick<App, "saveDirectory" | "log">,
): Promise<readonly Problem[]> {
  const folder = join(saveDirectory, HIDDEN_FOLDER);
  try {
    const links = await linksIn(folder);
    if (links.length > 0) return links.map(linkProblem);
    await mend(folder);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    log.warning("Cannot see to it that the records folder is private", {
      folder,
      reason: messageOf(error),
    });
  }
  return [];
}

const isUnix = Deno.build.os !== "windows"; // where the folder of a user is private anyway

async function linksIn(folder: string): Promise<readonly string[]> {
  const found = await Deno.lstat(folder).catch(ifMissing);
  if (found === undefined) return [];
  if (found.isSymlink) return [folder];
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.filter(({ isSymlink }) => isSymlink).map(({ name }) => join(folder, name));
}

function ifMissing(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

function linkProblem(path: string): Problem {
  const message = `The records in '${path}' are a link to somewhere else, which is neither read ` +
    "nor written: remove it, or set MCP_IMAGE_SAVE_DIR to another folder";
  return { variable: "MCP_IMAGE_SAVE_DIR", message };
}

async function mend(folder: string): Promise<void> {
  if (!isUnix) return;
  await withholdPath(folder, PRIVATE_FOLDER);
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile) await withholdPath(join(folder, name), PRIVATE_FILE);
  }
}

async function withholdPath(path: string, mode: number): Promise<void> {
  const found = await Deno.lstat(path).catch(() => undefined); // another server may have removed it
  if (found?.mode && (found.mode & OTHERS) !== 0) await Deno.chmod(path, mode);
}

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
const OTHERS = 0o077;
