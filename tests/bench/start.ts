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
  const forms: readonly Form[] = [
    ...SOURCE,
    { name: "bundle", command: [await bundleInto(folder.path)], goal: 2.5 },
  ];
  const emptyRuns: number[] = [];
  const figures = new Map<Form, Started[]>(forms.map((form) => [form, []]));
  for (let round = -1; round < ROUNDS; round++) { // the first fills the code caches
    const emptyRun = await timeOf(empty, folder.path);
    if (round >= 0) emptyRuns.push(emptyRun);
    for (const [form, runs] of figures) {
      const run = await start(form.command, folder.path);
      if (round >= 0) runs.push(run);
    }
  }
  const base = median(emptyRuns);
  report("an empty Deno script, start to end", milliseconds(base));
  for (const [{ name, goal }, runs] of figures) {
    const show = (member: "initialize" | "tools" | "call") => {
      const value = median(runs.map((run) => run[member]));
      return `${milliseconds(value)} = ${ratio(value / base)}`;
    };
    report(`${name}: spawn to the answer to initialize`, show("initialize"));
    report(`${name}: spawn to the answer to tools/list`, show("tools"), `at most ${goal} x`);
    report(`${name}: spawn to the answer to a tool`, show("call"));
  }
}

export async function measureMemory(): Promise<void> {
  await using folder = await temporaryFolder();
  for (const { name, command } of SOURCE) {
    const { memory } = await start(command, folder.path);
    report(`${name}: memory after the first call of a tool`, megabytes(memory), "under 90 MB");
  }
}

/** A form of the program. */
interface Form {
  readonly name: string;
  /** What follows `deno run`. */
  readonly command: readonly string[];
  /** How long it may take until the list of tools, next to an empty script. */
  readonly goal: number;
}

const MAIN = join(ROOT, "main.ts");
const SOURCE: readonly Form[] = [
  { name: "source", command: [MAIN], goal: 3 },
  {
    name: "source by `deno task start`",
    command: ["--unstable-lazy-dynamic-imports", MAIN],
    goal: 3,
  },
];

interface Started {
  /** Milliseconds since the spawn until each answer. */
  readonly initialize: number;
  readonly tools: number;
  readonly call: number;
  /** Bytes after the last answer. */
  readonly memory: number;
}

async function start(command: readonly string[], folder: string): Promise<Started> {
  const began = performance.now();
  const child = denoRun(command, folder, "piped").spawn();
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
  await denoRun([script], folder, "null").output();
  return performance.now() - began;
}

function denoRun(
  command: readonly string[],
  folder: string,
  stdin: "piped" | "null",
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", ...command],
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
