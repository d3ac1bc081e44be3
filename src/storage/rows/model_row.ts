/** Rows of the table of trained models, as records. */

import type { TrainedModelRecord } from "../records/model_records.ts";
import type { Row } from "./row.ts";

// The rows were written by this program, so their JSON is trusted to have this shape.
export function modelOf(row: Row): TrainedModelRecord {
  return {
    name: String(row.name),
    owner: String(row.owner),
    provider: String(row.provider),
    model: String(row.model),
    options: JSON.parse(String(row.options)),
    triggerWord: String(row.trigger_word),
    createdAt: Number(row.created_at),
  };
}
