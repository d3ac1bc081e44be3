/** What an answer may learn of its request: the part of the SDK's context that is used here. */

import type { ServerContext } from "../dependencies/mcp_server.ts";

export interface RequestContext {
  /** What the client calls itself, where it says. */
  readonly client?: string;
  /** Told how far the work is, where the caller is a part of this program. */
  readonly onProgress?: (message: string) => void;
  /** Whether it shows views in the conversation. */
  readonly showsViews?: boolean;
  readonly sessionId?: string;
  readonly mcpReq: Pick<ServerContext["mcpReq"], "id" | "method" | "_meta" | "signal" | "notify">;
  readonly http?: Pick<NonNullable<ServerContext["http"]>, "authInfo" | "req">;
}
