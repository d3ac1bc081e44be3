/**
 * A mark in the records folder that is right in this folder alone. Records without it were copied, or
 * came with somebody's project: what they say is still to be drawn was not asked for here.
 */

import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import type { Database } from "./database.ts";

const MARK = "place";

/** Whether records lie where a server of this machine began them, or opened them for a person. */
export async function isMarked(folder: string): Promise<boolean> {
  const mark = await Deno.readTextFile(join(folder, MARK)).catch(() => undefined);
  return mark === await markOf(folder).catch(() => undefined);
}

export async function markPlace(folder: string, log: Logger): Promise<void> {
  try {
    await Deno.writeTextFile(join(folder, MARK), await markOf(folder), { mode: 0o600 });
  } catch (error) {
    log.debug("Cannot mark the records folder", { folder, reason: messageOf(error) });
  }
}

/** No program that copies or unpacks a folder chooses when, and as which file, it was made. */
async function markOf(folder: string): Promise<string> {
  const { ino, birthtime } = await Deno.stat(folder);
  return `${ino ?? ""} ${birthtime?.getTime() ?? ""}`;
}

/**
 * Ends what is unfinished in records that came from elsewhere, so that nothing is drawn and paid that
 * nobody asked for here; the pictures stay. Says so in the log.
 */
export async function endUnfinished(database: Database, log: Logger): Promise<void> {
  const ended = await database.transact((write) =>
    write(END_JOBS, FROM_ELSEWHERE, JSON.stringify(OUTCOME)).changes + write(END_BATCHES).changes
  );
  if (ended > 0) log.warning(FROM_ELSEWHERE, { ended });
}

const FROM_ELSEWHERE =
  "The records of this folder were begun in another one, so what was unfinished there is not drawn " +
  "here: ask for it again where it is still wanted";

const OUTCOME = {
  imageIds: [],
  warnings: [],
  error: { code: "interrupted", message: FROM_ELSEWHERE, details: {} },
};

const END_JOBS = `UPDATE jobs SET state = 'interrupted', message = ?, outcome = ?
  WHERE state IN ('queued', 'running', 'accepted')`;

const END_BATCHES = "UPDATE batches SET state = 'interrupted' WHERE state = 'running'";
