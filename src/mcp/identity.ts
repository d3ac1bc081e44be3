/** Who this server says it is, and what it offers: small, since it is needed before anything is loaded. */

import { VERSION } from "../version.ts";

export const SERVER_INFO = {
  name: "mcp-image-server",
  title: "Image server",
  version: VERSION,
  description: "Generates images with several vendors and keeps them",
};

export const CAPABILITIES = {
  tools: { listChanged: false },
  resources: { listChanged: false },
  prompts: { listChanged: false },
  completions: {},
};

export const INSTRUCTIONS =
  "generate_image makes pictures; list_providers tells what is possible. A picture that takes long " +
  "comes back as a job: wait for it with get_job, never by asking twice.";

/** The protocol revisions that begin with `initialize`, newest first. */
const HANDSHAKE_REVISIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05", "2024-10-07"];

/**
 * The answer to a well-formed `initialize`, the same as the SDK's, but ready before
 * the SDK is loaded: clients measure a server by this first answer. Undefined for
 * anything else, which is the SDK's to answer.
 */
export function greeting(params: unknown): Readonly<Record<string, unknown>> | undefined {
  const { protocolVersion, capabilities, clientInfo, _meta } = fieldsOf(params);
  const { name, version } = fieldsOf(clientInfo);
  const isWellFormed = typeof protocolVersion === "string" && isObject(capabilities) &&
    typeof name === "string" && typeof version === "string" && _meta === undefined;
  if (!isWellFormed) return undefined;
  return {
    protocolVersion: HANDSHAKE_REVISIONS.includes(protocolVersion)
      ? protocolVersion
      : HANDSHAKE_REVISIONS[0],
    capabilities: CAPABILITIES,
    serverInfo: SERVER_INFO,
    instructions: INSTRUCTIONS,
  };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
