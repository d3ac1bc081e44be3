/** How requests name the protocol's revisions. */

export const VERSION_HEADER = "mcp-protocol-version";

/** The one without sessions. */
export const STATELESS_REVISION = "2026-07-28";
