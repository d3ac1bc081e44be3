/** The kinds of records of one database. */

import type { Records } from "../records/records.ts";
import type { Database } from "./database.ts";
import { PostgresAuthorizationRecords } from "./postgres_authorization_records.ts";
import { PostgresBatchRecords } from "./postgres_batch_records.ts";
import { PostgresCommonRecords } from "./postgres_common_records.ts";
import { PostgresImageRecords } from "./postgres_image_records.ts";
import { PostgresInputRecords } from "./postgres_input_records.ts";
import { PostgresJobRecords } from "./postgres_job_records.ts";
import { PostgresModelRecords } from "./postgres_model_records.ts";
import { PostgresTableRecords } from "./postgres_table_records.ts";
import { PostgresTurnRecords } from "./postgres_turn_records.ts";
import { PostgresUploadRecords } from "./postgres_upload_records.ts";

/** `now` is in milliseconds since 1970. Closing them closes the database. */
export function recordsIn(database: Database, now: () => number): Records {
  return {
    images: new PostgresImageRecords(database, now),
    jobs: new PostgresJobRecords(database, now),
    batches: new PostgresBatchRecords(database, now),
    inputs: new PostgresInputRecords(database),
    uploads: new PostgresUploadRecords(database),
    models: new PostgresModelRecords(database),
    authorization: new PostgresAuthorizationRecords(database),
    common: new PostgresCommonRecords(database),
    tables: new PostgresTableRecords(database),
    turns: new PostgresTurnRecords(database),
    isDurable: true,
    close: () => database.close(),
  };
}
