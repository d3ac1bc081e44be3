/** Where records and pictures are kept, as the settings say. */

import type { Settings } from "../config/settings.ts";
import type { Logger } from "../log.ts";
import { openLocalStorage } from "../storage/local/local_storage.ts";
import { openPostgresRecords } from "../storage/postgres/postgres_records.ts";
import type { Storage } from "../storage/storage.ts";
import { imageStoresOf } from "./image_stores.ts";

/**
 * Nothing is opened or connected yet. `isStartedByClient` where a client chose the working directory,
 * in which pictures lie when nobody says where.
 */
export function openStorage(
  settings: Settings,
  saveDirectory: string,
  log: Logger,
  { isStartedByClient = false } = {},
): Storage & { readonly directory: string } {
  const { MCP_DATABASE_URL: database, MCP_DATABASE_LISTEN_URL: listenUrl } = settings;
  const { MCP_IMAGE_SAVE_DIR: chosen, MCP_TRANSPORT: transport } = settings;
  return openLocalStorage({
    saveDirectory,
    isForeign: isStartedByClient && transport === "stdio" && chosen === undefined,
    isShared: settings.MCP_SHARE_PICTURES,
    files: imageStoresOf(settings),
    shared: database ? openPostgresRecords(database, log, { listenUrl }) : undefined,
    log,
  });
}
