/** Rows of the table of pictures, as records. */

import {
  type ImageRecord,
  type ImageSource,
  type ImageSummary,
  promptBeginning,
  type SparePicture,
} from "../records/records.ts";
import type { Row } from "./row.ts";

export function recordOf(row: Row): ImageRecord {
  return {
    id: String(row.id),
    owner: row.owner === null ? null : String(row.owner),
    provider: String(row.provider),
    model: String(row.model),
    mediaType: String(row.media_type),
    sizeBytes: Number(row.size_bytes),
    width: numberOrNull(row.width),
    height: numberOrNull(row.height),
    seed: numberOrNull(row.seed),
    revisedPrompt: row.revised_prompt === null ? null : String(row.revised_prompt),
    fileName: String(row.file_name),
    ...originalOf(row),
    saveError: null,
  };
}

export function sourceOf(row: Row): ImageSource {
  const json = (value: unknown) => value === null ? undefined : JSON.parse(String(value));
  return {
    operation: String(row.operation) as ImageSource["operation"],
    prompt: String(row.prompt),
    parents: json(row.parents),
    parameters: json(row.parameters),
    usage: json(row.usage),
    cost: json(row.cost),
  };
}

export function summaryOf(row: Row): ImageSummary {
  return {
    id: String(row.id),
    position: Number(row.position),
    fileName: String(row.file_name),
    ...originalOf(row),
    provider: String(row.provider),
    model: String(row.model),
    width: numberOrNull(row.width),
    height: numberOrNull(row.height),
    prompt: promptBeginning(String(row.prompt)),
    createdAt: Number(row.created_at),
    notes: {
      title: row.title === null ? null : String(row.title),
      tags: tagsOf(row),
      isFavorite: row.favorite === 1,
    },
  };
}

/** Only the databases of one machine have the column. */
function originalOf({ original_path: path }: Row): { readonly originalPath?: string } {
  return typeof path === "string" ? { originalPath: path } : {};
}

function numberOrNull(value: unknown): number | null {
  return value === null ? null : Number(value);
}

export function spareOf(row: Row): SparePicture {
  const { id, owner, size_bytes } = row;
  return {
    id: String(id),
    owner: owner === null ? null : String(owner),
    sizeBytes: Number(size_bytes),
  };
}

export function tagsOf(row: Row): readonly string[] {
  return JSON.parse(String(row.tags));
}

/** The values of a picture's columns, from its id to the time at which it was made. */
export function columnsOf(
  image: ImageRecord & { readonly fileName: string },
  source: ImageSource,
  now: number,
): (string | number | null)[] {
  return [
    image.id,
    image.owner,
    image.fileName,
    image.provider,
    image.model,
    image.mediaType,
    image.sizeBytes,
    image.width,
    image.height,
    image.seed,
    source.operation,
    source.prompt,
    image.revisedPrompt,
    JSON.stringify(source.parents),
    JSON.stringify(source.parameters),
    source.usage ? JSON.stringify(source.usage) : null,
    source.cost ? JSON.stringify(source.cost) : null,
    now,
  ];
}
