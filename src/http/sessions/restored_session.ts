/** A session that goes on at another server than the one at which it began. */

import type { JSONRPCMessage } from "../../dependencies/mcp_server.ts";
import type { SessionTransport } from "./session_transport.ts";

/** Has the server hear what the client said when it began. */
export async function restoreSession(
  transport: SessionTransport,
  beginning: Readonly<Record<string, unknown>>,
  request: Request,
): Promise<void> {
  const messages = [{ jsonrpc: "2.0", id: 0, method: "initialize", params: beginning } as const];
  const came = { isBatch: false, knowsPriming: false, request, authInfo: undefined };
  const answer = await transport.post({ ...came, messages });
  await answer.body?.cancel();
  endHandshake(transport);
}

/**
 * Has the server take the handshake for done, as the client may say to another one alone: it tells of
 * changes from then on.
 */
export function endHandshake(transport: SessionTransport): void {
  transport.onmessage?.({ jsonrpc: "2.0", method: "notifications/initialized" });
}

/** Tells the client on its general stream what it may have missed, so that it looks again. */
export async function tellMissed(
  transport: SessionTransport,
  addresses: readonly string[],
): Promise<void> {
  const messages: readonly JSONRPCMessage[] = [
    { jsonrpc: "2.0", method: "notifications/resources/list_changed" },
    { jsonrpc: "2.0", method: "notifications/prompts/list_changed" },
    ...addresses.map((uri) => ({
      jsonrpc: "2.0" as const,
      method: "notifications/resources/updated",
      params: { uri },
    })),
  ];
  for (const message of messages) await transport.send(message);
}
