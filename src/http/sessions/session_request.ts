/** What a request of an older client must look like, and what it brings. */

import {
  type JSONRPCMessage,
  type JSONRPCRequest,
  SUPPORTED_PROTOCOL_VERSIONS,
} from "../../dependencies/mcp_server.ts";
import { initializeMistake, withCapabilities } from "../../mcp/initialize.ts";
import { asMessage, idOf } from "../../mcp/json_rpc_lines.ts";
import { VERSION_HEADER } from "../../mcp/revision.ts";
import { refusal } from "../answers.ts";

/** One message or several; undefined where they are none. */
export function messagesOf(body: unknown): readonly JSONRPCMessage[] | undefined {
  const all = Array.isArray(body) ? body : [body];
  if (all.length === 0 || all.length > MAX_BATCH) return undefined;
  const messages = all.map(asMessage).filter((message) => message !== undefined);
  return messages.length === all.length ? messages : undefined;
}

export function isBeginning(message: JSONRPCMessage): message is JSONRPCRequest {
  return "method" in message && message.method === "initialize" && "id" in message;
}

/** The answer to a beginning that cannot be one; no session is opened for it. */
export function wrongBeginning(beginning: JSONRPCRequest): Response | undefined {
  const message = initializeMistake(withCapabilities(beginning));
  return message === undefined ? undefined : refusal(400, message, {
    ...INVALID_PARAMS,
    id: beginning.id,
  });
}

/** The answer to a beginning that is too long to be kept; of a client's it has some hundred letters. */
export function longBeginning({ params, id }: JSONRPCRequest): Response | undefined {
  if (JSON.stringify(params).length <= LONGEST_BEGINNING) return undefined;
  const message = `The params of initialize may have at most ${LONGEST_BEGINNING} characters`;
  return refusal(400, message, { ...INVALID_PARAMS, id });
}

export function notMessages(body: unknown): Response {
  return refusal(400, "The body is no JSON-RPC message", {
    ...INVALID_REQUEST,
    id: idOf(body),
  });
}

/** The answer to a client that would not take what it will get. */
export function wrongAccept({ method, headers }: Request): Response | undefined {
  const types = ACCEPT[method] ?? [];
  const accepted = headers.get("accept") ?? "";
  if (types.every((type) => accepted.includes(type))) return undefined;
  return refusal(406, `The Accept header must name ${types.join(" and ")}`);
}

export function wrongVersion({ headers }: Request): Response | undefined {
  const version = headers.get(VERSION_HEADER);
  if (version === null || SUPPORTED_PROTOCOL_VERSIONS.includes(version)) return undefined;
  return refusal(
    400,
    `MCP-Protocol-Version must be one of ${SUPPORTED_PROTOCOL_VERSIONS.join(", ")} in a session`,
  );
}

/** Whether clients of a revision can resume a stream before its first message. */
export function knowsPriming(revision: string): boolean {
  return SUPPORTED_PROTOCOL_VERSIONS.includes(revision) && revision >= PRIMING_SINCE;
}

const ACCEPT: Readonly<Record<string, readonly string[]>> = {
  POST: ["application/json", "text/event-stream"],
  GET: ["text/event-stream"],
};
const PRIMING_SINCE = "2025-11-25";
export const INVALID_REQUEST = { code: -32600 };
const INVALID_PARAMS = { code: -32602 };
const MAX_BATCH = 100;
const LONGEST_BEGINNING = 32_768;
