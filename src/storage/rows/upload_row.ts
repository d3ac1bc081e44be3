/** Rows of the table of uploads, as records. */

import type { UploadedPicture, UploadRecord } from "../records/records.ts";
import type { Row } from "./row.ts";

export function recordOf(row: Row | undefined): UploadRecord | undefined {
  if (row === undefined) return undefined;
  const record = {
    id: String(row.id),
    owner: String(row.owner),
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
  };
  return row.hash === null ? record : { ...record, picture: pictureOf(row) };
}

function pictureOf(row: Row): UploadedPicture {
  return {
    hash: String(row.hash),
    mediaType: String(row.media_type),
    width: Number(row.width),
    height: Number(row.height),
    sizeBytes: Number(row.size_bytes),
    changes: JSON.parse(String(row.changes)),
    receivedAt: Number(row.received_at),
    ...row.told !== null && { told: JSON.parse(String(row.told)) },
  };
}
