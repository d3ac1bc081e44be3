/** Batches as answers show them: counts, and the ids of what there is, within what an answer holds. */

import type { CallToolResult } from "../../dependencies/mcp_server.ts";
import { ImageError, withSettingsFile } from "../../errors.ts";
import { cut } from "../../printable.ts";
import type { BatchCounts, ItemError } from "../../storage/records/batch_records.ts";
import { totalOf } from "../../storage/records/batch_records.ts";
import { batchProgress, type BatchView } from "../../service/batches/batch_view.ts";
import { sentencesOf } from "../arguments/batch_items.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { asToolError, success } from "./result.ts";
import { rowsWithin } from "./rows_within.ts";

/** A batch in a few words. */
export function batchEntry(
  { id, state, createdAt, counts }: Pick<BatchView, "id" | "state" | "createdAt" | "counts">,
) {
  const { drawn, failed, cancelled, running, waiting } = counts;
  return {
    id,
    state,
    total: totalOf(counts),
    drawn,
    failed,
    ...cancelled > 0 && { cancelled },
    ...running + waiting > 0 && { running, waiting },
    started_at: new Date(createdAt).toISOString(),
    message: batchProgress(counts),
  };
}

/** The whole of a batch: which pictures came of which item, what failed and why. */
export function batchResult(
  view: BatchView,
  dependencies: ServerDependencies,
  expected: readonly string[] = [],
): CallToolResult {
  const failed = view.items.flatMap(({ number, label, error }) =>
    error
      ? [{ item: number, label: cut(label, LONGEST_LABEL), ...errorOf(error, dependencies) }]
      : []
  );
  const pictures = view.items.filter(({ imageIds }) => imageIds.length > 0)
    .map(({ number, imageIds }) => ({ item: number, image_ids: imageIds }));
  const room = dependencies.settings().MCP_MAX_RESULT_BYTES - ROOM_FOR_THE_REST;
  const toldFailures = rowsWithin(room / 2, failed.slice(0, MOST_FAILURES));
  const toldPictures = rowsWithin(room / 2, pictures);
  const untold = failed.length - toldFailures.length + pictures.length - toldPictures.length;
  return success({
    images: [],
    batch: batchEntry(view),
    pictures: toldPictures,
    failed: toldFailures,
    ...untold > 0 && { left_out: untold },
    warnings: warningsOf(view, expected, dependencies),
    next: whatNext(view),
  });
}

/** As the client may see it. */
function errorOf({ code, message }: ItemError, dependencies: ServerDependencies) {
  const { message: shown } = asToolError(new ImageError(code, message), dependencies);
  return { code, message: cut(shown, LONGEST_MESSAGE) };
}

/** What is known of all items before they are drawn, or else what was said of those that are. */
function warningsOf(
  { items }: BatchView,
  expected: readonly string[],
  { settingsFile }: ServerDependencies,
): readonly string[] {
  const drawn = items.filter(({ state }) => state === "drawn");
  const said = drawn.flatMap(({ number, warnings }) =>
    warnings.map((words) => ({ place: `item ${number}`, words }))
  );
  const sentences = drawn.length > 0 ? sentencesOf(said, drawn.length) : expected;
  return sentences.slice(0, MOST_WARNINGS)
    .map((each) => withSettingsFile(cut(each, LONGEST_WARNING), settingsFile()));
}

/** What can be done with a batch now. */
function whatNext(
  { id, state, counts }: {
    readonly id: string;
    readonly state: string;
    readonly counts: BatchCounts;
  },
): string {
  if (state === "running") {
    return `get_job with job_id ${id} waits for it and cancel_job stops it; do not ask for the ` +
      "same again";
  }
  const look = counts.drawn > 0
    ? ["get_image_data shows a picture, compare_images up to 12 of them"]
    : [];
  const isWhole = counts.drawn === totalOf(counts);
  const repeat = isWhole
    ? []
    : [`generate_batch with repeat_failed ${id} draws what is missing, and nothing else`];
  return [...look, ...repeat].join("; ");
}

/** In characters. */
const LONGEST_LABEL = 60;
const LONGEST_MESSAGE = 160;
const LONGEST_WARNING = 500;
/** Sentences about what departs from what was asked for. */
const MOST_WARNINGS = 5;
/** Failed items that are told one by one. */
const MOST_FAILURES = 50;
/** Bytes for what stands around the rows. */
const ROOM_FOR_THE_REST = 8_000;
