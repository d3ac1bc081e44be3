/** What an answer may learn of its request: the part of the SDK's context that is used here. */

import type { ServerContext } from "../dependencies/mcp_server.ts";

export interface RequestContext {
  /** What the client calls itself, where it says. */
  readonly client?: string;
  /** Whether it shows views in the conversation. */
  readonly showsViews?: boolean;
  readonly sessionId?: string;
  readonly mcpReq: Pick<ServerContext["mcpReq"], "id" | "method" | "_meta" | "signal" | "notify">;
  readonly http?: Pick<NonNullable<ServerContext["http"]>, "authInfo" | "req">;
}
