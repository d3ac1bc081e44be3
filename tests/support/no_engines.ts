/** No test draws with an engine that happens to run on its machine. */
export const NO_ENGINES: Readonly<Record<string, string>> = { MCP_LOCAL_ENGINES: "off" };
