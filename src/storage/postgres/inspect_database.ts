/** What is told of a database to somebody who looks after it. */

import { openDatabase } from "./database.ts";
import { IS_SEEN } from "./database_lease.ts";

export interface DatabaseFacts {
  /** As PostgreSQL calls itself, such as "17.6". */
  readonly version: string;
  readonly pictures: number;
  /** That show themselves there now. */
  readonly servers: number;
}

/** Opens the database as a server does, its tables included, and closes it. @throws as `openDatabase`. */
export async function inspectDatabase(url: string): Promise<DatabaseFacts> {
  const database = await openDatabase(url);
  try {
    const [row] = await database.query(`SELECT current_setting('server_version') AS version,
      (SELECT count(*) FROM image_server.images) AS pictures,
      (SELECT count(*) FROM image_server.servers WHERE ${IS_SEEN}) AS servers`);
    const { version, pictures, servers } = row!;
    return {
      version: String(version).split(" ")[0]!,
      pictures: Number(pictures),
      servers: Number(servers),
    };
  } finally {
    await database.close();
  }
}
