/** The MCP endpoint: one factory, both protocol eras. */

import {
  type AuthInfo,
  createMcpHandler,
  isLegacyRequest,
  type McpServerFactory,
} from "../deps/mcp_server.ts";
import { messageOf } from "../errors.ts";
import { answerInTime } from "./answer_in_time.ts";
import { refusal } from "./answers.ts";
import { readJsonBody } from "./body.ts";
import type { HttpParts, Visit } from "./parts.ts";
import { createSessions } from "./sessions.ts";

export interface Endpoint {
  readonly sessions: number;
  /** MCP requests of both eras that are being worked on. */
  readonly running: number;
  answer(visit: Visit): Promise<Response>;
  /** Ends every session and stream; what still runs is aborted. */
  close(): Promise<void>;
}

/** The endpoint of one server; `close` must be called to stop its clocks. */
export function createEndpoint(parts: HttpParts): Endpoint {
  const { settings, log, now = Date.now } = parts;
  const keepsSessions = settings.MCP_ENABLE_SESSIONS;
  const limits = {
    maxBytes: settings.MCP_MAX_BODY_BYTES,
    timeout: settings.MCP_REQUEST_TIMEOUT * 1000,
  };

  const makeServer: McpServerFactory = async (context) => {
    try {
      return await parts.makeServer(context);
    } catch (error) {
      log.error("cannot make an MCP server", { error: messageOf(error) });
      throw error;
    }
  };
  const keepAliveMs = settings.MCP_SSE_KEEPALIVE * 1000;
  const sessions = createSessions(makeServer, settings, now);
  const stateless = createMcpHandler(makeServer, {
    legacy: keepsSessions ? "reject" : "stateless",
    keepAliveMs: 0, // answerInTime keeps every stream alive
    maxRequestBodySize: settings.MCP_MAX_BODY_BYTES,
    onerror: (error) => log.debug("request refused", { reason: error.message }),
  });
  let runningStateless = 0;
  let isClosed = false;

  async function answer(visit: Visit): Promise<Response> {
    const { request, client } = visit;
    if (request.method === "GET" && !settings.MCP_ENABLE_SSE) return noEventStream();
    const parsed = request.method === "POST" ? await readJsonBody(request, limits) : undefined;
    if (parsed !== undefined && "refused" in parsed) return parsed.refused;
    if (isClosed) return refusal(503, "The server is stopping");
    const body = parsed?.value;
    const authInfo = authInfoOf(client);
    if (keepsSessions && await belongsToSession(request, body)) {
      return await sessions.serve({ ...visit, body, authInfo });
    }
    if (!isSubscription(body)) countUntilEnd(visit);
    const leaving = new AbortController();
    const answered = stateless.fetch(withSignal(request, leaving.signal), {
      authInfo,
      parsedBody: body,
    });
    if (!isCall(body)) return await answered;
    return await answerInTime(answered, { keepAliveMs, onLeave: () => leaving.abort() });
  }

  /** Told at once in the usual cases, since the SDK looks through the whole message. */
  async function belongsToSession(request: Request, body: unknown): Promise<boolean> {
    const revision = request.headers.get("mcp-protocol-version");
    if (request.method === "POST" && revision === STATELESS_REVISION) return false;
    return sessions.owns(request) || await isLegacyRequest(request, body);
  }

  function countUntilEnd({ atEnd }: Visit) {
    runningStateless++;
    atEnd(() => void runningStateless--);
  }

  return {
    get sessions() {
      return sessions.count;
    },
    get running() {
      return sessions.running + runningStateless;
    },
    answer,
    async close() {
      isClosed = true;
      await Promise.all([sessions.close(), stateless.close()]);
    },
  };
}

/** Tools learn the token's name; the token itself stays here. */
function authInfoOf(client: string): AuthInfo | undefined {
  return client === "" ? undefined : { token: "", clientId: client, scopes: [] };
}

/**
 * The same request, but for its signal: Deno aborts the original's after good answers, too, unless
 * a flag is given. A client that leaves is noticed by its response stream.
 */
function withSignal(request: Request, signal: AbortSignal): Request {
  return Object.create(request, { signal: { value: signal } });
}

/** Whatever is no call is answered at once. */
function isCall(body: unknown): boolean {
  return typeof body === "object" && body !== null && ("id" in body || Array.isArray(body));
}

/** A subscription stays open for as long as its client likes; nobody waits for its end. */
function isSubscription(body: unknown): boolean {
  return typeof body === "object" && body !== null && "method" in body &&
    body.method === "subscriptions/listen";
}

function noEventStream(): Response {
  return refusal(405, "This server offers no event stream on GET", {
    headers: { Allow: "POST, DELETE" },
  });
}

const STATELESS_REVISION = "2026-07-28";
