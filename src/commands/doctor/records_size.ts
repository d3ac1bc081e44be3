/** How much the records beside the pictures take, since nobody looks into a hidden folder. */

import { join } from "node:path";
import { RECORDS } from "../../storage/local/database.ts";
import { HIDDEN_FOLDER, LARGE_RECORDS } from "../../storage/local/local_storage.ts";
import type { Finding } from "./finding.ts";

/** One line for the hidden folder of the save directory; none where there is no such folder. */
export async function checkRecordsSize(saveDirectory: string): Promise<readonly Finding[]> {
  const folder = join(saveDirectory, HIDDEN_FOLDER);
  const sizes = new Map<string, number>();
  for await (const { name, isDirectory } of entriesOf(folder)) {
    const part = isDirectory ? name : RECORDS; // SQLite's other files, locks and unfinished ones
    const path = join(folder, name);
    const bytes = isDirectory ? await sizeOfFolder(path) : await sizeOfFile(path);
    sizes.set(part, (sizes.get(part) ?? 0) + bytes);
  }
  if (sizes.size === 0) return [];
  const parts = [...sizes].toSorted(([one], [other]) => one < other ? -1 : 1)
    .map(([name, bytes]) => `${name} ${megabytes(bytes)}`);
  const total = sizes.values().reduce((sum, bytes) => sum + bytes, 0);
  const isLarge = (sizes.get(RECORDS) ?? 0) > LARGE_RECORDS;
  const advice = isLarge
    ? ": more than prompts need; while no server runs, move the folder aside to begin anew"
    : "";
  const message = `${megabytes(total)} in ${folder} (${parts.join(", ")})${advice}`;
  return [{ check: "records", state: isLarge ? "warning" : "ok", message }];
}

/** What cannot be read is another check's to tell. */
async function* entriesOf(folder: string): AsyncIterable<Deno.DirEntry> {
  try {
    yield* Deno.readDir(folder);
  } catch {
    return;
  }
}

async function sizeOfFolder(folder: string): Promise<number> {
  let bytes = 0;
  for await (const { name, isFile } of entriesOf(folder)) {
    if (isFile) bytes += await sizeOfFile(join(folder, name));
  }
  return bytes;
}

async function sizeOfFile(path: string): Promise<number> {
  return await Deno.lstat(path).then(({ size }) => size, () => 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
