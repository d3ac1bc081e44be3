/** Where a migration comes from and where it goes, as the flags of a command line say, or the settings. */

import { join, resolve } from "node:path";
import { openStorage } from "../../app/storage.ts";
import { expandHome, saveDirectoryOf } from "../../config/save_directory.ts";
import { serverVariables, type Settings } from "../../config/settings.ts";
import type { Logger } from "../../log.ts";
import { RECORDS } from "../../storage/local/database.ts";
import { HIDDEN_FOLDER } from "../../storage/local/local_storage.ts";
import type { Storage } from "../../storage/storage.ts";
import type { CommandContext } from "../context.ts";

export type Side = "from" | "to";

export interface Place {
  readonly settings: Settings;
  /** Where records are kept, and pictures where no store is set, as an absolute path. */
  readonly saveDirectory: string;
  /** Without a password. */
  readonly words: string;
}

/** The place that the flags of a side name; that of the settings where there are none. */
export function placeOf(
  side: Side,
  settings: Settings,
  { flags, runtime }: Pick<CommandContext, "flags" | "runtime">,
): Place | { readonly mistake: string } {
  const [records, images] = [flags[side], flags[`${side}-images`]];
  const folderAt = (path: string) => resolve(runtime.workingDirectory, expandHome(path, runtime));
  if (records === undefined) {
    if (images === undefined) {
      return placeIn(settings, folderAt(saveDirectoryOf(settings, runtime)));
    }
    return {
      mistake:
        `--${side}-images says where pictures lie: say with --${side} where their records are`,
    };
  }
  const database = /^postgres(ql)?:/.test(records)
    ? serverVariables.MCP_DATABASE_URL.parse(records)
    : undefined;
  if (database === undefined && records.includes("://")) {
    return {
      mistake: `--${side} must be a save folder, or ${serverVariables.MCP_DATABASE_URL.legal}; ` +
        `a bucket is named with --${side}-images`,
    };
  }
  if (database !== undefined && images === undefined) {
    return {
      mistake:
        `--${side} is a database, which holds no pictures: say with --${side}-images where ` +
        "they lie, a save folder or s3://bucket/prefix",
    };
  }
  const bucket = images?.includes("://")
    ? serverVariables.MCP_IMAGE_STORE.parse(images)
    : undefined;
  if (bucket === undefined && images?.includes("://")) {
    return {
      mistake:
        `--${side}-images must be a save folder, or ${serverVariables.MCP_IMAGE_STORE.legal}`,
    };
  }
  const folder = database === undefined ? folderAt(records) : undefined;
  const picturesIn = images === undefined || bucket ? undefined : folderAt(images);
  if (folder !== undefined && picturesIn !== undefined && picturesIn !== folder) {
    return {
      mistake: `Pictures whose records are in a folder lie in that folder or in a bucket: leave ` +
        `--${side}-images out, or name s3://bucket/prefix`,
    };
  }
  return placeIn(
    { ...settings, MCP_DATABASE_URL: database, MCP_IMAGE_STORE: bucket },
    folder ?? picturesIn ?? folderAt(saveDirectoryOf(settings, runtime)),
  );
}

function placeIn(settings: Settings, saveDirectory: string): Place {
  const { MCP_DATABASE_URL: database, MCP_IMAGE_STORE: bucket } = settings;
  const records = database === undefined ? saveDirectory : databaseWords(database);
  const pictures = bucket
    ? `s3://${bucket.bucket}/${bucket.prefix}`.replace(/\/$/, "")
    : saveDirectory;
  const words = records === pictures ? records : `${records} with the pictures in ${pictures}`;
  return { settings, saveDirectory, words };
}

function databaseWords(address: string): string {
  const { host, pathname } = new URL(address);
  return `the database ${host}${pathname}`;
}

/** Nothing is opened yet. */
export function openPlace({ settings, saveDirectory }: Place, log: Logger): Storage {
  return openStorage(settings, saveDirectory, log);
}

/** Whether there are records in a place, without making any. */
export async function hasRecords({ settings, saveDirectory }: Place): Promise<boolean> {
  if (settings.MCP_DATABASE_URL !== undefined) return true;
  const file = join(saveDirectory, HIDDEN_FOLDER, RECORDS);
  return await Deno.stat(file).then(({ isFile }) => isFile, () => false);
}
