import assert from "node:assert/strict";
import { join } from "node:path";
import { runDoctor } from "../../src/commands/doctor.ts";
import type { Finding } from "../../src/commands/doctor/finding.ts";
import type { Terminal } from "./terminal.ts";

/** Runs the doctor with JSON, on a port that is free. */
export async function examine(
  terminal: Terminal,
  flags: Readonly<Record<string, string>> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<Examination> {
  const variables = { ...quiet(terminal), ...environment };
  const status = await runDoctor(terminal.context([], { ...flags, json: "true" }, variables));
  const { ok, findings } = JSON.parse(terminal.stdout()) as { ok: boolean; findings: Finding[] };
  assert.equal(ok, status === 0);
  return {
    status,
    list: findings,
    findings: Object.fromEntries(findings.map((each) => [each.check, each])),
  };
}

export interface Examination {
  readonly status: number;
  readonly list: readonly Finding[];
  /** By what was looked at; the last one where there are several. */
  readonly findings: Readonly<Record<string, Finding>>;
}

/** Port 0 keeps tests that run at the same time apart. */
export function quiet({ project }: Terminal): Readonly<Record<string, string>> {
  return { MCP_PORT: "0", MCP_IMAGE_SAVE_DIR: join(project, "generated_images") };
}

/** A port that was free a moment ago. */
export async function deadPort(): Promise<number> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(),
  );
  await server.shutdown();
  return server.addr.port;
}
