/** How a client says that it shows views: MCP Apps, revision 2026-01-26. */
export const SHOWS_VIEWS = {
  extensions: { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html;profile=mcp-app"] } },
};
