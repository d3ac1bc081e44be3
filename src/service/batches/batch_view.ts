/** A batch as those see it who asked for it. */

import { ImageError } from "../../errors.ts";
import {
  type BatchCounts,
  type BatchItem,
  type BatchRecord,
  type BatchState,
  totalOf,
} from "../../storage/records/batch_records.ts";

export interface BatchView extends Pick<BatchRecord, "id" | "title" | "createdAt" | "counts"> {
  readonly state: BatchState;
  /** In their order. */
  readonly items: readonly BatchItem[];
}

/** What a deliberate stop meant for a batch. */
export interface BatchCancellation {
  readonly before: BatchState;
  readonly after: BatchView;
  /** The providers that may ask money for what was being drawn. */
  readonly mayCharge: readonly string[];
}

/** "37 of 120 drawn, 2 failed": how far a batch is, for people. */
export function batchProgress(counts: BatchCounts): string {
  const { drawn, failed, cancelled } = counts;
  const others = [
    failed > 0 && `${failed} failed`,
    cancelled > 0 && `${cancelled} cancelled`,
  ].filter(Boolean);
  return [`${drawn} of ${totalOf(counts)} drawn`, ...others].join(", ");
}

export function isBatchId(text: string): boolean {
  return text.startsWith("batch_");
}

/** The error about a batch that is not there, or that this owner may not see. */
export function unknownBatch(id: string): ImageError {
  return new ImageError(
    "job_not_found",
    `There is no batch '${id}'; list_jobs names the known ones`,
    { batch: id },
  );
}

export function stillRuns(id: string): ImageError {
  return new ImageError(
    "invalid_parameters",
    `Batch '${id}' still runs: wait for it with get_job, or stop it with cancel_job`,
    { batch: id },
  );
}

export function nothingFailed(id: string, progress: string): ImageError {
  return new ImageError("invalid_parameters", `Nothing of batch '${id}' failed: ${progress}`, {
    batch: id,
  });
}
