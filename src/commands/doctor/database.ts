/** Whether the database of MCP_DATABASE_URL can be reached, and has the tables of this server. */

import { messageOf } from "../../errors.ts";
import { silentLogger } from "../../log.ts";
import type { Settings } from "../../config/settings.ts";
import { openPostgresRecords } from "../../storage/postgres/postgres_records.ts";
import type { Finding } from "./finding.ts";

export async function checkDatabase(
  { MCP_DATABASE_URL: url }: Settings,
): Promise<readonly Finding[]> {
  if (!url) return [];
  const check = "database";
  const { host, pathname } = new URL(url);
  try {
    const records = await openPostgresRecords(url, silentLogger).records();
    await records.close();
    return [{ check, state: "ok", message: `${host}${pathname} keeps the records` }];
  } catch (error) {
    return [{ check, state: "broken", message: `${host}${pathname}: ${messageOf(error)}` }];
  }
}
