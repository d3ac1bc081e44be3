/** Whether the database of MCP_DATABASE_URL can be reached, and what lies elsewhere that it should hold. */

import { join } from "node:path";
import type { App } from "../../app.ts";
import { messageOf } from "../../errors.ts";
import { hideCredentials } from "../../secrets.ts";
import { RECORDS } from "../../storage/local/database.ts";
import { HIDDEN_FOLDER } from "../../storage/local/local_storage.ts";
import { inspectDatabase } from "../../storage/postgres/inspect_database.ts";
import type { Finding } from "./finding.ts";

export async function checkDatabase(
  { configuration: { settings }, saveDirectory }: Pick<App, "configuration" | "saveDirectory">,
): Promise<readonly Finding[]> {
  const { MCP_DATABASE_URL: url, MCP_DATABASE_LISTEN_URL: listenUrl, MCP_IMAGE_STORE } = settings;
  if (!url) return [];
  return [
    await reached(url, listenUrl),
    ...MCP_IMAGE_STORE ? [] : [PICTURES_ELSEWHERE],
    ...await recordsOfBefore(saveDirectory),
  ];
}

async function reached(url: string, listenUrl: string | undefined): Promise<Finding> {
  const check = "database";
  const { host, pathname } = new URL(url);
  try {
    const { version, pictures, servers } = await inspectDatabase(url, listenUrl);
    const message = `${host}${pathname} keeps the records (PostgreSQL ${version}, pictures: ` +
      `${pictures}, servers that run: ${servers})`;
    return { check, state: "ok", message };
  } catch (error) {
    const message = `${host}${pathname}: ${hideCredentials(messageOf(error))}`;
    return { check, state: "broken", message };
  }
}

const PICTURES_ELSEWHERE: Finding = {
  check: "database",
  state: "note",
  message: "Pictures lie in the save folder, where servers on other machines do not find them: " +
    "share the folder, or set MCP_IMAGE_STORE",
};

/** A folder has records of its own only from the time before there was a database. */
async function recordsOfBefore(saveDirectory: string): Promise<readonly Finding[]> {
  const file = join(saveDirectory, HIDDEN_FOLDER, RECORDS);
  if (!await Deno.stat(file).then(({ isFile }) => isFile, () => false)) return [];
  const message =
    `${saveDirectory} has records of its own, which are not seen any more: 'migrate ` +
    `--from ${saveDirectory}' copies what is missing`;
  return [{ check: "database", state: "note", message }];
}
