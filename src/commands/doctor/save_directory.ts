/** Whether pictures can be kept where they are to be kept, told without changing anything there. */

import { statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf } from "../../errors.ts";
import { HIDDEN_FOLDER } from "../../storage/local/local_storage.ts";
import type { Finding } from "./finding.ts";

/** In bytes: less would not hold a day's pictures. */
const LITTLE_SPACE = 200_000_000;

export async function checkSaveDirectory(saveDirectory: string): Promise<readonly Finding[]> {
  const check = "save directory";
  try {
    const standing = await nearestFolder(saveDirectory);
    await probe(standing);
    if (standing === saveDirectory) await probeRecords(join(saveDirectory, HIDDEN_FOLDER));
    const isMissing = standing !== saveDirectory;
    const message = saveDirectory + (isMissing ? " does not exist yet, can be created" : "");
    return [{ check, state: "ok", message }, await freeSpace(standing)];
  } catch (error) {
    const permission = permissionFor(saveDirectory);
    if (!permission && error instanceof Deno.errors.NotCapable) {
      const message = `${saveDirectory} does not exist yet; whether it can be created is not ` +
        "told, since this process may not look at the folder around it";
      return [{ check, state: "note", message }, await freeSpace(saveDirectory)];
    }
    const reason = permission ? `start it with ${permission}` : messageOf(error);
    const message = `The save directory '${saveDirectory}' is not writable: ${reason}`;
    return [{ check, state: "broken", message }];
  }
}

/** The folder itself, or the nearest one around it that exists. @throws where a file is in the way. */
async function nearestFolder(path: string): Promise<string> {
  try {
    const { isDirectory } = await Deno.stat(path);
    if (isDirectory) return path;
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    if (!isMissing || dirname(path) === path) throw error;
    return await nearestFolder(dirname(path));
  }
  throw new Error(`'${path}' is not a folder`);
}

/** Tried rather than guessed. */
async function probe(folder: string): Promise<void> {
  await Deno.remove(await Deno.makeTempFile({ dir: folder, prefix: ".mcp-image-server-" }));
}

/** Records that another user made may be unwritable in a folder that is not. */
async function probeRecords(hiddenFolder: string): Promise<void> {
  if (await nearestFolder(hiddenFolder) !== hiddenFolder) return;
  await probe(hiddenFolder);
  for await (const { name, isFile } of Deno.readDir(hiddenFolder)) {
    const path = join(hiddenFolder, name);
    if (isFile && name.endsWith(".sqlite")) (await Deno.open(path, { write: true })).close();
  }
}

/** The flags that this process lacks for that folder, or undefined. */
function permissionFor(path: string): string | undefined {
  const missing = (["read", "write"] as const)
    .filter((name) => Deno.permissions.querySync({ name, path }).state !== "granted")
    .map((name) => `--allow-${name}=${path}`);
  return missing.length > 0 ? missing.join(" ") : undefined;
}

async function freeSpace(folder: string): Promise<Finding> {
  const check = "disk";
  try {
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const amount = `${(free / 1e9).toFixed(1)} GB free`;
    const isLittle = free < LITTLE_SPACE;
    const message = isLittle ? `${amount}: make room, or set MCP_IMAGE_SAVE_DIR` : amount;
    return { check, state: isLittle ? "broken" : "ok", message };
  } catch (error) {
    return {
      check,
      state: "skipped",
      message: `how much is free is not told: ${messageOf(error)}`,
    };
  }
}
