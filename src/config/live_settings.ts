import type { Settings } from "./settings.ts";

/** Server settings that reload_config may change while the server runs; every provider's variables may, too. */
export const LIVE_SETTINGS: readonly (keyof Settings)[] = [
  "MCP_DEFAULT_PROVIDER",
  "MCP_ENABLE_PLACEHOLDER",
  "MCP_LOCAL_ENGINES",
  "MCP_PROVIDER_ORDER",
  "MCP_FAILOVER",
  "MCP_PROVIDER_TIMEOUT",
  "MCP_EMBED_METADATA",
  "MCP_SAVE_AS_DIRS",
  "MCP_IMAGE_RECORD_TTL",
  "MCP_TRASH_DAYS",
  "MCP_KEEP_DAYS",
  "MCP_KEEP_BYTES",
  "MCP_GET_IMAGE_DATA_MAX_BYTES",
  "MCP_INLINE_IMAGE",
  "MCP_INPUT_DIRS",
  "MCP_INPUT_HOSTS",
  "MCP_RESULT_STYLE",
  "MCP_MAX_RESULT_BYTES",
  "MCP_MAX_WAIT",
  "MCP_DEDUPE",
  "MCP_PUBLIC_BASE_URL",
];
