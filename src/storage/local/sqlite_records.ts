/** The records in the one SQLite file beside the pictures, shared by every server on that folder. */

import type { Logger } from "../../log.ts";
import type { Records } from "../records/records.ts";
import { openDatabase } from "./database.ts";
import { endUnfinished } from "./place_mark.ts";
import { SqliteAuthorizationRecords } from "./sqlite_authorization_records.ts";
import { SqliteBatchRecords } from "./sqlite_batch_records.ts";
import { SqliteImageRecords } from "./sqlite_image_records.ts";
import { SqliteInputRecords } from "./sqlite_input_records.ts";
import { SqliteJobRecords } from "./sqlite_job_records.ts";
import { SqliteModelRecords } from "./sqlite_model_records.ts";
import { SqliteTableRecords } from "./sqlite_table_records.ts";
import { SqliteUploadRecords } from "./sqlite_upload_records.ts";

/**
 * Opens the records of a folder, as `openDatabase` does. Of those that were begun in another folder
 * nothing goes on.
 * @throws {RecordsTooNew}
 */
export async function openSqliteRecords(
  folder: string,
  log: Logger,
  now: () => number,
  { areFromElsewhere = false } = {},
): Promise<Records> {
  const database = await openDatabase(folder, log);
  if (areFromElsewhere) await endUnfinished(database, log);
  return {
    images: new SqliteImageRecords(database, now),
    jobs: new SqliteJobRecords(database, now),
    batches: new SqliteBatchRecords(database, now),
    inputs: new SqliteInputRecords(database),
    uploads: new SqliteUploadRecords(database),
    models: new SqliteModelRecords(database),
    authorization: new SqliteAuthorizationRecords(database),
    tables: new SqliteTableRecords(database),
    isDurable: database.isDurable,
    close: () => Promise.resolve(database[Symbol.dispose]()),
  };
}
