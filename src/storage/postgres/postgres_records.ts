/** The records in a PostgreSQL database, shared by every server that is given its address. */

import type { Logger } from "../../log.ts";
import type { SharedRecords } from "../storage.ts";
import type { Records } from "../records/records.ts";
import type { Database } from "./database.ts";
import { DatabaseLease } from "./database_lease.ts";
import { Patience } from "./patience.ts";
import { PostgresAnnouncements } from "./postgres_announcements.ts";

/** Nothing is loaded or connected before it is needed. `now` is in milliseconds since 1970. */
export function openPostgresRecords(
  url: string,
  log: Logger,
  now: () => number = Date.now,
  patience = new Patience(),
): SharedRecords {
  let opened: Promise<Database> | undefined;
  const database = () =>
    opened ??= import("./database.ts").then(({ openDatabase }) => openDatabase(url, patience))
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
        await (await import("./connections.ts")).listen(url, ...channel),
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
