/** Previews that are made while the other pictures of a job are still being drawn. */

import { messageOf } from "../../errors.ts";
import type { ImageRecord } from "../../storage/records/records.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { imageEntry } from "./result.ts";
import { resultLimit } from "./result_limit.ts";

/**
 * Begins to make the preview that an answer with `count` pictures like this one will show, where
 * it needs one. Nobody waits for it here, and nobody who goes away ends it.
 */
export function beginPreview(
  picture: ImageRecord,
  count: number,
  dependencies: ServerDependencies,
): void {
  const settings = dependencies.settings();
  const entry = JSON.stringify(imageEntry({ ...picture, revisedPrompt: null }, dependencies));
  const room = (resultLimit(settings) / count - 2 * entry.length) * PART_FOR_PICTURE;
  const maxBytes = Math.floor(room / 4) * 3;
  const isShown = settings.MCP_INLINE_IMAGE !== "never" && maxBytes >= SMALLEST_PREVIEW;
  if (!isShown || picture.sizeBytes <= maxBytes) return;
  dependencies.previews.previewOf(picture, { format: "jpeg", maxBytes }).catch((error) => {
    const fields = { id: picture.id, reason: messageOf(error) };
    dependencies.log.debug("A preview could not be made in advance", fields);
  });
}

/** What is left beside links and words: a preview that is a little too small serves as well. */
const PART_FOR_PICTURE = 0.95;
/** In bytes. */
const SMALLEST_PREVIEW = 2_000;
