/** Rows of the tables of batches and of their items, as records. */

import type {
  BatchItem,
  BatchRecord,
  BatchState,
  ItemError,
  ItemState,
} from "../records/batch_records.ts";
import type { Row } from "./row.ts";

/** Where an item may be. */
export const STATES: readonly ItemState[] = ["waiting", "running", "drawn", "failed", "cancelled"];

export function columnsOf({ label, state, jobId, imageIds, warnings, error }: BatchItem) {
  const [ids, sentences] = [JSON.stringify(imageIds), JSON.stringify(warnings)];
  return [label, state, jobId, ids, sentences, error && JSON.stringify(error)] as const;
}

// The rows were written by this program, so their JSON is trusted to have these shapes.
export function recordOf(row: Row): BatchRecord {
  const count = (state: ItemState) => Number(row[state]);
  return {
    id: String(row.id),
    owner: String(row.owner),
    state: String(row.state) as BatchState,
    server: String(row.server),
    title: String(row.title),
    source: row.source === null ? null : String(row.source),
    createdAt: Number(row.created_at),
    counts: {
      waiting: count("waiting"),
      running: count("running"),
      drawn: count("drawn"),
      failed: count("failed"),
      cancelled: count("cancelled"),
    },
  };
}

export function itemOf(row: Row): BatchItem {
  return {
    number: Number(row.number),
    label: String(row.label),
    state: String(row.state) as ItemState,
    jobId: row.job_id === null ? null : String(row.job_id),
    imageIds: JSON.parse(String(row.image_ids)) as string[],
    warnings: JSON.parse(String(row.warnings)) as string[],
    error: row.error === null ? null : JSON.parse(String(row.error)) as ItemError,
  };
}
