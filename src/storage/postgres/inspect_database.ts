/** What is told of a database to somebody who looks after it. */

import { messageOf } from "../../errors.ts";
import { listen } from "./connections.ts";
import { openDatabase } from "./database.ts";
import { IS_SEEN } from "./database_lease.ts";

export interface DatabaseFacts {
  /** As PostgreSQL calls itself, such as "17.6". */
  readonly version: string;
  readonly pictures: number;
  /** That show themselves there now. */
  readonly servers: number;
}

/**
 * Opens the database as a server does, its tables included, listens at `listenUrl` where it is given,
 * and closes both. @throws as `openDatabase`.
 */
export async function inspectDatabase(url: string, listenUrl?: string): Promise<DatabaseFacts> {
  const database = await openDatabase(url, { listensElsewhere: listenUrl !== undefined });
  try {
    if (listenUrl !== undefined) await checkListening(listenUrl);
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

async function checkListening(url: string): Promise<void> {
  try {
    await (await listen(url, "mcp_image_server", () => {})).close();
  } catch (cause) {
    throw new Error(`Nothing is heard at MCP_DATABASE_LISTEN_URL: ${messageOf(cause)}`, { cause });
  }
}
