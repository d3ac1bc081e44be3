/**
 * Sends mutated requests of every method over both transports to real servers, and tells what did
 * not go as promised: deno task fuzz [--count 100000] [--seed 1] [--rounds 1]
 *
 * With several rounds the same requests are sent so many times, and after each stands what the servers
 * hold: what grows from round to round is a leak, or a record of what was asked for.
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { drawPng } from "../fakes/pictures.ts";
import { temporaryFolder } from "../support/folder.ts";
import {
  type HttpServerProcess,
  type JsonMessage,
  startHttpServer,
  startServer,
  type StdioServerProcess,
} from "../support/process.ts";
import { steadyPort } from "../support/port.ts";
import { pause, until } from "../support/wait.ts";
import { heldBytes, inspectedAt } from "./heap.ts";
import { mutated } from "./mutate.ts";
import { createRandom, type Random } from "./random.ts";
import { FOLDER, GOOD, HARMFUL } from "./seeds.ts";

export interface FuzzReport {
  readonly requests: number;
  /** What went wrong, each with the request that did it. */
  readonly faults: readonly string[];
  /** Milliseconds that another client's small calls took: alone, and while all this went on. */
  readonly ping: { readonly alone: number; readonly median: number; readonly longest: number };
  /** Memory at the end over that once everything has been loaded, for each transport. */
  readonly memory: readonly number[];
  /** What each transport's server holds after each of several rounds. */
  readonly rounds: readonly (readonly Holding[])[];
}

/** In bytes. */
interface Holding {
  /** Of the main thread, after a full collection. */
  readonly heap: number;
  readonly resident: number;
}

/** Runs until `count` requests are sent, or `seconds` are over. */
export async function fuzz(
  { count, seed, seconds = Infinity, rounds = 1 }: {
    readonly count: number;
    readonly seed: number;
    readonly seconds?: number;
    /** How often the same requests are sent. */
    readonly rounds?: number;
  },
): Promise<FuzzReport> {
  await using folder = await temporaryFolder();
  await using vendor = startVendor();
  await using open = await hostileFolder();
  const env = {
    OPENAI_BASE_URL: `${vendor.url}/v1`,
    MCP_LOG_LEVEL: "error",
    MCP_INPUT_DIRS: open.path,
    MCP_SAVE_AS_DIRS: open.path,
  };
  const ports = rounds > 1 ? [steadyPort(), steadyPort()] : [];
  const [httpFlags, stdioFlags] = ports.map(inspectedAt);
  await using http = await startHttpServer({
    folder: folder.path,
    env: { ...env, MCP_LOG_LEVEL: "info" },
    runtimeFlags: httpFlags,
  });
  await using stdio = startServer({ folder: folder.path, env, runtimeFlags: stdioFlags });
  await stdio.initialize();
  const run = new Run(http, stdio, open.path);
  const alone = await run.ping(20);
  const deadline = performance.now() + seconds * 1000;
  const pings = run.ping();
  const holdings: Holding[][] = [];
  for (let round = 1; round <= rounds; round++) {
    const random = createRandom(seed);
    while (run.requests < round * count && performance.now() < deadline && !run.isOver) {
      await run.batch(random, Math.min(BATCH, round * count - run.requests));
    }
    if (ports.length > 0) holdings.push(await run.holdings(ports));
  }
  run.isOver = true;
  return { ...run.report(), ping: { ...await pings, alone: alone.median }, rounds: holdings };
}

const BATCH = 40;
/** Requests until everything has been loaded and compiled once. */
const WARM_UP = 600;
/** Milliseconds any answer may take: calls wait five seconds at most. */
const LONGEST_ANSWER = 15_000;

class Run {
  requests = 0;
  isOver = false;
  readonly #faults: string[] = [];
  #session = "";
  readonly #first: number[] = [];
  readonly #http: HttpServerProcess;
  readonly #stdio: StdioServerProcess;
  readonly #folder: string;

  constructor(http: HttpServerProcess, stdio: StdioServerProcess, folder: string) {
    this.#http = http;
    this.#stdio = stdio;
    this.#folder = folder;
  }

  async batch(random: Random, size: number): Promise<void> {
    const texts = Array.from(
      { length: size },
      () => requestText(random, ++this.requests).replaceAll(FOLDER, this.#folder),
    );
    await Promise.all([
      this.#overStdio(texts.filter((_, index) => index % 2 === 0)),
      this.#overHttp(texts.filter((_, index) => index % 2 === 1), random),
    ]);
    if (this.#first.length === 0 && this.requests >= WARM_UP) this.#first.push(...this.#memory());
  }

  report() {
    const first = this.#first;
    const memory = this.#memory().map((bytes, index) => bytes / (first[index] ?? bytes));
    return { requests: this.requests, faults: this.#faults, memory };
  }

  /** What the servers hold, that of HTTP first. */
  async holdings(ports: readonly number[]): Promise<Holding[]> {
    const heaps = await Promise.all(ports.map(heldBytes));
    return this.#memory().map((resident, index) => ({ heap: heaps[index] ?? NaN, resident }));
  }

  /** Another client's small calls, so many or until the run is over. */
  async ping(most = Infinity): Promise<Omit<FuzzReport["ping"], "alone">> {
    const times: number[] = [];
    while (!this.isOver && times.length < most) {
      const began = performance.now();
      const request = post(PING, "2026-07-28", "tools/list");
      const response = await fetch(`${this.#http.url}/mcp`, request).catch(() => undefined);
      if (!response) {
        this.isOver = true;
        this.#fault("the HTTP server has gone", this.#http.stderr.slice(-2_000));
        break;
      }
      await response.body?.cancel();
      times.push(performance.now() - began);
      await pause(20);
    }
    times.sort((one, other) => one - other);
    return { median: times[times.length >> 1] ?? 0, longest: times.at(-1) ?? 0 };
  }

  async #overStdio(texts: readonly string[]): Promise<void> {
    const from = this.#stdio.messages.length;
    await this.#stdio.write(texts.map((text) => `${text.replaceAll("\n", " ")}\n`).join(""));
    const owed = texts.filter(isRequest);
    const isAnswered = (text: string) => {
      const { id } = JSON.parse(text);
      return this.#stdio.messages.slice(from).some((message) =>
        message.method === undefined && message.id === id
      );
    };
    const refusals = () => this.#stdio.messages.slice(from).filter(({ id }) => id === null).length;
    const missing = () => owed.filter((text) => !isAnswered(text));
    try {
      await until("answers", () => missing().length <= refusals(), { seconds: 15 });
    } catch {
      for (const text of missing()) this.#fault("stdio gave no answer", text);
    }
    for (const message of this.#stdio.messages.slice(from)) this.#judge(message, `stdio`);
  }

  async #overHttp(texts: readonly string[], random: Random): Promise<void> {
    await this.#openSession();
    await Promise.all(texts.map(async (text) => {
      const isModern = random.chance(0.5);
      const { method, params } = partsOf(text);
      const init = isModern
        ? post(text, "2026-07-28", method, params?.name ?? params?.uri)
        : post(text, "2025-11-25", method, undefined, this.#session);
      try {
        const signal = AbortSignal.timeout(LONGEST_ANSWER);
        const response = await fetch(`${this.#http.url}/mcp`, { ...init, signal });
        const body = await response.text();
        if (response.status === 500) this.#fault("HTTP 500", text);
        if (isRequest(text) && body === "") this.#fault(`HTTP ${response.status}, empty`, text);
        for (const message of messagesIn(body)) this.#judge(message, text);
      } catch (error) {
        this.#fault(`HTTP gave no answer: ${error}`, text);
      }
    }));
  }

  async #openSession(): Promise<void> {
    if (this.#session !== "") return;
    const text = JSON.stringify({ jsonrpc: "2.0", id: 0, ...GOOD.at(-1) });
    const response = await fetch(`${this.#http.url}/mcp`, post(text, "2025-11-25", "initialize"));
    await response.body?.cancel();
    this.#session = response.headers.get("mcp-session-id") ?? "";
  }

  #judge({ error }: JsonMessage, text: string): void {
    if (error?.code === -32603) this.#fault(`-32603 ${error.message.slice(0, 200)}`, text);
  }

  #fault(what: string, text: string): void {
    if (this.#faults.length < 20) this.#faults.push(`${what}: ${text.slice(0, 2_000)}`);
  }

  #memory(): number[] {
    return [this.#http.pid, this.#stdio.pid].flatMap((pid) => {
      try {
        const status = Deno.readTextFileSync(`/proc/${pid}/status`);
        return [Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024];
      } catch {
        return []; // not Linux, or it has ended, which the missing answers tell
      }
    });
  }
}

function requestText(random: Random, number: number): string {
  if (random.chance(0.03)) return random.of(HARMFUL).replace("ID", String(number));
  const message = mutated(random.of(GOOD), random);
  return JSON.stringify({ jsonrpc: "2.0", ...message, id: number });
}

/** Whether JSON-RPC owes an answer to a text by its own id. */
function isRequest(text: string): boolean {
  try {
    const { jsonrpc, id, method } = JSON.parse(text);
    return jsonrpc === "2.0" && Number.isSafeInteger(id) && typeof method === "string";
  } catch {
    return false;
  }
}

function partsOf(text: string): { method: string; params?: Record<string, unknown> } {
  try {
    const { method, params } = JSON.parse(text);
    return { method: typeof method === "string" ? method : "", params: params ?? undefined };
  } catch {
    return { method: "" };
  }
}

function post(
  text: string,
  revision: string,
  method: string,
  name?: unknown,
  session?: string,
): RequestInit {
  const isSendable = (value: unknown): value is string =>
    typeof value === "string" && /^[!-~]{1,200}$/.test(value);
  const isModern = revision === "2026-07-28";
  return {
    method: "POST",
    body: isModern ? withMeta(text) : text,
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": revision,
      ...(isModern && isSendable(method) ? { "mcp-method": method } : {}),
      ...(isModern && isSendable(name) ? { "mcp-name": name } : {}),
      ...(session ? { "mcp-session-id": session } : {}),
    },
  };
}

/** What a client of the stateless revision says of itself with every request. */
function withMeta(text: string): string {
  try {
    const message = JSON.parse(text);
    const _meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    if (typeof message.params !== "object" || message.params === null) return text;
    return JSON.stringify({ ...message, params: { _meta, ...message.params } });
  } catch {
    return text;
  }
}

function messagesIn(body: string): readonly JsonMessage[] {
  const texts = body.startsWith("{") || body.startsWith("[")
    ? [body]
    : body.split("\n").filter((line) => line.startsWith("data: {")).map((line) => line.slice(6));
  return texts.flatMap((text) => JSON.parse(text));
}

const PING = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} });

/** A folder of pictures and what is none, under names that no program likes. */
async function hostileFolder() {
  const folder = await temporaryFolder();
  const write = (name: string, bytes: Uint8Array) => Deno.writeFile(join(folder.path, name), bytes);
  for (
    const name of [
      "-rf.png",
      "a\nb.png",
      "\u202egnp.tac.png",
      "'; --.png",
      "图".repeat(60) + ".png",
    ]
  ) {
    await write(name, drawPng(16, 16, name));
  }
  await write("cut.png", drawPng(16, 16, "cut").subarray(0, 50));
  await write(
    "manifest.json",
    new TextEncoder().encode('{"version":1,"pictures":[null,{"file":{}}]}'),
  );
  return folder;
}

/** Answers every request with the same small picture. */
function startVendor() {
  const b64_json = drawPng(64, 64, "fuzz").toBase64();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      await request.body?.cancel();
      return Response.json({ data: [{ b64_json }] });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      count: { type: "string", default: "100000" },
      seed: { type: "string", default: "1" },
      rounds: { type: "string", default: "1" },
    },
  });
  const began = performance.now();
  const report = await fuzz({
    count: Number(values.count),
    seed: Number(values.seed),
    rounds: Number(values.rounds),
  });
  console.log(JSON.stringify({ ...report, seconds: (performance.now() - began) / 1000 }, null, 2));
  Deno.exit(report.faults.length === 0 ? 0 : 1);
}
