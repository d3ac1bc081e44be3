/** Clients of 2025-11-25 and older: a server and a transport for each, until it is done or idle. */

import type { Settings } from "../config.ts";
import {
  type AuthInfo,
  isInitializeRequest,
  type JSONRPCMessage,
  type McpServer,
  type McpServerFactory,
  type RequestId,
  type Server,
  WebStandardStreamableHTTPServerTransport,
} from "../deps/mcp_server.ts";
import { refusal } from "./answers.ts";
import { createEventShelf, EVENT_BOUNDS, type SessionEvents } from "./events.ts";
import type { Visit } from "./parts.ts";

/** One request of an older client. */
export interface Call extends Visit {
  /** The parsed body of a POST. */
  readonly body: unknown;
  readonly authInfo: AuthInfo | undefined;
}

export interface Sessions {
  readonly count: number;
  /** Requests that are being worked on. */
  readonly running: number;
  /** Opens a session, continues one, or ends it, as the request says. */
  serve(call: Call): Promise<Response>;
  /** Ends every session and its streams. */
  close(): Promise<void>;
}

interface Session {
  readonly id: string;
  readonly client: string;
  readonly server: McpServer | Server;
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly events: SessionEvents;
  readonly runningCalls: Set<RequestId>;
  /** Requests whose answer, often a stream, is not over. */
  openAnswers: number;
  lastUse: number;
}

/** Keeps the sessions of one server; `close` must be called to stop its clock. */
export function createSessions(
  makeServer: McpServerFactory,
  settings: Settings,
  now: () => number,
): Sessions {
  const sessions = new Map<string, Session>();
  const shelf = createEventShelf(EVENT_BOUNDS, now);
  const keepAliveMs = settings.MCP_SSE_KEEPALIVE * 1000;
  const idleLimit = settings.MCP_SESSION_TIMEOUT * 1000;

  const isIdle = (session: Session) => session.openAnswers === 0 && session.runningCalls.size === 0;
  const isOver = (session: Session) => isIdle(session) && now() - session.lastUse > idleLimit;

  function serve(call: Call): Promise<Response> {
    const id = call.request.headers.get("mcp-session-id");
    if (id !== null) return continueSession(id, call);
    return opensSession(call.body) ? openSession(call) : refuse(call);
  }

  async function openSession(call: Call): Promise<Response> {
    if (!hasRoom()) return noRoom();
    const server = await makeServer({
      era: "legacy",
      authInfo: call.authInfo,
      requestInfo: call.request,
    });
    const events = shelf.forSession();
    const runningCalls = new Set<RequestId>();
    let session: Session | undefined;
    let isTurnedAway = false;
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      eventStore: events,
      keepAliveMs,
      retryInterval: RETRY_INTERVAL,
      onsessioninitialized: (id) => {
        isTurnedAway = !makeRoom();
        if (isTurnedAway) throw new Error("No room for another session");
        session = {
          id,
          client: call.client,
          server,
          transport,
          events,
          runningCalls,
          openAnswers: 0,
          lastUse: now(),
        };
        sessions.set(id, session);
        useUntilEnd(session, call);
      },
      onsessionclosed: (id) => {
        sessions.delete(id);
        events.clear();
      },
    });
    watchCalls(transport, runningCalls, () => session && touch(session));
    await server.connect(transport);
    const { body: parsedBody, authInfo } = call;
    const response = await transport.handleRequest(call.request, { parsedBody, authInfo });
    if (session === undefined) await server.close();
    return isTurnedAway ? noRoom() : response;
  }

  async function continueSession(id: string, call: Call): Promise<Response> {
    const session = sessions.get(id);
    if (session !== undefined && isOver(session)) await end(session);
    else if (session?.client === call.client) {
      useUntilEnd(session, call);
      const { body: parsedBody } = call;
      const authInfo = withDisconnection(call);
      return await session.transport.handleRequest(call.request, { parsedBody, authInfo });
    }
    return refusal(404, "Session not found", { code: -32001 });
  }

  function useUntilEnd(session: Session, { atEnd }: Call) {
    session.openAnswers++;
    touch(session);
    atEnd(() => {
      session.openAnswers--;
      touch(session);
    });
  }

  /** The session used last stands last. */
  function touch(session: Session) {
    if (!sessions.delete(session.id)) return;
    session.lastUse = now();
    sessions.set(session.id, session);
  }

  async function end(session: Session) {
    sessions.delete(session.id);
    session.events.clear();
    await session.server.close();
  }

  const longestIdle = () => sessions.values().find(isIdle);
  const isFull = () => sessions.size >= settings.MCP_MAX_SESSIONS;
  const hasRoom = () => !isFull() || longestIdle() !== undefined;

  function makeRoom(): boolean {
    if (!isFull()) return true;
    const oldest = longestIdle();
    if (oldest !== undefined) void end(oldest);
    return oldest !== undefined;
  }

  async function sweep() {
    shelf.prune();
    await Promise.all(sessions.values().filter(isOver).toArray().map(end));
  }

  const clock = setInterval(sweep, settings.MCP_SESSION_CLEANUP_INTERVAL * 1000);
  Deno.unrefTimer(clock);

  return {
    get count() {
      return sessions.size;
    },
    get running() {
      return sessions.values().reduce((sum, { runningCalls }) => sum + runningCalls.size, 0);
    },
    serve,
    async close() {
      clearInterval(clock);
      await Promise.all([...sessions.values()].map(end));
    },
  };
}

/** Keeps `running` to the requests that came in and have not been answered. */
function watchCalls(
  transport: WebStandardStreamableHTTPServerTransport,
  running: Set<RequestId>,
  onChange: () => void,
) {
  transport.onmessage = (message: JSONRPCMessage) => {
    if ("method" in message && "id" in message) running.add(message.id);
    const cancelled = cancelledRequest(message);
    if (cancelled !== undefined) running.delete(cancelled);
    onChange();
  };
  const send = transport.send.bind(transport);
  transport.send = async (message, options) => {
    try {
      await send(message, options);
    } finally {
      if (!("method" in message) && message.id !== undefined) running.delete(message.id);
      onChange();
    }
  };
}

/** A cancelled request gets no answer. */
function cancelledRequest(message: JSONRPCMessage): RequestId | undefined {
  if (!("method" in message) || message.method !== "notifications/cancelled") return undefined;
  const id = message.params?.requestId;
  return typeof id === "string" || typeof id === "number" ? id : undefined;
}

/**
 * A client that lost a stream may resume it, so the protocol goes on with the call;
 * `extra.disconnected` lets tools know that perhaps nobody will.
 */
function withDisconnection({ authInfo, atEnd }: Call): AuthInfo {
  const controller = new AbortController();
  atEnd(() => controller.abort(DISCONNECTED));
  const nobody = { token: "", clientId: "", scopes: [] };
  return { ...nobody, ...authInfo, extra: { disconnected: controller.signal } };
}

function opensSession(body: unknown): boolean {
  return isInitializeRequest(Array.isArray(body) && body.length === 1 ? body[0] : body);
}

/** A transport without a session knows what is wrong with a request that opens none. */
function refuse({ request, body }: Call): Promise<Response> {
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: () => crypto.randomUUID(),
  });
  return transport.handleRequest(request, { parsedBody: body });
}

function noRoom(): Response {
  const message = "Too many sessions are in use; try again soon";
  return refusal(503, message, { headers: { "Retry-After": "10" } });
}

/** Milliseconds a client waits before it resumes a broken stream. */
const RETRY_INTERVAL = 1000;
/** A reason of its own, since making the default one takes a stack trace with every answer. */
const DISCONNECTED = "disconnected";
