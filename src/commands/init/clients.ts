/** The AI clients as data: where each keeps its servers, and how it writes one down. */

import {
  codexEntry,
  type Entry,
  localEntry,
  opencodeEntry,
  remoteEntry,
  throughMcpRemote,
} from "./client_entries.ts";
import { type Reference, type Server, SERVER_NAME } from "./entry.ts";
import { applicationData, folderOf, inHome, join, type Places, xdgConfigHome } from "./places.ts";

export interface Client {
  readonly title: string;
  /** "json" may hold comments; "yaml" is a file of our own. */
  readonly format: "json" | "toml" | "yaml";
  /** The key under which the file lists its servers. */
  readonly servers: string;
  /** How the file names a variable of the environment; absent, or undefined, where it cannot. */
  readonly reference?: (name: string) => string | undefined;
  /** Why it cannot, to go after "because"; absent where it is plain. */
  readonly whyNoReference?: string;
  /** The absolute path of the client's own file; undefined where it has none that may be written. */
  readonly file: (places: Places) => string | undefined;
  readonly entry: (server: Server, reference: Reference) => Entry;
  /** What the person does next. */
  readonly next: string;
  /** What else to know when the server is remote. */
  readonly remoteNote?: string;
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
        : remoteEntry("url", server, reference),
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
        : { type: "http", ...remoteEntry("url", server, reference) },
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
        : remoteEntry("serverUrl", server, reference),
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
    reference: dollar,
    file: (places) => join(places, folderOf(places, "CLAUDE_CONFIG_DIR"), ".claude.json"),
    entry: (server, reference) =>
      server.kind === "local"
        ? { type: "stdio", ...localEntry(server, reference) }
        : { type: "http", ...remoteEntry("url", server, reference) },
    next: "Start a new session and look at /mcp",
  },
  codex: {
    title: "Codex",
    format: "toml",
    servers: "mcp_servers",
    // Codex has no references; it takes lists of variables to hand on, so secrets stay out all the same.
    reference: (name) => name,
    file: (places) => join(places, folderOf(places, "CODEX_HOME", ".codex"), "config.toml"),
    entry: codexEntry,
    next: "Start a new session and look at /mcp",
  },
  gemini: {
    title: "Gemini CLI",
    format: "json",
    servers: "mcpServers",
    reference: dollar,
    file: (places) => join(places, folderOf(places, "GEMINI_CLI_HOME"), ".gemini", "settings.json"),
    // As of 0.61 (2026-11) `httpUrl` is deprecated for `url` with a type.
    entry: (server, reference) =>
      server.kind === "local"
        ? localEntry(server, reference)
        : { type: "http", ...remoteEntry("url", server, reference) },
    next: "Start it again and look at /mcp; it starts servers in folders that you trust only",
  },
  opencode: {
    title: "opencode",
    format: "json",
    servers: "mcp",
    reference: (name) => `{env:${name}}`,
    file: (places) => join(places, xdgConfigHome(places), "opencode", "opencode.json"),
    entry: opencodeEntry,
    next: "Start it again; 'opencode mcp list' shows the server",
  },
  qwen: {
    title: "Qwen Code",
    format: "json",
    servers: "mcpServers",
    reference: dollar,
    file: (places) => join(places, folderOf(places, "QWEN_HOME", ".qwen"), "settings.json"),
    // `url` alone would be a server of the older SSE transport.
    entry: (server, reference) =>
      server.kind === "local"
        ? localEntry(server, reference)
        : remoteEntry("httpUrl", server, reference),
    next: "Start it again and look at /mcp",
  },
  copilot: {
    title: "Copilot CLI",
    format: "json",
    servers: "mcpServers",
    reference: (name) => KEPT_BY_COPILOT.test(name) ? undefined : dollar(name),
    whyNoReference: "Copilot CLI keeps the keys of models' vendors from its servers",
    file: (places) => join(places, folderOf(places, "COPILOT_HOME", ".copilot"), "mcp-config.json"),
    entry: (server, reference) =>
      server.kind === "local"
        ? { type: "local", ...localEntry(server, reference), tools: ["*"] }
        : { type: "http", ...remoteEntry("url", server, reference), tools: ["*"] },
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
        : { ...common, type: "streamableHttp", ...remoteEntry("baseUrl", server, reference) };
    },
    next: "Paste this under Settings > MCP Servers > Add > Import from JSON",
  },
  cline: {
    title: "Cline",
    format: "json",
    servers: "mcpServers",
    // Both read this file; the extension resolves ${env:NAME}, the command line (3.0.65, 2026-11) not.
    whyNoReference: "Cline's command line resolves no references",
    file: clineFile,
    entry: (server, reference) =>
      server.kind === "local"
        ? { type: "stdio", ...localEntry(server, reference) }
        : { type: "streamableHttp", ...remoteEntry("url", server, reference) },
    next: "Look at Cline's MCP Servers panel; it reads the file again by itself",
  },
  continue: {
    title: "Continue",
    format: "yaml",
    servers: "mcpServers",
    reference: (name) => `\${{ secrets.${name} }}`,
    file: (places) => {
      const folder = folderOf(places, "CONTINUE_GLOBAL_DIR", ".continue");
      return join(places, folder, "mcpServers", `${SERVER_NAME}.yaml`);
    },
    entry: (server, reference) => {
      if (server.kind === "local") return { type: "stdio", ...localEntry(server, reference) };
      const { headers, ...address } = remoteEntry("url", server, reference);
      const options = headers ? { requestOptions: { headers } } : {};
      return { type: "streamable-http", ...address, ...options };
    },
    next: "Reload the Continue configuration; keys may also stand in ~/.continue/.env",
  },
};

/** The keys of models' vendors, which Copilot CLI (1.0.102, 2026-11) takes out of its environment. */
const KEPT_BY_COPILOT = /^(ANTHROPIC|AZURE_OPENAI|OPENAI)_API_KEY$/;

function clineFile(places: Places): string {
  const named = places.environment("CLINE_MCP_SETTINGS_PATH");
  if (named) return named;
  const folder = folderOf(places, "CLINE_DIR", ".cline");
  const data = places.environment("CLINE_DATA_DIR") || join(places, folder, "data");
  return join(places, data, "settings", "cline_mcp_settings.json");
}

function dollar(name: string): string {
  return `\${${name}}`;
}

function dollarEnv(name: string): string {
  return `\${env:${name}}`;
}
