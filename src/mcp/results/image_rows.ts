/** Pictures as lists show them, so that one can be found again by what it is of. */

import { cut } from "../../printable.ts";
import type { HistoryEntry, ImageSummary } from "../../service/library.ts";
import type { ServerDependencies } from "../dependencies.ts";

/** What is known of a picture, but for what is absent or as usual. */
export function imageRow(image: ImageSummary, dependencies: ServerDependencies) {
  const { id, provider, model, width, height, prompt, createdAt, notes, fileName } = image;
  const path = dependencies.showsLocalPath() ? dependencies.images.pathOf(image) : null;
  const url = path === null ? dependencies.imageUrl(fileName) : null;
  return {
    id,
    ...notes.title !== null && { title: notes.title },
    ...notes.tags.length > 0 && { tags: notes.tags },
    ...notes.isFavorite && { favorite: true },
    prompt: cut(prompt.replaceAll(/\s+/g, " "), LONGEST_PROMPT),
    provider,
    ...model !== provider && { model },
    ...width !== null && height !== null && { size: `${width}x${height}` },
    made_at: new Date(createdAt).toISOString().slice(0, 19) + "Z",
    ...path !== null && { local_path: path },
    ...url !== null && { url },
  };
}

/** The same with how it was asked for. */
export function historyRow(entry: HistoryEntry, dependencies: ServerDependencies) {
  const { source } = entry;
  return {
    ...imageRow(entry, dependencies),
    ...source && {
      operation: source.operation,
      prompt: cut(source.prompt, LONGEST_HISTORY_PROMPT),
      parents: source.parents,
      parameters: source.parameters,
      ...source.cost && { cost: source.cost },
    },
  };
}

/** In characters. */
const LONGEST_PROMPT = 120;
const LONGEST_HISTORY_PROMPT = 2_000;
