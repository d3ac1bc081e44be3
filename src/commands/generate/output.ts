/** A picture's way into a person's hands, whatever its folder says. */

import type { App } from "../../app.ts";
import { messageOf } from "../../errors.ts";
import type { ImageRecord } from "../../storage/records/records.ts";
import type { ImageEntry } from "../../mcp/declarations/output.ts";
import { imageEntry } from "../../mcp/results/result.ts";
import { saveElsewhere } from "./fallback_file.ts";

/** A picture in a person's hands, or the reason why it is not. */
export interface Output {
  readonly entry: ImageEntry;
  /** Its path, or its address in a store elsewhere. */
  readonly place: string | null;
  readonly note?: string;
  readonly loss?: string;
}

/** A disk may have filled up since it was looked at. */
export async function outputOf(
  picture: ImageRecord,
  app: App,
  workingDirectory: string,
): Promise<Output> {
  const entry = imageEntry(picture, app.serverDependencies({ transport: "stdio" }));
  const place = app.images.placeOf(picture);
  if (entry.save_error === null) return { entry, place };
  if (entry.local_path !== null) return { entry, place, note: entry.save_error };
  try {
    const bytes = await app.images.read(picture);
    const path = await saveElsewhere(picture.id, bytes, workingDirectory);
    if (path === undefined) return { entry, place, loss: `${entry.save_error}, nor anywhere else` };
    const note = `${app.images.place} did not take the picture, so it lies in ${path}: ` +
      `move it to where it is safe. ${entry.save_error}`;
    return { entry: { ...entry, local_path: path }, place: path, note };
  } catch (error) {
    return { entry, place, loss: `${entry.save_error}; ${messageOf(error)}` };
  }
}
