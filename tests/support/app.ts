/** The whole app on a folder of its own with exactly the given environment, and clients for it. */

import {
  Client,
  type ClientCapabilities,
  type ClientOptions,
  InMemoryTransport,
  type RequestOptions,
  type VersionNegotiationMode,
} from "@modelcontextprotocol/client";
import assert from "node:assert/strict";
import { type App, createApp } from "../../src/app.ts";
import { loadConfiguration } from "../../src/app/configuration.ts";
import { type TransportView } from "../../src/app/transport_view.ts";
import type { Runtime } from "../../src/config/env_files.ts";
import { type McpServerFactory, serveStdio } from "../../src/dependencies/mcp_server.ts";
import { createLogger, type LogLevel } from "../../src/log.ts";
import { makeMcpServer } from "../../src/mcp/server.ts";
import { temporaryFolder } from "./folder.ts";
import { PLAIN_SURROUNDINGS } from "./plain_surroundings.ts";

export type Environment = Readonly<Record<string, string>>;

export interface TestApp extends AsyncDisposable {
  readonly app: App;
  /** Where pictures and records are. */
  readonly folder: string;
  /** Every line the app logged so far. */
  readonly log: readonly string[];
}

/**
 * Opens the app with `env` and nothing else, on a temporary folder or on `folder`,
 * which then stays. Disposing waits for no job that still runs.
 */
export async function openTestApp(
  { env = {}, folder, logLevel = "debug" }: {
    readonly env?: Environment;
    readonly folder?: string;
    readonly logLevel?: LogLevel;
  } = {},
): Promise<TestApp> {
  const temporary = folder === undefined ? await temporaryFolder() : undefined;
  const path = folder ?? temporary!.path;
  const runtime = surroundingsOf({ ...PLAIN_SURROUNDINGS, MCP_IMAGE_SAVE_DIR: path, ...env }, path);
  const configuration = loadConfiguration(runtime, new Map());
  assert.deepEqual(configuration.problems, []);
  const log: string[] = [];
  const write = (line: string) => void log.push(line);
  const logger = createLogger({ level: logLevel, format: "text", secrets: () => [], write });
  const app = createApp(configuration, runtime, new Map(), { log: logger });
  return {
    app,
    folder: path,
    log,
    async [Symbol.asyncDispose]() {
      await app.close({ graceSeconds: 0 });
      await temporary?.[Symbol.asyncDispose]();
    },
  };
}

/** A world with these variables, this folder and no others. */
export function surroundingsOf(env: Environment, workingDirectory: string): Runtime {
  return {
    environment: (name) => env[name],
    names: () => Object.keys(env),
    workingDirectory,
    os: Deno.build.os,
    readTextFile: (path) => Deno.readTextFileSync(path),
    isWritable: () => true,
  };
}

export interface TestClient extends AsyncDisposable {
  readonly client: Client;
  /** Calls a tool and takes its envelope apart. */
  call(tool: string, args?: Record<string, unknown>, options?: RequestOptions): Promise<Called>;
}

export interface Called {
  readonly isError: boolean;
  // deno-lint-ignore no-explicit-any
  readonly envelope: any;
  readonly content: readonly { readonly type: string; readonly [field: string]: unknown }[];
}

/** A real client of the app, connected without a network as over stdio. */
export async function connectTestClient(
  app: App,
  {
    mode = "legacy",
    view = { transport: "stdio" },
    name = "test",
    capabilities = {},
    listChanged,
  }: {
    readonly mode?: VersionNegotiationMode;
    /** What the client calls itself. */
    readonly name?: string;
    readonly capabilities?: ClientCapabilities;
    readonly view?: TransportView;
    /** Told when a list is another one. */
    readonly listChanged?: ClientOptions["listChanged"];
  } = {},
): Promise<TestClient> {
  const [near, far] = InMemoryTransport.createLinkedPair();
  const parts = app.serverDependencies(view);
  const makeServer: McpServerFactory = ({ era }) => makeMcpServer(parts, { era, owner: "" });
  const server = serveStdio(makeServer, { transport: far });
  const options = { versionNegotiation: { mode }, capabilities, listChanged };
  const client = new Client({ name, version: "1" }, options);
  await client.connect(near);
  return {
    client,
    call: (tool, args, options) => callTool(client, tool, args, options),
    async [Symbol.asyncDispose]() {
      await client.close();
      await server.close();
    },
  };
}

/** Calls a tool of any connected client. */
export async function callTool(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
  options?: RequestOptions,
): Promise<Called> {
  const result = await client.callTool({ name, arguments: args }, options);
  return {
    isError: result.isError === true,
    envelope: result.structuredContent,
    content: result.content as Called["content"],
  };
}
