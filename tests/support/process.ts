/** The real program as a process of its own, with exactly the given environment: to its end, over stdio or over HTTP. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PLAIN_SURROUNDINGS } from "./plain_surroundings.ts";
import { until } from "./wait.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
/** Deno's cache of this machine, so that nothing is downloaded anew. */
export const CACHE: Readonly<{ DENO_DIR: string }> = { DENO_DIR: denoDirectory() };

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

export interface ProcessOptions {
  /** The working and home folder; pictures go to `generated_images` in it unless `env` says otherwise. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What follows `main.ts`, or the arguments of `program`. */
  readonly args?: readonly string[];
  /** Further flags of `deno run`. */
  readonly runtimeFlags?: readonly string[];
  /**
   * Runs in place of `main.ts` with every permission. It gets `env` and nothing else, not even a
   * home or a cache, so that it is seen to need no more.
   */
  readonly program?: Program;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramProcess extends AsyncDisposable {
  readonly pid: number;
  /** Everything on stderr so far. */
  readonly stderr: string;
  /** Everything on stdout so far. */
  readonly stdout: string;
  /** How it ended. */
  readonly status: Promise<Deno.CommandStatus>;
  /** The match of `pattern` on stderr, once it is there; fails when the process ends without. */
  sees(pattern: RegExp, seconds?: number): Promise<RegExpMatchArray>;
  write(text: string): Promise<void>;
  closeStdin(): Promise<void>;
  /** Closes stdin, as a client does that goes away, and waits for the end. */
  end(): Promise<Ended>;
  signal(signal: Deno.Signal): void;
  /** Kills it, so that nothing in it can do anything about it, and waits for the end. */
  kill(): Promise<Deno.CommandStatus>;
}

/** Starts the program; disposing kills it where it still runs. */
export function startProgram(
  { folder, env = {}, args = [], runtimeFlags = [], program }: ProcessOptions,
): ProgramProcess {
  const source = ["run", "-A", "--quiet", ...runtimeFlags, MAIN];
  const { command, args: given } = program ?? { command: Deno.execPath(), args: source };
  const surroundings = program ? SYSTEM : { ...inheritedEnvironment(), HOME: folder };
  const child = new Deno.Command(command, {
    args: [...given, ...args],
    cwd: folder,
    clearEnv: true,
    env: { ...surroundings, ...PLAIN_SURROUNDINGS, ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const stdin = child.stdin.getWriter();
  let isOver = false;
  let isStdinOpen = true;
  const status = child.status.then(async (ended) => {
    await Promise.all([stdout.done, stderr.done]);
    isOver = true;
    return ended;
  });

  async function closeStdin(): Promise<void> {
    if (!isStdinOpen) return;
    isStdinOpen = false;
    await stdin.close().catch(() => {}); // the process may be gone
  }

  async function end(): Promise<Ended> {
    await closeStdin();
    const { code } = await status;
    return { code, stdout: stdout.text, stderr: stderr.text };
  }

  async function kill(): Promise<Deno.CommandStatus> {
    if (!isOver) child.kill("SIGKILL");
    const ended = await status;
    await closeStdin();
    return ended;
  }

  return {
    pid: child.pid,
    status,
    get stdout() {
      return stdout.text;
    },
    get stderr() {
      return stderr.text;
    },
    sees: (pattern, seconds) =>
      until(`${pattern} on stderr, which holds:\n${stderr.text}`, () => {
        const match = stderr.text.match(pattern);
        if (!match && isOver) throw new Error(`Ended without ${pattern}; stderr:\n${stderr.text}`);
        return match ?? undefined;
      }, { seconds }),
    write: (text) => stdin.write(new TextEncoder().encode(text)),
    closeStdin,
    end,
    signal: (signal) => child.kill(signal),
    kill,
    async [Symbol.asyncDispose]() {
      await kill();
    },
  };
}

/** Runs the program to its end, with nothing on stdin. */
export async function runToEnd(options: ProcessOptions): Promise<Ended> {
  await using program = startProgram(options);
  return await program.end();
}

export interface JsonMessage {
  readonly id?: number | string | null;
  readonly method?: string;
  // deno-lint-ignore no-explicit-any
  readonly [field: string]: any;
}

export interface StdioServerProcess extends ProgramProcess {
  /** Every message the server has sent so far. */
  readonly messages: readonly JsonMessage[];
  send(message: JsonMessage): Promise<void>;
  /** Sends a request without waiting; returns its id. */
  begin(method: string, params?: Record<string, unknown>): Promise<number>;
  /** The answer to the request of that id, result or error. */
  answerTo(id: number, seconds?: number): Promise<JsonMessage>;
  /** Sends a request; returns its result. @throws where the answer is an error. */
  request(
    method: string,
    params?: Record<string, unknown>,
    seconds?: number,
    // deno-lint-ignore no-explicit-any
  ): Promise<any>;
  notify(method: string, params?: Record<string, unknown>): Promise<void>;
  /** The `initialize` handshake of an older client; returns the server's part. */
  // deno-lint-ignore no-explicit-any
  initialize(): Promise<any>;
  /** Calls a tool; returns its structured content. */
  // deno-lint-ignore no-explicit-any
  call(tool: string, args?: Record<string, unknown>, seconds?: number): Promise<any>;
}

/** Starts the program, which serves over stdio by itself, and speaks JSON-RPC lines with it. */
export function startServer(options: ProcessOptions): StdioServerProcess {
  const program = startProgram(options);
  const messages: JsonMessage[] = [];
  let read = 0;
  let lastId = 0;
  const readMessages = () => {
    const end = program.stdout.lastIndexOf("\n") + 1;
    const lines = program.stdout.slice(read, end).split("\n").filter((line) => line !== "");
    messages.push(...lines.map((line) => JSON.parse(line)));
    read = Math.max(read, end);
    return messages;
  };

  const server = Object.create(program, {
    messages: { get: readMessages },
  }) as StdioServerProcess;
  return Object.assign(server, {
    send: (message: JsonMessage) =>
      program.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`),
    async begin(method: string, params: Record<string, unknown> = {}) {
      const id = ++lastId;
      await server.send({ id, method, params });
      return id;
    },
    answerTo: (id: number, seconds = LONGEST_WAIT) =>
      until(
        `the answer to request ${id}; stderr:\n${program.stderr}`,
        () => readMessages().find((message) => message.id === id && message.method === undefined),
        { seconds },
      ),
    async request(method: string, params?: Record<string, unknown>, seconds?: number) {
      const answer = await server.answerTo(await server.begin(method, params), seconds);
      if (answer.error) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
      return answer.result;
    },
    notify: (method: string, params: Record<string, unknown> = {}) =>
      server.send({ method, params }),
    async initialize() {
      const result = await server.request("initialize", {
        protocolVersion: "2025-11-25",
        capabilities: {},
        clientInfo: { name: "test", version: "1" },
      });
      await server.notify("notifications/initialized");
      return result;
    },
    async call(tool: string, args: Record<string, unknown> = {}, seconds?: number) {
      const result = await server.request("tools/call", { name: tool, arguments: args }, seconds);
      return result.structuredContent;
    },
  });
}

export interface HttpServerProcess extends ProgramProcess {
  /** Such as http://127.0.0.1:40123; the MCP endpoint is `/mcp` there. */
  readonly url: string;
}

/** Starts `serve` over HTTP on a free port and waits until it listens. */
export async function startHttpServer(options: ProcessOptions): Promise<HttpServerProcess> {
  const env = { MCP_TRANSPORT: "http", MCP_PORT: "0", ...options.env };
  const program = startProgram({ ...options, env });
  try {
    const [, url = ""] = await program.sees(/listening address=(http:\/\/\S+)/, LONGEST_WAIT);
    return Object.assign(Object.create(program) as HttpServerProcess, { url });
  } catch (error) {
    await program.kill();
    throw error;
  }
}

/** What a process needs to run at all, and Deno's cache. */
export function inheritedEnvironment(): Record<string, string> {
  const names = ["PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR"];
  const entries = names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(entries), ...CACHE, NO_COLOR: "1" };
}

/** A slow machine may take so long to start a program or to draw, in seconds. */
const LONGEST_WAIT = 60;

/** Windows programs cannot open a socket without it. */
const SYSTEM: Readonly<Record<string, string>> = Deno.env.get("SystemRoot")
  ? { SystemRoot: Deno.env.get("SystemRoot")! }
  : {};

function denoDirectory(): string {
  const variable = (name: string) => Deno.env.get(name);
  const home = variable("HOME") ?? "";
  const defaults: Partial<Record<typeof Deno.build.os, string>> = {
    darwin: join(home, "Library", "Caches", "deno"),
    windows: join(variable("LOCALAPPDATA") ?? "", "deno"),
  };
  return variable("DENO_DIR") ?? defaults[Deno.build.os] ??
    join(variable("XDG_CACHE_HOME") ?? join(home, ".cache"), "deno");
}

/** What a stream has brought so far, as text. */
function collect(stream: ReadableStream<Uint8Array>): { text: string; done: Promise<void> } {
  const collected = { text: "", done: Promise.resolve() };
  collected.done = (async () => {
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) collected.text += chunk;
  })();
  return collected;
}
