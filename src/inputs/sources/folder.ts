/** Folders of this machine, whose picture files are listed. */

import { join } from "node:path";
import { ImageError, shown } from "../../errors.ts";
import type { InputAccess } from "../picture_source.ts";
import { pathOf, realPathWithin } from "./file.ts";

/** Files that are looked at in one folder and those below it. */
const MOST_FILES = 20_000;
const DEEPEST = 8;

/**
 * The picture files in a folder and those below it, by their names, in order; of a file that file.
 * Links and what begins with a dot are passed over.
 * @throws {ImageError} `not_allowed` where the folder may not be read; `invalid_parameters` where
 * there is none, or there are too many files.
 */
export async function pictureFilesIn(
  text: string,
  access: InputAccess,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const path = await readablePath(text, access);
  const found = await Deno.stat(path).catch(() => undefined);
  if (!found) throw new ImageError("invalid_parameters", `There is no folder at ${shown(text)}`);
  if (found.isFile) return [path];
  const files: string[] = [];
  await walk(path, 0);
  return files.toSorted();

  async function walk(folder: string, depth: number): Promise<void> {
    for await (const { name, isFile, isDirectory } of Deno.readDir(folder)) {
      signal.throwIfAborted();
      if (name.startsWith(".")) continue;
      if (isFile && PICTURE.test(name)) files.push(join(folder, name));
      if (files.length > MOST_FILES) throw tooMany(text);
      if (isDirectory && depth < DEEPEST) await walk(join(folder, name), depth + 1);
    }
  }
}

async function readablePath(text: string, access: InputAccess): Promise<string> {
  const path = pathOf(text, access);
  if (access.mayReadAnyFile) return path;
  const inside = await realPathWithin(path, access.folders);
  if (inside !== undefined) return inside;
  if (await isAmong(path, access.folders)) return path;
  throw new ImageError(
    "not_allowed",
    `Over HTTP only folders that the server's owner names in MCP_INPUT_DIRS are read, and ` +
      `${shown(text)} is in none of them`,
  );
}

/** Whether the path is itself one of the folders. */
async function isAmong(path: string, folders: readonly string[]): Promise<boolean> {
  const real = await Deno.realPath(path).catch(() => undefined);
  const known = await Promise.all(folders.map((each) => Deno.realPath(each).catch(() => null)));
  return real !== undefined && known.includes(real);
}

function tooMany(text: string): ImageError {
  return new ImageError(
    "invalid_parameters",
    `${shown(text)} holds more than ${MOST_FILES} pictures: import its folders one by one`,
  );
}

const PICTURE = /\.(png|jpe?g|webp|gif|bmp|avif)$/i;
