/** Who this server says it is, and what it offers: small, since it is needed before anything is loaded. */

import { isRecord } from "../json.ts";
import { VERSION } from "../version.ts";

export const SERVER_INFO = {
  name: "mcp-image-server",
  title: "Image server",
  version: VERSION,
  description: "Generates images with several vendors and keeps them",
};

/** MCP Apps: an answer is shown as a view in the conversation. Revision 2026-01-26. */
const UI_EXTENSION = "io.modelcontextprotocol/ui";
/** What a view must be for a client to show it. */
export const VIEW_TYPE = "text/html;profile=mcp-app";

/**
 * Clients wait for the extension here before they show a view, whatever they say themselves
 * (anthropics/claude-ai-mcp#165, 2026-09-18).
 */
export const CAPABILITIES = {
  tools: { listChanged: false },
  resources: { listChanged: true, subscribe: true },
  prompts: { listChanged: true },
  completions: {},
  extensions: { [UI_EXTENSION]: {} },
};

/** Where nothing is sent but answers. */
export const UNTOLD_CAPABILITIES = {
  ...CAPABILITIES,
  resources: { listChanged: false },
  prompts: { listChanged: false },
};

export const INSTRUCTIONS =
  "generate_image makes pictures; list_providers tells what is possible. A picture that takes long " +
  "comes back as a job: wait for it with get_job, never by asking twice. How the server is set up " +
  "stands in its manual, the resources manual://TOPIC.";

/** The protocol revisions that begin with `initialize`, newest first. */
const HANDSHAKE_REVISIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05", "2024-10-07"];

/**
 * The answer to a well-formed `initialize`, the same as the SDK's, but ready before
 * the SDK is loaded: clients measure a server by this first answer. Undefined for
 * anything else, which is the SDK's to answer.
 */
export function greeting(params: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!isRecord(params) || params._meta !== undefined) return undefined;
  const { protocolVersion, capabilities, clientInfo } = params;
  if (typeof protocolVersion !== "string") return undefined;
  if (!areCapabilities(capabilities ?? {}) || !isIdentity(clientInfo)) return undefined;
  return {
    protocolVersion: HANDSHAKE_REVISIONS.includes(protocolVersion)
      ? protocolVersion
      : HANDSHAKE_REVISIONS[0],
    capabilities: CAPABILITIES,
    serverInfo: SERVER_INFO,
    instructions: INSTRUCTIONS,
  };
}

/** Objects all the way down but for switches; what extensions hold is nobody's business here. */
export function areCapabilities(value: unknown): boolean {
  return isRecord(value) && Object.entries(value).every(([name, each]) => {
    if (SWITCHES.has(name)) return typeof each === "boolean";
    if (OPEN_CAPABILITIES.has(name)) return isRecord(each) && Object.values(each).every(isRecord);
    return areCapabilities(each);
  });
}

const SWITCHES: ReadonlySet<string> = new Set(["listChanged", "applyDefaults"]);
const OPEN_CAPABILITIES: ReadonlySet<string> = new Set(["experimental", "extensions"]);

/** The name in a client's own words about itself, such as `clientInfo`. */
export function clientNamed(info: unknown): string | undefined {
  return isRecord(info) && typeof info.name === "string" ? info.name : undefined;
}

/**
 * Whether a client shows views in the conversation, by its capabilities. Claude says so in
 * `initialize`, ChatGPT with each request (anthropics/claude-ai-mcp#830, 2026-08-10; as seen of
 * openai-mcp 1.0.0 on 2026-09-15).
 */
export function showsViews(capabilities: unknown): boolean {
  const extensions = isRecord(capabilities) ? capabilities.extensions : undefined;
  const extension = isRecord(extensions) ? extensions[UI_EXTENSION] : undefined;
  const types = isRecord(extension) ? extension.mimeTypes : undefined;
  return Array.isArray(types) && types.includes(VIEW_TYPE);
}

export function isIdentity(value: unknown): boolean {
  if (!isRecord(value) || value.icons !== undefined) return false;
  const { name, version, title, description, websiteUrl } = value;
  const isTextIfAny = (each: unknown) => each === undefined || typeof each === "string";
  return typeof name === "string" && typeof version === "string" &&
    [title, description, websiteUrl].every(isTextIfAny);
}
