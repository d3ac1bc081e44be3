/** What a client has to know to start this server, or to reach one that runs elsewhere. */

import { fileURLToPath } from "node:url";

/** The name under which clients list this server. */
export const SERVER_NAME = "mcp-image-server";

/** A variable that the server needs and the client hands on. */
export interface HandedVariable {
  readonly name: string;
  readonly value: string;
  /** A key that should not stand in a configuration file. */
  readonly isSecret: boolean;
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

/** How this process was started, as Deno tells it. */
export interface Process {
  /** Whether it is a standalone executable. */
  readonly standalone: boolean;
  /** The address of the main module. */
  readonly mainModule: string;
  /** The executable's absolute path: ours, or Deno's own and never a launcher's. */
  readonly execPath: string;
}

/** The command line that starts this very program as an MCP server, from any working directory. */
export function commandOf(process: Process): Pick<LocalServer, "command" | "args"> {
  const { standalone, mainModule, execPath } = process;
  if (standalone) return { command: execPath, args: SERVE };
  const main = mainModule.startsWith("file:") ? fileURLToPath(mainModule) : mainModule;
  return { command: execPath, args: ["run", "-A", main, ...SERVE] };
}

// The transport is named so that MCP_TRANSPORT=http in a shared .env file cannot take the client's stdio away.
const SERVE: readonly string[] = ["serve", "--transport", "stdio"];

/** How a client writes "the value of this variable"; undefined for a client that cannot. */
export type Reference = ((name: string) => string) | undefined;

/** The variables as a client's `env` table: secrets as references where the client has them. */
export function environmentOf(
  variables: readonly HandedVariable[],
  reference: Reference,
): Readonly<Record<string, string>> {
  const entries = variables.map(({ name, value, isSecret }) =>
    [name, isSecret && reference ? reference(name) : value] as const
  );
  return Object.fromEntries(entries);
}

/** The headers that carry the token, or none. */
export function headersOf(
  { token }: RemoteServer,
  reference: Reference,
): { readonly headers?: Readonly<Record<string, string>> } {
  if (!token) return {};
  const value = token.variable && reference ? reference(token.variable) : token.value;
  return { headers: { Authorization: `Bearer ${value}` } };
}

/** What stands in the file for everybody to read, and why, for a warning; undefined where nothing does. */
export function secretsInClear(
  server: Server,
  { title, reference }: { readonly title: string; readonly reference?: Reference },
): { readonly names: readonly string[]; readonly reason: string } | undefined {
  const token = server.kind === "remote" ? server.token : undefined;
  if (reference) {
    const reason = token?.whyNoVariable;
    return token && reason ? { names: [token.title], reason } : undefined;
  }
  const variables = server.kind === "local" ? server.variables : [];
  const secrets = variables.filter(({ isSecret }) => isSecret).map(({ name }) => name);
  const names = token ? [token.title] : secrets;
  const reason = `${title} cannot refer to a variable from its file`;
  return names.length > 0 ? { names, reason } : undefined;
}
