/** The calls of one POST on their way to an answer. */

import type { JSONRPCMessage, JSONRPCRequest, RequestId } from "../../dependencies/mcp_server.ts";

export interface Exchange {
  readonly streamId: string;
  readonly unanswered: Set<RequestId>;
  /** What is to be sent once it is known how; undefined when the stream has begun. */
  early: JSONRPCMessage[] | undefined;
  /** Whether a tool wants the client to come back for its answer. */
  isCut: boolean;
  /** Resolves when there is nothing more to wait for before the answer begins. */
  readonly ready: PromiseWithResolvers<void>;
}

/**
 * The name of the stream that answers the calls of one POST, its number first. It tells which calls
 * they are, so that any server can say of them what has become of their answers.
 */
export function streamIdOf(number: number, calls: readonly JSONRPCRequest[]): string {
  const ids = encodeURIComponent(JSON.stringify(calls.map(({ id }) => id)));
  return ids.length <= LONGEST_IDS ? `${number}.${ids}` : String(number);
}

/** The calls that a stream of `streamIdOf` answers, where its name tells. */
export function callsOf(streamId: string): readonly RequestId[] {
  const [, ids = "[]"] = /^\d+\.(.*)$/s.exec(streamId) ?? [];
  try {
    return JSON.parse(decodeURIComponent(ids)).filter(isRequestId);
  } catch {
    return [];
  }
}

export function isCall(message: JSONRPCMessage): message is JSONRPCRequest {
  return "method" in message && "id" in message;
}

/** The answers to all calls, where they came together and nothing else did. */
export function wholeAnswer(
  { early, unanswered, isCut }: Exchange,
): JSONRPCMessage[] | undefined {
  const isWhole = unanswered.size === 0 && !isCut &&
    early?.every((message) => !("method" in message));
  return isWhole ? early : undefined;
}

/** The call that its client wants no answer to any more, where a message says so. */
export function cancelledCall(message: JSONRPCMessage): RequestId | undefined {
  if (!("method" in message) || message.method !== "notifications/cancelled") return undefined;
  const id = message.params?.requestId;
  return isRequestId(id) ? id : undefined;
}

function isRequestId(id: unknown): id is RequestId {
  return typeof id === "string" || typeof id === "number";
}

/** In characters, so that the id of an event stays short. */
const LONGEST_IDS = 200;
