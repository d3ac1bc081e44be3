/** One MCP server per client or request, over whatever transport: the same tools, resources and prompts. */

import { type McpRequestContext, McpServer } from "../deps/mcp_server.ts";
import { CAPABILITIES, INSTRUCTIONS, SERVER_INFO } from "./identity.ts";
import type { ServerParts } from "./parts.ts";
import { registerPrompts } from "./prompts.ts";
import { registerResources } from "./resources.ts";
import { generateImage } from "./tools/generate_image.ts";
import { getImageData } from "./tools/get_image_data.ts";
import { cancelJob, getJob, listJobs } from "./tools/jobs.ts";
import { listProviders } from "./tools/list_providers.ts";
import { reloadConfig } from "./tools/reload_config.ts";
import type { Tool } from "./tools/tool.ts";

/** Every tool there is, in the order clients see them. */
export const TOOLS: readonly Tool[] = [
  generateImage,
  getJob,
  cancelJob,
  listJobs,
  getImageData,
  listProviders,
  reloadConfig,
];

/**
 * Makes a server; cheap, since everything it works with is shared. The stateless revision
 * makes one per request and names the method in a header, so that only what the request
 * asks for is registered.
 */
export function makeMcpServer(parts: ServerParts, { era, requestInfo }: Asked = {}): McpServer {
  const server = new McpServer(SERVER_INFO, {
    capabilities: CAPABILITIES,
    instructions: INSTRUCTIONS,
  });
  const headers = era === "modern" ? requestInfo?.headers : undefined;
  const method = headers?.get("mcp-method") ?? "";
  const isWanted = (group: string) => !ALONE.test(method) || method.startsWith(`${group}/`);
  if (isWanted("tools")) {
    const name = method === "tools/call" ? headers?.get("mcp-name") : undefined;
    const named = TOOLS.filter((tool) => tool.name === name);
    for (const tool of named.length > 0 ? named : TOOLS) tool.register(server, parts);
  }
  if (isWanted("resources")) registerResources(server, parts);
  if (isWanted("prompts")) registerPrompts(server, parts);
  return server;
}

type Asked = Partial<Pick<McpRequestContext, "era" | "requestInfo">>;

/** Methods that need nothing but their own group. */
const ALONE = /^(tools|resources|prompts)\//;
