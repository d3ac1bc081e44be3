/** The records in a PostgreSQL database, shared by every server that is given its address. */

import type { Logger } from "../../log.ts";
import type { SharedRecords } from "../storage.ts";
import type { Records } from "../records/records.ts";
import type { Database } from "./database.ts";
import { DatabaseLease } from "./database_lease.ts";
import { ConnectionRetry } from "./connection_retry.ts";
import { PostgresAnnouncements } from "./postgres_announcements.ts";

export interface PostgresRecordsOptions {
  /** Where what other servers tell is heard; unset: at the database's address. */
  readonly listenUrl?: string | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly retry?: ConnectionRetry;
}

/** Nothing is loaded or connected before it is needed. */
export function openPostgresRecords(
  url: string,
  log: Logger,
  { listenUrl, now = Date.now, retry = new ConnectionRetry() }: PostgresRecordsOptions = {},
): SharedRecords {
  const options = { retry, listensElsewhere: listenUrl !== undefined };
  let opened: Promise<Database> | undefined;
  const database = () =>
    opened ??= import("./database.ts").then(({ openDatabase }) => openDatabase(url, options))
      .catch(
        (error) => {
          opened = undefined; // the next use tries again
          throw error;
        },
      );
  return {
    lease: new DatabaseLease(database, log),
    announcements: new PostgresAnnouncements({
      query: async (...statement) => await (await database()).query(...statement),
      listen: async (...channel) =>
        await (await import("./connections.ts")).listen(listenUrl ?? url, ...channel),
    }, log),
    async records(): Promise<Records> {
      const [{ recordsIn }, connected] = await Promise.all([
        import("./records_in.ts"),
        database(),
      ]);
      return recordsIn(connected, now);
    },
  };
}
