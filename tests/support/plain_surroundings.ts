/**
 * No test draws with an engine that happens to run on its machine, and pictures are stored as they
 * came, byte for byte, but in the tests that are about what is written into them.
 */
export const PLAIN_SURROUNDINGS: Readonly<Record<string, string>> = {
  MCP_LOCAL_ENGINES: "off",
  MCP_EMBED_METADATA: "off",
};
