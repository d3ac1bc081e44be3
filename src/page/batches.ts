/** The page's side of `src/http/page/batches.ts`. */

import { read, type RunningJob, send } from "./server.ts";

/** Many drawings that go on without the page. */
export interface Batch {
  readonly id: string;
  readonly title: string;
  readonly state: "running" | "finished" | "failed" | "cancelled" | "interrupted";
  readonly total: number;
  readonly drawn: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Why some failed. */
  readonly reasons: readonly string[];
}

export interface BatchRequest {
  readonly key: string;
  readonly items: readonly Readonly<Record<string, string | number>>[];
  readonly template?: string;
  /** Values for each gap: every combination is drawn. */
  readonly variables: Readonly<Record<string, readonly string[]>>;
}

export interface Template {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly {
    readonly name: string;
    readonly description: string;
    readonly default?: string;
    readonly choices?: readonly string[];
  }[];
}

/** What runs for whoever looks, and the batches of which something is missing. */
export const listRunning = () =>
  read<{ jobs: readonly RunningJob[]; batches: readonly Batch[] }>("page/data/jobs");

export const startBatch = (request: BatchRequest) =>
  send<{ batch: Batch; warnings: readonly string[] }>("page/data/batches", JSON.stringify(request));

/** Tells who may ask money for what was being drawn. */
export const cancelBatch = (id: string) =>
  send<{ batch: Batch; mayCharge: readonly string[] }>(`page/data/batches/${id}/cancel`, "{}");

export const repeatFailed = (id: string) =>
  send<{ batch: Batch }>(`page/data/batches/${id}/repeat`, "{}");

export const listTemplates = async () =>
  (await read<{ templates: readonly Template[] }>("page/data/templates")).templates;
