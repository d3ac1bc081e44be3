/** A server behind a line of bytes, as over stdin and stdout, in this process. */

import type { App } from "../../src/app.ts";
import { listPrompts } from "../../src/mcp/listed_prompts.ts";
import { makeMcpServer } from "../../src/mcp/server.ts";
import { serveStdio, StdioTransport } from "../../src/mcp/stdio.ts";
import { until } from "../support/wait.ts";

export interface Message {
  readonly jsonrpc: "2.0";
  readonly id?: number | string | null;
  // deno-lint-ignore no-explicit-any
  readonly result?: any;
  readonly error?: { readonly code: number; readonly message: string };
  readonly method?: string;
}

export interface Line extends AsyncDisposable {
  /** Everything the server has said so far. */
  readonly messages: readonly Message[];
  /** Every problem told to the log so far. */
  readonly problems: readonly string[];
  /** Resolves when the server has said its last word. */
  readonly ended: Promise<void>;
  /** Writes bytes or text as one chunk. */
  write(chunk: string | Uint8Array<ArrayBuffer>): Promise<void>;
  /** Writes messages, a line each, as one chunk. */
  say(...messages: readonly unknown[]): Promise<void>;
  /** The answer to the request of that id. */
  answerTo(id: number | string | null): Promise<Message>;
  /** Closes the client's end. */
  hangUp(): Promise<void>;
}

/** Opens one, with a server behind it as soon as that is `loaded`. */
export function openLine(
  app: App,
  { graceSeconds = 5, loaded = Promise.resolve() }: {
    readonly graceSeconds?: number;
    readonly loaded?: Promise<void>;
  } = {},
): Line {
  const input = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const writer = input.writable.getWriter();
  const messages: Message[] = [];
  const problems: string[] = [];
  const take = (bytes: Uint8Array) => Promise.resolve(void messages.push(...messagesIn(bytes)));
  const dependencies = app.serverDependencies({ transport: "stdio" });
  const line = new StdioTransport({ input: input.readable, write: take }, {
    graceSeconds,
    prompts: async () => await listPrompts(await dependencies.templates()),
    onProblem: (reason) => void problems.push(reason),
  });
  const served = loaded.then(() =>
    serveStdio(line, ({ era }) => makeMcpServer(dependencies, { era, owner: "" }))
  );
  const hangUp = () => writer.close().catch(() => {}); // it may be closed already
  const write = (chunk: string | Uint8Array<ArrayBuffer>) =>
    writer.write(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
  return {
    messages,
    problems,
    ended: line.ended,
    write,
    say: (...said) => write(said.map((each) => `${JSON.stringify(each)}\n`).join("")),
    answerTo: (id) =>
      until(
        `an answer to ${id}`,
        () => messages.find((message) => message.id === id && message.method === undefined),
      ),
    hangUp,
    async [Symbol.asyncDispose]() {
      await hangUp();
      await served;
      await line.ended;
    },
  };
}

export function request(id: unknown, method: unknown, params?: unknown) {
  return { jsonrpc: "2.0", id, method, params };
}

export function initialize(protocolVersion = "2025-11-25", id: unknown = 0) {
  return request(id, "initialize", {
    protocolVersion,
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  });
}

/** A request of the revision that has no handshake. */
export function modern(id: unknown, method: string, params: Record<string, unknown> = {}) {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
  };
  return request(id, method, { ...params, _meta });
}

export const initialized = { jsonrpc: "2.0", method: "notifications/initialized" };

function messagesIn(chunk: Uint8Array): readonly Message[] {
  return new TextDecoder().decode(chunk).split("\n").filter(Boolean).map((line) =>
    JSON.parse(line)
  );
}
