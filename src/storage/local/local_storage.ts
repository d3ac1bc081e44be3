/** Pictures in a folder of this machine, and all else in a hidden folder inside it. */

import { join, resolve } from "node:path";
import type { Logger } from "../../log.ts";
import { ProcessAnnouncements } from "../announcements.ts";
import type { Records } from "../records/records.ts";
import type { SharedRecords, Storage } from "../storage.ts";
import { RECORDS } from "./database.ts";
import { DiskImageStore } from "./disk_image_store.ts";
import { FileLease } from "./file_lease.ts";
import { isMarked, markPlace } from "./place_mark.ts";
import { openSqliteRecords } from "./sqlite_records.ts";

/** The folder inside the save directory that holds records, locks, inputs and unfinished files. */
export const HIDDEN_FOLDER = ".mcp-image-server";

/** In bytes: a records file that has grown beyond this deserves a word. */
export const LARGE_RECORDS = 1_000_000_000;

export interface LocalStorageOptions {
  readonly saveDirectory: string;
  /** Whether other users of the machine may see the pictures; all else stays private. */
  readonly isShared?: boolean;
  /** Whether a client chose the folder, and anybody may have put records there. */
  readonly isForeign?: boolean;
  /** Where files are kept in place of the save directory. */
  readonly files?: Pick<Storage, "images" | "inputs">;
  /** Where records are kept in place of the save directory. */
  readonly shared?: SharedRecords;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Nothing is opened or made before it is needed. `directory` is the save directory, absolute. */
export function openLocalStorage(
  options: LocalStorageOptions,
): Storage & { readonly directory: string } {
  const { saveDirectory, isShared = false, isForeign = false, files, shared, log } = options;
  const { now = Date.now } = options;
  const folder = resolve(saveDirectory);
  const hiddenFolder = join(folder, HIDDEN_FOLDER);
  let records: Promise<Records> | undefined;
  const open = async () => {
    await Deno.mkdir(hiddenFolder, { recursive: true, mode: 0o700 }).catch(() => {});
    const file = join(hiddenFolder, RECORDS);
    await makePrivate(file).catch(() => {}); // opening tells what is wrong
    const { size } = await Deno.stat(file).catch(() => ({ size: 0 }));
    if (size > LARGE_RECORDS) log.warning("The records file has grown large", { file, size });
    const isKnown = await isMarked(hiddenFolder);
    const areFromElsewhere = isForeign && size > 0 && !isKnown;
    const records = await openSqliteRecords(hiddenFolder, log, now, { areFromElsewhere });
    if (!isKnown) await markPlace(hiddenFolder, log);
    return records;
  };
  return {
    directory: folder,
    images: files?.images ?? new DiskImageStore(folder, hiddenFolder, { isShared }),
    inputs: files?.inputs ?? new DiskImageStore(join(hiddenFolder, "inputs"), hiddenFolder),
    previewDirectory: join(hiddenFolder, "previews"),
    isShared: shared !== undefined,
    announcements: shared?.announcements ?? new ProcessAnnouncements(),
    lease: shared?.lease ?? new FileLease(hiddenFolder),
    records: () =>
      records ??= (shared ? shared.records() : open()).catch((error) => {
        records = undefined; // the next use tries again
        throw error;
      }),
    async hasRecords() {
      return shared !== undefined || records !== undefined ||
        await Deno.stat(hiddenFolder).catch(() => null) !== null;
    },
    async close() {
      const opened = records;
      records = undefined;
      await shared?.announcements.close();
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}

/** SQLite would make the file as the system makes files, and its others like it. */
async function makePrivate(path: string): Promise<void> {
  (await Deno.open(path, { create: true, write: true, mode: 0o600 })).close();
}
