/** What goes of the pictures by itself, which nobody wants to learn from what is missing. */

import { join } from "node:path";
import type { App } from "../../app.ts";
import { messageOf } from "../../errors.ts";
import { isBounded, type Surplus, tooMuch, tooOld } from "../../service/retention.ts";
import { RECORDS } from "../../storage/local/database.ts";
import { HIDDEN_FOLDER } from "../../storage/local/local_storage.ts";
import type { Finding } from "./finding.ts";

/** One line where bounds are set, with what the next server would let go; else none. */
export async function checkRetention(
  { configuration: { settings }, images, saveDirectory }: App,
  now = Date.now,
): Promise<readonly Finding[]> {
  const check = "retention";
  const { MCP_KEEP_DAYS: days, MCP_KEEP_BYTES: bytes, MCP_TRASH_DAYS: trashDays } = settings;
  const bounds = { days, bytes };
  if (!isBounded(bounds)) return [];
  const rules = [
    ...days > 0
      ? [
        `after ${inDays(days)} into the trash (MCP_KEEP_DAYS), and ${
          inDays(trashDays)
        } later for good`,
      ]
      : [],
    ...bytes !== undefined
      ? [`above ${amount(bytes)} in all, the trash included, for good (MCP_KEEP_BYTES)`]
      : [],
  ];
  const told = `pictures that are no favourites go ${rules.join("; ")}`;
  const records = join(saveDirectory, HIDDEN_FOLDER, RECORDS);
  if (!await isThere(records)) return [{ check, state: "ok", message: `${told}: none yet` }];
  try {
    const [old, much] = [
      await tooOld(bounds, MOST_COUNTED, { images, now }),
      await tooMuch(bounds, MOST_COUNTED, { images }),
    ];
    const going = [
      ...days > 0 ? [`${countOf(old)} into the trash`] : [],
      ...bytes !== undefined ? [`${countOf(much)} for good`] : [],
    ];
    const isAny = old.pictures.length + much.pictures.length > 0;
    const message = `${told}. Now: ${going.join(", ")}`;
    return [{ check, state: isAny ? "note" : "ok", message }];
  } catch (error) {
    return [{ check, state: "warning", message: `${told}. What goes now: ${messageOf(error)}` }];
  }
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

function inDays(days: number): string {
  return days === 1 ? "1 day" : `${days} days`;
}

function countOf({ pictures, isCut }: Surplus): string {
  const bytes = pictures.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return `${isCut ? "more than " : ""}${pictures.length} (${amount(bytes)})`;
}

function amount(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

const MOST_COUNTED = 10_000;
