/** What stands under a server's name in a client's file, in the forms that clients take. */

import {
  environmentOf,
  headersOf,
  type Reference,
  type RemoteServer,
  type Server,
} from "./entry.ts";

/** What stands under the server's name. */
export type Entry = Readonly<Record<string, unknown>>;

/**
 * Every field that some client reads of an entry to know how a server is started or reached; one
 * that the new entry lacks is taken out, since it could win over what is written.
 */
export const ENTRY_FIELDS: readonly string[] = [
  "type",
  "transport",
  "transportType",
  "command",
  "args",
  "env",
  "env_vars",
  "environment",
  "url",
  "httpUrl",
  "serverUrl",
  "baseUrl",
  "tcp",
  "headers",
  "headersHelper",
  "http_headers",
  "env_http_headers",
  "requestOptions",
  "bearer_token",
  "bearer_token_env_var",
];

/** Fields that are written where there are none, and left as a person changed them. */
export const PERSONS_FIELDS: readonly string[] = ["tools"];

export function localEntry(server: Server & { kind: "local" }, reference: Reference): Entry {
  const { command, args, variables } = server;
  return { command, args, env: environmentOf(variables, reference) };
}

/** `field` is where the client looks for the address. */
export function remoteEntry(field: string, server: RemoteServer, reference: Reference): Entry {
  return { [field]: server.url, ...headersOf(server, reference) };
}

export function codexEntry(server: Server): Entry {
  if (server.kind === "remote") {
    const { url, token } = server;
    if (token?.variable) return { url, bearer_token_env_var: token.variable };
    return { url, ...(token ? { http_headers: { Authorization: `Bearer ${token.value}` } } : {}) };
  }
  const secrets = server.variables.filter(({ isSecret }) => isSecret).map(({ name }) => name);
  const plain = server.variables.filter(({ isSecret }) => !isSecret);
  return {
    command: server.command,
    args: server.args,
    ...(secrets.length > 0 ? { env_vars: secrets } : {}),
    env: environmentOf(plain, undefined),
  };
}

/** The command and its arguments are one list. */
export function opencodeEntry(server: Server, reference: Reference): Entry {
  if (server.kind === "remote") return { type: "remote", ...remoteEntry("url", server, reference) };
  const { command, args, variables } = server;
  const environment = environmentOf(variables, reference);
  return { type: "local", command: [command, ...args], environment };
}

/** The token stands in a variable of its own, because arguments are split at spaces on Windows. */
export function throughMcpRemote({ url, token }: RemoteServer): Entry {
  const isPlainHttp = url.startsWith("http:");
  const args = ["-y", "mcp-remote", url, ...(isPlainHttp ? ["--allow-http"] : [])];
  if (!token) return { command: "npx", args };
  return {
    command: "npx",
    args: [...args, "--header", "Authorization:${AUTHORIZATION}"],
    env: { AUTHORIZATION: `Bearer ${token.value}` },
  };
}
