import type { Settings } from "../../config/settings.ts";

/** The result that no known client takes more than, in bytes: what is larger is dropped as a whole. */
const CLIENTS_TAKE = 1_048_576;

/**
 * How large a result with pictures may be, in bytes: with MCP_INLINE_IMAGE=always as large as clients
 * take, if MCP_MAX_RESULT_BYTES does not say more.
 */
export function resultLimit(
  { MCP_INLINE_IMAGE: mode, MCP_MAX_RESULT_BYTES: limit }: Settings,
): number {
  return mode === "always" ? Math.max(limit, CLIENTS_TAKE) : limit;
}
