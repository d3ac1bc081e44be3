/** Servers that are killed, and their jobs as the records have them. */

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { startServer, type StdioServerProcess } from "./process.ts";

export type Fake = { readonly environment: Readonly<Record<string, string>> };

/** Runs `work` against a server and kills it; returns what `work` found. */
export async function killed<T>(
  { environment }: Fake,
  folder: string,
  env: Readonly<Record<string, string>>,
  work: (server: StdioServerProcess) => Promise<T>,
): Promise<T> {
  await using server = startServer({ folder, env: { ...environment, ...env } });
  await server.initialize();
  return await work(server);
}

export interface Row {
  readonly id: string;
  readonly state: string;
  readonly prompt: string;
  readonly calls: readonly { readonly imageIds: readonly string[]; readonly ticket?: string }[];
  // deno-lint-ignore no-explicit-any
  readonly outcome: any;
}

/** The jobs as they stand in the records of a folder, read past the server. */
export function rowsOf(
  folder: string,
  pictures = join(folder, "generated_images"),
): readonly Row[] {
  const path = join(pictures, ".mcp-image-server", "records.sqlite");
  try {
    using database = new DatabaseSync(path, { timeout: 1_000, readOnly: true });
    return database.prepare("SELECT * FROM jobs").all().map((row) => ({
      id: String(row.id),
      state: String(row.state),
      prompt: JSON.parse(String(row.plan)).request.prompt,
      calls: JSON.parse(String(row.calls)),
      outcome: row.outcome && JSON.parse(String(row.outcome)),
    }));
  } catch {
    return []; // not there yet
  }
}

export function rowOf(folder: string, prompt: string): Row | undefined {
  return rowsOf(folder).find((row) => row.prompt === prompt);
}

export function stateOf(folder: string, prompt: string): string | undefined {
  return rowOf(folder, prompt)?.state;
}
