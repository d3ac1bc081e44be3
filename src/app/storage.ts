/** Where records and pictures are kept, as the settings say. */

import type { Settings } from "../config/settings.ts";
import type { Logger } from "../log.ts";
import { openLocalStorage } from "../storage/local/local_storage.ts";
import { openPostgresRecords } from "../storage/postgres/postgres_records.ts";
import type { Storage } from "../storage/storage.ts";
import { imageStoresOf } from "./image_stores.ts";

/** Nothing is opened or connected yet. */
export function openStorage(
  settings: Settings,
  saveDirectory: string,
  log: Logger,
): Storage & { readonly directory: string } {
  const { MCP_DATABASE_URL: database } = settings;
  return openLocalStorage({
    saveDirectory,
    isShared: settings.MCP_SHARE_PICTURES,
    files: imageStoresOf(settings),
    shared: database ? openPostgresRecords(database, log) : undefined,
    log,
  });
}
