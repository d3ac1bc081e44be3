/** What a client has to know to start this server, or to reach one that runs elsewhere. */

import { fileURLToPath } from "node:url";
import type { Process } from "../program.ts";

/** The name under which clients list this server. */
export const SERVER_NAME = "mcp-image-server";

/** A variable that the server needs and the client hands on. */
export interface HandedVariable {
  readonly name: string;
  readonly value: string;
  /** A key that should not stand in a configuration file. */
  readonly isSecret: boolean;
  /** Whether Deno reads it, and not this server. */
  readonly isForRuntime?: boolean;
}

/** Starts this very program on this machine. */
export interface LocalServer {
  readonly kind: "local";
  /** An absolute path. */
  readonly command: string;
  readonly args: readonly string[];
  readonly variables: readonly HandedVariable[];
}

/** Reaches a server over HTTP. */
export interface RemoteServer {
  readonly kind: "remote";
  readonly url: string;
  readonly token?: RemoteToken;
}

export interface RemoteToken {
  readonly value: string;
  /** What to call it, such as "the bearer token". */
  readonly title: string;
  /** The variable that holds exactly this token in the environment, if one does. */
  readonly variable?: string;
  /** Else why none does, to go after "because". */
  readonly whyNoVariable?: string;
}

export type Server = LocalServer | RemoteServer;

/** The command line that starts this very program as an MCP server, from any working directory. */
export function commandOf(process: Process): Pick<LocalServer, "command" | "args"> {
  const { standalone, mainModule, execPath } = process;
  if (standalone) return { command: execPath, args: SERVE };
  const main = mainModule.startsWith("file:") ? fileURLToPath(mainModule) : mainModule;
  return { command: execPath, args: ["run", "-A", main, ...SERVE] };
}

// The transport is named so that MCP_TRANSPORT=http in a shared .env file cannot take the client's stdio away.
const SERVE: readonly string[] = ["serve", "--transport", "stdio"];

/** How a client writes "the value of this variable"; undefined where it cannot. */
export type Reference = ((name: string) => string | undefined) | undefined;

/** The variables as a client's `env` table: secrets as references where the client has them. */
export function environmentOf(
  variables: readonly HandedVariable[],
  reference: Reference,
): Readonly<Record<string, string>> {
  const entries = variables.map(({ name, value, isSecret }) =>
    [name, (isSecret ? reference?.(name) : undefined) ?? value] as const
  );
  return Object.fromEntries(entries);
}

/** The headers that carry the token, or none. */
export function headersOf(
  { token }: RemoteServer,
  reference: Reference,
): { readonly headers?: Readonly<Record<string, string>> } {
  if (!token) return {};
  const value = token.variable && reference?.(token.variable);
  return { headers: { Authorization: `Bearer ${value || token.value}` } };
}

/** What stands in the file for everybody to read, and why, for a warning; undefined where nothing does. */
export function secretsInClear(
  server: Server,
  { title, reference, whyNoReference }: ReferringClient,
): { readonly names: readonly string[]; readonly reason: string } | undefined {
  const noReferences = whyNoReference ?? `${title} cannot refer to a variable from its file`;
  if (server.kind === "remote") {
    const { token } = server;
    const reason = reference ? token?.whyNoVariable : noReferences;
    return token && reason ? { names: [token.title], reason } : undefined;
  }
  const names = server.variables
    .filter(({ name, isSecret }) => isSecret && reference?.(name) === undefined)
    .map(({ name }) => name);
  return names.length > 0 ? { names, reason: noReferences } : undefined;
}

interface ReferringClient {
  readonly title: string;
  readonly reference?: Reference;
  readonly whyNoReference?: string;
}
