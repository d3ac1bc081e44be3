/** An MCP server, over whatever transport and for whichever client: the same tools, resources and prompts. */

import { McpServer } from "../dependencies/mcp_server.ts";
import { CAPABILITIES, INSTRUCTIONS, SERVER_INFO } from "./identity.ts";
import type { ServerDependencies } from "./dependencies.ts";
import { registerManual } from "./manual.ts";
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

/** Makes a server; cheap, since everything it works with is shared. */
export function makeMcpServer(dependencies: ServerDependencies): McpServer {
  const server = new McpServer(SERVER_INFO, {
    capabilities: CAPABILITIES,
    instructions: INSTRUCTIONS,
  });
  for (const tool of TOOLS) tool.register(server, dependencies);
  registerResources(server, dependencies);
  registerManual(server);
  registerPrompts(server, dependencies);
  return server;
}
