/** The first request of clients with a handshake, where it is not what it should be. */

import {
  isInitializeRequest,
  type JSONRPCRequest,
  SUPPORTED_PROTOCOL_VERSIONS,
} from "../dependencies/mcp_server.ts";
import { isRecord } from "../json.ts";
import type { Params } from "./params.ts";
import { shown } from "./arguments/argument_words.ts";

/** The same request, with no capabilities where none are named. */
export function withCapabilities<Request extends { readonly params?: Params }>(
  request: Request,
): Request {
  const { params } = request;
  if (!isRecord(params) || (params.capabilities ?? undefined) !== undefined) return request;
  return { ...request, params: { ...params, capabilities: {} } };
}

/** What is wrong with an `initialize`, as a sentence; undefined where it can be answered. */
export function initializeMistake(request: JSONRPCRequest): string | undefined {
  if (isInitializeRequest(request)) return undefined;
  const { protocolVersion, clientInfo } = request.params ?? {};
  return `Cannot answer initialize: ${mistakeIn(protocolVersion, clientInfo)}`;
}

function mistakeIn(protocolVersion: unknown, clientInfo: unknown): string {
  if (typeof protocolVersion !== "string") {
    const example = SUPPORTED_PROTOCOL_VERSIONS[0];
    return `'protocolVersion' must be a text such as '${example}'${current(protocolVersion)}`;
  }
  if (!isRecord(clientInfo)) return `'clientInfo' must be an object${current(clientInfo)}`;
  for (const name of ["name", "version"]) {
    const value = clientInfo[name];
    if (typeof value !== "string") return `'clientInfo.${name}' must be a text${current(value)}`;
  }
  return "a member of 'capabilities' or 'clientInfo' is not of the type that the protocol gives it";
}

function current(value: unknown): string {
  return value === undefined ? " and is missing" : `, current value is ${shown(value)}`;
}
