/**
 * Requests of 2026-07-28 that want an answer and nothing else, answered without the SDK's server and
 * transport: those are made anew for each, in more time than most answers take. Everything that is not
 * plainly such a request is the SDK's to answer or to refuse.
 */

import type { AuthInfo } from "../dependencies/mcp_server.ts";
import { isRecord } from "../json.ts";
import type { RequestContext } from "./context.ts";
import type { ServerDependencies } from "./dependencies.ts";
import { areCapabilities, clientNamed, isIdentity, SERVER_INFO, showsViews } from "./identity.ts";
import { isId } from "./json_rpc_lines.ts";
import { answerRequest, isKnownMethod, type Result } from "./methods.ts";
import type { Params } from "./params.ts";
import { STATELESS_REVISION } from "./revision.ts";

export interface PlainCall {
  readonly request: Request;
  /** The parsed body. */
  readonly body: unknown;
  readonly authInfo: AuthInfo | undefined;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
}

/** The JSON-RPC answer, in the SDK's words; undefined for what is not plainly such a request. */
export function answerPlainly(
  { request, body, authInfo, signal }: PlainCall,
  dependencies: ServerDependencies,
): Promise<Result> | undefined {
  if (!isRecord(body) || body.jsonrpc !== "2.0" || !isId(body.id)) return undefined;
  const { id, method, params } = body;
  if (typeof method !== "string" || !isKnownMethod(method) || !isRecord(params)) return undefined;
  if (!isPlain(params) || !isNamedBy(request.headers, method, params)) return undefined;
  const meta = params._meta as Params;
  const context: RequestContext = {
    client: clientNamed(meta[META.client]),
    showsViews: showsViews(meta[META.capabilities]),
    mcpReq: { id, method, signal, notify: () => Promise.resolve() },
    http: { authInfo, req: request },
  };
  const revision = STATELESS_REVISION;
  return answerRequest({ method, params, context, revision, dependencies }).then(
    (result) => ({ result: stamped(method, result), jsonrpc: "2.0", id }),
    (error) => ({ jsonrpc: "2.0", id, error: asRpcError(error) }),
  );
}

/** Whether nothing is asked for beside the answer, such as progress on the way. */
function isPlain({ _meta: meta, inputResponses, requestState }: Params): boolean {
  if (!isRecord(meta) || inputResponses !== undefined || requestState !== undefined) return false;
  return meta[META.revision] === STATELESS_REVISION &&
    areCapabilities(meta[META.capabilities]) &&
    (meta[META.client] === undefined || isIdentity(meta[META.client])) &&
    Object.keys(meta).every((name) => KNOWN_META.has(name));
}

/** Whether the headers say the same as the body, as they must. */
function isNamedBy(headers: Headers, method: string, params: Params): boolean {
  if (headers.get("mcp-method") !== method) return false;
  const member = Object.hasOwn(NAMED_IN_HEADER, method) ? NAMED_IN_HEADER[method] : undefined;
  if (member === undefined) return true;
  const name = params[member];
  return typeof name === "string" && PLAIN_HEADER.test(name) && headers.get("mcp-name") === name;
}

/** What every result of that revision carries. */
function stamped(method: string, result: Result): Result {
  return {
    ...result,
    resultType: "complete",
    ...CACHEABLE.has(method) && { ttlMs: 0, cacheScope: "private" },
    _meta: { "io.modelcontextprotocol/serverInfo": SERVER_INFO },
  };
}

function asRpcError(error: unknown) {
  const { code, message = "Internal error", data } = Object(error);
  const isCode = Number.isSafeInteger(code);
  return {
    code: !isCode ? INTERNAL_ERROR : code === RESOURCE_NOT_FOUND ? INVALID_PARAMS : code,
    message,
    ...data !== undefined && { data },
  };
}

const META = {
  revision: "io.modelcontextprotocol/protocolVersion",
  capabilities: "io.modelcontextprotocol/clientCapabilities",
  client: "io.modelcontextprotocol/clientInfo",
} as const;
const KNOWN_META: ReadonlySet<string> = new Set(Object.values(META));
/** The member of params that the header `Mcp-Name` repeats. */
const NAMED_IN_HEADER: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
};
/** Others may be encoded. */
const PLAIN_HEADER = /^[!-<>-~]+$/;
const CACHEABLE: ReadonlySet<string> = new Set([
  "tools/list",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
  "resources/read",
]);
const INTERNAL_ERROR = -32603;
const INVALID_PARAMS = -32602;
/** As older revisions call what is an invalid parameter now. */
const RESOURCE_NOT_FOUND = -32002;
