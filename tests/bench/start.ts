/** From spawn to the first answers, next to an empty script, and the memory that takes. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../../.ci/build.ts";
import { temporaryFolder } from "../support/folder.ts";
import { median, megabytes, milliseconds, ratio, report, residentMemory } from "./figures.ts";

const ROUNDS = 9;
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "bench", version: "1" },
  },
};
const LIST_TOOLS = { jsonrpc: "2.0", id: 2, method: "tools/list" };
const CALL_TOOL = { jsonrpc: "2.0", id: 3, method: "tools/call", params: { name: "list_jobs" } };

export async function measureStart(): Promise<void> {
  await using folder = await temporaryFolder();
  const empty = join(folder.path, "empty.ts");
  await Deno.writeTextFile(empty, "");
  const bundlePath = await bundleInto(folder.path);
  const figures = {
    empty: [] as number[],
    source: [] as Started[],
    bundle: [] as Started[],
  };
  for (let round = -1; round < ROUNDS; round++) { // the first fills the code caches
    const emptyRun = await timeOf(empty, folder.path);
    const source = await start(join(ROOT, "main.ts"), folder.path);
    const bundled = await start(bundlePath, folder.path);
    if (round < 0) continue;
    figures.empty.push(emptyRun);
    figures.source.push(source);
    figures.bundle.push(bundled);
  }
  const base = median(figures.empty);
  report("an empty Deno script, start to end", milliseconds(base));
  for (const [form, goal] of [["source", 3], ["bundle", 2.5]] as const) {
    const greeted = median(figures[form].map(({ initialize }) => initialize));
    const listed = median(figures[form].map(({ tools }) => tools));
    const show = (value: number) => `${milliseconds(value)} = ${ratio(value / base)}`;
    report(`${form}: spawn to the answer to initialize`, show(greeted));
    report(`${form}: spawn to the answer to tools/list`, show(listed), `at most ${goal} x`);
    const called = median(figures[form].map(({ call }) => call));
    report(`${form}: spawn to the answer to a tool`, show(called));
  }
}

export async function measureMemory(): Promise<void> {
  await using folder = await temporaryFolder();
  const { memory } = await start(join(ROOT, "main.ts"), folder.path);
  report("memory after the first call of a tool", megabytes(memory), "under 90 MB");
}

interface Started {
  /** Milliseconds since the spawn until each answer. */
  readonly initialize: number;
  readonly tools: number;
  readonly call: number;
  /** Bytes after the last answer. */
  readonly memory: number;
}

async function start(script: string, folder: string): Promise<Started> {
  const began = performance.now();
  const child = denoRun(script, folder, "piped").spawn();
  const writer = child.stdin.getWriter();
  await writer.write(line(INITIALIZE));
  await writer.write(line(LIST_TOOLS));
  const answers = { initialize: 0, tools: 0, call: 0 };
  let seen = "";
  for await (const chunk of child.stdout) {
    seen += new TextDecoder().decode(chunk);
    if (seen.includes('"id":1')) answers.initialize ||= performance.now() - began;
    if (seen.includes('"id":2') && seen.endsWith("\n") && answers.tools === 0) {
      answers.tools = performance.now() - began;
      await writer.write(line(CALL_TOOL));
    }
    if (seen.includes('"id":3') && seen.endsWith("\n")) break;
  }
  answers.call = performance.now() - began;
  const memory = await residentMemory(child.pid);
  child.kill("SIGKILL");
  await child.status;
  await writer.close().catch(() => {});
  return { ...answers, memory };
}

async function timeOf(script: string, folder: string): Promise<number> {
  const began = performance.now();
  await denoRun(script, folder, "null").output();
  return performance.now() - began;
}

function denoRun(script: string, folder: string, stdin: "piped" | "null"): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", script],
    cwd: folder,
    stdin,
    stdout: "piped",
    stderr: "null",
  });
}

async function bundleInto(folder: string): Promise<string> {
  const path = join(folder, "mcp-image-server.js");
  if (!await bundle(path)) throw new Error("There is no bundle to measure");
  return path;
}

function line(message: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(message) + "\n");
}
