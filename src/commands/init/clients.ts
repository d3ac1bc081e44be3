/** The AI clients as data: where each keeps its servers, and how it writes one down. */

import { posix, win32 } from "node:path";
import type { Runtime } from "../../config/env_files.ts";
import {
  environmentOf,
  headersOf,
  type Reference,
  type RemoteServer,
  type Server,
  SERVER_NAME,
} from "./entry.ts";

/** What stands under the server's name. */
export type Entry = Readonly<Record<string, unknown>>;

export interface Client {
  readonly title: string;
  /** "json" may hold comments; "yaml" is a file of our own. */
  readonly format: "json" | "toml" | "yaml";
  /** The key under which the file lists its servers. */
  readonly servers: string;
  /** How the file names a variable of the environment; absent where it cannot. */
  readonly reference?: (name: string) => string;
  /** The absolute path of the client's own file; undefined where it has none that may be written. */
  readonly file: (places: Places) => string | undefined;
  readonly entry: (server: Server, reference: Reference) => Entry;
  /** What the person does next. */
  readonly next: string;
  /** What else to know when the server is remote. */
  readonly remoteNote?: string;
}

/** The folders of this system and user. */
export interface Places {
  readonly os: Runtime["os"];
  readonly environment: Runtime["environment"];
  readonly home: string;
}

export const CLIENTS: Readonly<Record<string, Client>> = {
  cursor: {
    title: "Cursor",
    format: "json",
    servers: "mcpServers",
    reference: dollarEnv,
    file: (places) => inHome(places, ".cursor", "mcp.json"),
    entry: (server, reference) =>
      server.kind === "local"
        ? { type: "stdio", ...localEntry(server, reference) }
        : { url: server.url, ...headersOf(server, reference) },
    next: "Switch the server on in Cursor's settings under MCP",
  },
  vscode: {
    title: "VS Code",
    format: "json",
    servers: "servers",
    reference: dollarEnv,
    file: (places) => join(places, applicationData(places), "Code", "User", "mcp.json"),
    entry: (server, reference) =>
      server.kind === "local"
        ? { type: "stdio", ...localEntry(server, reference) }
        : { type: "http", url: server.url, ...headersOf(server, reference) },
    next: "Run 'MCP: List Servers' in the command palette and start the server",
  },
  windsurf: {
    title: "Windsurf",
    format: "json",
    servers: "mcpServers",
    reference: dollarEnv,
    file: (places) => inHome(places, ".codeium", "windsurf", "mcp_config.json"),
    entry: (server, reference) =>
      server.kind === "local"
        ? localEntry(server, reference)
        : { serverUrl: server.url, ...headersOf(server, reference) },
    next: "Refresh the list of servers in Cascade",
  },
  "claude-desktop": {
    title: "Claude Desktop",
    format: "json",
    servers: "mcpServers",
    file: (places) => join(places, applicationData(places), "Claude", "claude_desktop_config.json"),
    entry: (server, reference) =>
      server.kind === "local" ? localEntry(server, reference) : throughMcpRemote(server),
    next: "Quit Claude Desktop and start it again",
    remoteNote: "Claude Desktop's file starts programs only: this entry uses mcp-remote, which " +
      "needs Node.js. For a server with a public address, Settings > Connectors does without",
  },
  "claude-code": {
    title: "Claude Code",
    format: "json",
    servers: "mcpServers",
    reference: (name) => `\${${name}}`,
    file: (places) => {
      const folder = places.environment("CLAUDE_CONFIG_DIR");
      return folder ? join(places, folder, ".claude.json") : inHome(places, ".claude.json");
    },
    entry: (server, reference) =>
      server.kind === "local"
        ? { type: "stdio", ...localEntry(server, reference) }
        : { type: "http", url: server.url, ...headersOf(server, reference) },
    next: "Start a new session and look at /mcp",
  },
  codex: {
    title: "Codex",
    format: "toml",
    servers: "mcp_servers",
    // Codex has no references; it takes lists of variables to hand on, so secrets stay out all the same.
    reference: (name) => name,
    file: (places) => {
      const folder = places.environment("CODEX_HOME");
      return folder ? join(places, folder, "config.toml") : inHome(places, ".codex", "config.toml");
    },
    entry: codexEntry,
    next: "Start a new session and look at /mcp",
  },
  "cherry-studio": {
    title: "Cherry Studio",
    format: "json",
    servers: "mcpServers",
    file: () => undefined,
    entry: (server, reference) => {
      const common = { name: SERVER_NAME, isActive: true };
      return server.kind === "local"
        ? { ...common, type: "stdio", ...localEntry(server, reference) }
        : {
          ...common,
          type: "streamableHttp",
          baseUrl: server.url,
          ...headersOf(server, reference),
        };
    },
    next: "Paste this under Settings > MCP Servers > Add > Import from JSON",
  },
  cline: {
    title: "Cline",
    format: "json",
    servers: "mcpServers",
    reference: dollarEnv,
    file: clineFile,
    entry: (server, reference) =>
      server.kind === "local"
        ? { type: "stdio", ...localEntry(server, reference) }
        : { type: "streamableHttp", url: server.url, ...headersOf(server, reference) },
    next: "Look at Cline's MCP Servers panel; it reads the file again by itself",
  },
  continue: {
    title: "Continue",
    format: "yaml",
    servers: "mcpServers",
    reference: (name) => `\${{ secrets.${name} }}`,
    file: (places) => {
      const folder = places.environment("CONTINUE_GLOBAL_DIR") ?? inHome(places, ".continue");
      return join(places, folder, "mcpServers", `${SERVER_NAME}.yaml`);
    },
    entry: (server, reference) => {
      if (server.kind === "local") return { type: "stdio", ...localEntry(server, reference) };
      const headers = headersOf(server, reference);
      const options = headers.headers ? { requestOptions: headers } : {};
      return { type: "streamable-http", url: server.url, ...options };
    },
    next: "Reload the Continue configuration; keys may also stand in ~/.continue/.env",
  },
};

/** Every field an entry may have of ours; one that the new entry lacks is taken out. */
export const ENTRY_FIELDS: readonly string[] = [
  "type",
  "command",
  "args",
  "env",
  "env_vars",
  "url",
  "serverUrl",
  "baseUrl",
  "headers",
  "http_headers",
  "requestOptions",
  "bearer_token_env_var",
];

function localEntry(server: Server & { kind: "local" }, reference: Reference): Entry {
  const { command, args, variables } = server;
  return { command, args, env: environmentOf(variables, reference) };
}

function codexEntry(server: Server): Entry {
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

/** The token stands in a variable of its own, because arguments are split at spaces on Windows. */
function throughMcpRemote({ url, token }: RemoteServer): Entry {
  const isPlainHttp = url.startsWith("http:");
  const args = ["-y", "mcp-remote", url, ...(isPlainHttp ? ["--allow-http"] : [])];
  if (!token) return { command: "npx", args };
  return {
    command: "npx",
    args: [...args, "--header", "Authorization:${AUTHORIZATION}"],
    env: { AUTHORIZATION: `Bearer ${token.value}` },
  };
}

function clineFile(places: Places): string {
  const named = places.environment("CLINE_MCP_SETTINGS_PATH");
  if (named) return named;
  const folder = places.environment("CLINE_DIR") ?? inHome(places, ".cline");
  const data = places.environment("CLINE_DATA_DIR") ?? join(places, folder, "data");
  return join(places, data, "settings", "cline_mcp_settings.json");
}

function dollarEnv(name: string): string {
  return `\${env:${name}}`;
}

/** Where programs of this system keep a user's settings. */
function applicationData(places: Places): string {
  const { os, environment } = places;
  if (os === "windows") return environment("APPDATA") ?? inHome(places, "AppData", "Roaming");
  if (os === "darwin") return inHome(places, "Library", "Application Support");
  return environment("XDG_CONFIG_HOME") ?? inHome(places, ".config");
}

function inHome(places: Places, ...parts: readonly string[]): string {
  return join(places, places.home, ...parts);
}

function join({ os }: Places, ...parts: readonly string[]): string {
  return (os === "windows" ? win32 : posix).join(...parts);
}
