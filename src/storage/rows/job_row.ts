/** Rows of the table of jobs, as records. */

import type {
  JobOutcome,
  JobRecord,
  JobState,
  JobSummary,
  ProviderCall,
} from "../records/records.ts";
import { unpackPlan } from "./packed_plan.ts";
import type { Row } from "./row.ts";

// The rows were written by this program, so their JSON is trusted to have these shapes.
export function recordOf(row: Row): JobRecord {
  const { prompt: _, ...summary } = summaryOf(row);
  return {
    ...summary,
    ...row.batch !== null && { batch: String(row.batch) },
    plan: unpackPlan(String(row.plan)),
    calls: JSON.parse(String(row.calls)) as ProviderCall[],
    outcome: row.outcome === null ? undefined : JSON.parse(String(row.outcome)) as JobOutcome,
  };
}

export function summaryOf(row: Row): Omit<JobSummary, "imageIds"> {
  return {
    id: String(row.id),
    owner: String(row.owner),
    state: String(row.state) as JobState,
    provider: String(row.provider),
    message: String(row.message),
    prompt: String(row.prompt),
    createdAt: Number(row.created_at),
  };
}
