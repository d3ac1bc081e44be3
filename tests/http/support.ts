/** A whole HTTP transport around a small MCP server, for the tests of this folder. */

import assert from "node:assert/strict";
import { readSettings, type Settings } from "../../src/config/settings.ts";
import {
  type AuthInfo,
  McpServer,
  type McpServerFactory,
  type ServerContext,
} from "../../src/dependencies/mcp_server.ts";
import * as z from "../../src/dependencies/zod.ts";
import { createHttpHandler, type HttpHandler } from "../../src/http/routes.ts";
import type { HttpDependencies } from "../../src/http/dependencies.ts";
import { type HttpServer, serveHttp } from "../../src/http/server.ts";
import type { LogFields, Logger } from "../../src/log.ts";
import { createMetrics } from "../../src/metrics.ts";
import type { Problem } from "../../src/config/variables.ts";

/** Settings as the environment would give them. */
export function settingsOf(variables: Record<string, string>): Settings {
  const problems: Problem[] = [];
  const entries = Object.entries(variables)
    .map(([name, value]) => [name, { value, source: "the test" }] as const);
  const settings = readSettings(new Map(entries), problems);
  assert.deepEqual(problems, []);
  return settings;
}

/** A gate that tools wait at, so that tests decide when a call ends. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

export interface SmallServer {
  readonly makeServer: McpServerFactory;
  /** How many servers were made. */
  readonly made: () => number;
  /** With whose token each call of `echo` came. */
  readonly callers: (Pick<AuthInfo, "clientId" | "token"> | undefined)[];
  /** Opens for the calls of `wait`. */
  readonly gate: Gate;
  /** How many calls of `wait` have begun. */
  readonly begun: () => number;
  /** How many calls of `wait` were aborted before the gate opened. */
  readonly aborted: () => number;
  /** Tells the client of the newest server that its tools have changed. */
  readonly announce: () => Promise<void>;
}

const ECHO_INPUT = z.object({ text: z.string() });
const NO_INPUT = z.object({});

/**
 * Tools: `echo` answers at once, `wait` and `retreat` once the gate opens, `progress` with a word
 * before, and `linger`, which does not care whether its client has left, with one after it.
 */
export function smallServer(): SmallServer {
  const callers: SmallServer["callers"] = [];
  const opened = gate();
  let made = 0;
  let begun = 0;
  let aborted = 0;
  let latest: McpServer | undefined;
  const tellProgress = async ({ mcpReq }: ServerContext) => {
    const params = { progressToken: 1, progress: 1 };
    await mcpReq.notify({ method: "notifications/progress", params });
  };
  const makeServer: McpServerFactory = () => {
    made++;
    const server = new McpServer({ name: "small", version: "1.0.0" });
    server.registerTool(
      "echo",
      { description: "Says it again", inputSchema: ECHO_INPUT },
      ({ text }, { http }) => {
        const { clientId, token } = http?.authInfo ?? {};
        callers.push(clientId === undefined ? undefined : { clientId, token: token ?? "" });
        return { content: [{ type: "text", text }] };
      },
    );
    server.registerTool(
      "wait",
      { description: "Waits for the gate", inputSchema: NO_INPUT },
      async (_input, context) => {
        begun++;
        const { promise: left, resolve } = Promise.withResolvers<void>();
        context.mcpReq.signal.addEventListener("abort", () => resolve(), { once: true });
        const isOpen = await Promise.race([opened.opened.then(() => true), left]);
        if (!isOpen) aborted++;
        return { content: [{ type: "text", text: "waited" }] };
      },
    );
    server.registerTool(
      "progress",
      { description: "Tells of its progress once", inputSchema: NO_INPUT },
      async (_input, context) => {
        await tellProgress(context);
        return { content: [{ type: "text", text: "done" }] };
      },
    );
    server.registerTool(
      "retreat",
      { description: "Lets the client come back for its answer", inputSchema: NO_INPUT },
      async (_input, { http }) => {
        http?.closeSSE?.();
        await opened.opened;
        return { content: [{ type: "text", text: "welcome back" }] };
      },
    );
    server.registerTool(
      "linger",
      { description: "Speaks when the gate opens, to whomever", inputSchema: NO_INPUT },
      async (_input, context) => {
        begun++;
        await opened.opened;
        await tellProgress(context);
        return { content: [{ type: "text", text: "lingered" }] };
      },
    );
    latest = server;
    return server;
  };
  const announce = async () => await latest?.server.sendToolListChanged();
  return {
    makeServer,
    made: () => made,
    callers,
    announce,
    gate: opened,
    begun: () => begun,
    aborted: () => aborted,
  };
}

export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly fields: LogFields;
}

export function listeningLogger(): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: string) => (event: string, fields: LogFields = {}) =>
    void lines.push({ level, event, fields });
  return {
    lines,
    debug: at("debug"),
    info: at("info"),
    warning: at("warning"),
    error: at("error"),
  };
}

export type TestParts = HttpDependencies & {
  readonly small: SmallServer;
  readonly log: ReturnType<typeof listeningLogger>;
};

export function testParts(
  variables: Record<string, string> = {},
  dependencies: Partial<HttpDependencies> = {},
): TestParts {
  const small = smallServer();
  return {
    settings: settingsOf(variables),
    version: "1.2.3",
    makeServer: small.makeServer,
    images: { openFile: () => Promise.resolve(undefined) },
    uploads: {
      lookUp: () => Promise.resolve({ state: "unknown" }),
      take: () => Promise.reject(new Error("There are no uploads here")),
      takeOf: () => Promise.reject(new Error("There are no uploads here")),
      keepEarly: () => Promise.reject(new Error("There are no uploads here")),
    },
    readiness: () => Promise.resolve([]),
    metrics: createMetrics(),
    ...dependencies,
    small,
    log: listeningLogger(),
  };
}

export interface TestHandler extends HttpHandler {
  readonly dependencies: TestParts;
  /** Answers a request to http://127.0.0.1:8000. */
  ask(path: string, init?: RequestInit & { address?: string }): Promise<Response>;
}

export function testHandler(
  variables: Record<string, string> = {},
  overrides: Partial<HttpDependencies> = {},
): TestHandler {
  const dependencies = testParts(variables, overrides);
  const handler = createHttpHandler(dependencies);
  return Object.assign(Object.create(handler) as HttpHandler, {
    dependencies,
    ask: (
      path: string,
      { address = "192.0.2.1", ...init }: RequestInit & { address?: string } = {},
    ) =>
      handler.fetch(new Request(`http://127.0.0.1:8000${path}`, init), {
        remoteAddr: { hostname: address },
      }),
  });
}

/** A server on a free loopback port. */
export function testServer(
  variables: Record<string, string> = {},
  overrides: Partial<HttpDependencies> = {},
): HttpServer & { readonly url: string; readonly dependencies: TestParts } {
  const dependencies = testParts({ MCP_PORT: "0", ...variables }, overrides);
  const server = serveHttp(dependencies);
  return Object.assign(server, { dependencies, url: `http://127.0.0.1:${server.address.port}` });
}

/** A POST as an older client sends it. */
export function legacyPost(
  body: unknown,
  { session, token, headers = {} }: {
    session?: string;
    token?: string;
    headers?: Record<string, string>;
  } = {},
): RequestInit {
  return {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(session === undefined ? {} : { "mcp-session-id": session }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
  };
}

/** A POST as a client of 2026-07-28 sends it. */
export function modernPost(
  method: string,
  params: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): RequestInit {
  const name = params.name ?? params.uri;
  return {
    method: "POST",
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method,
      params: {
        ...params,
        _meta: {
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientCapabilities": {},
          "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
        },
      },
    }),
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(typeof name === "string" ? { "mcp-name": name } : {}),
      ...headers,
    },
  };
}

export function initialize(version = "2025-11-25"): Record<string, unknown> {
  return {
    jsonrpc: "2.0",
    id: 0,
    method: "initialize",
    params: {
      protocolVersion: version,
      capabilities: {},
      clientInfo: { name: "test", version: "1" },
    },
  };
}

export function toolCall(name: string, args: Record<string, unknown> = {}, id = 1) {
  return { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args } };
}

/** Opens a session and gives its id. */
export async function openSession(
  { ask }: Pick<TestHandler, "ask">,
  options: { version?: string; token?: string; address?: string } = {},
): Promise<string> {
  const { version, token } = options;
  const response = await ask("/mcp", legacyPost(initialize(version), { token }));
  assert.equal(response.status, 200, await response.clone().text());
  await response.body?.cancel();
  const id = response.headers.get("mcp-session-id");
  assert.ok(id);
  return id;
}

/** The JSON-RPC messages in an answer, be it an event stream or JSON. */
export async function messagesOf(response: Response): Promise<Record<string, unknown>[]> {
  const text = await response.text();
  if (response.headers.get("content-type")?.startsWith("application/json")) {
    return [JSON.parse(text)];
  }
  return text.split("\n").filter((line) => line.startsWith("data: {")).map((line) =>
    JSON.parse(line.slice("data: ".length))
  );
}

/** The message of the JSON-RPC error in a refusal. */
export async function errorOf(response: Response): Promise<{ code: number; message: string }> {
  const { error } = await response.json();
  return error;
}

/** Waits, in turns of the event loop, until `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("It did not happen within 5 seconds");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Opens the general stream of a session. */
export function listen(
  { ask }: Pick<TestHandler, "ask">,
  session: string,
  headers: Record<string, string> = {},
) {
  const accept = "text/event-stream";
  return ask("/mcp", { headers: { accept, "mcp-session-id": session, ...headers } });
}

/** The first event of a stream, which is left then. */
export async function firstEvent(response: Response): Promise<string> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!/^data:/m.test(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
  }
  await reader.cancel();
  return text;
}
