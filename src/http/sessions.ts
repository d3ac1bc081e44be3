/** Clients of 2025-11-25 and older: a server and a transport for each, until it is done or idle. */

import type { Settings } from "../config/settings.ts";
import type { AuthInfo, McpServer, Server } from "../dependencies/mcp_server.ts";
import { VERSION_HEADER } from "../mcp/revision.ts";
import { refusal } from "./answers.ts";
import { createEventShelf, EVENT_BOUNDS, type SessionEvents } from "./events.ts";
import type { Call, MakeServer } from "./dependencies.ts";
import { createShares, ownersOf } from "./shares.ts";
import {
  INVALID_REQUEST,
  isBeginning,
  knowsPriming,
  messagesOf,
  notMessages,
  wrongAccept,
  wrongBeginning,
  wrongVersion,
} from "./session_request.ts";
import { sessionNotFound, SessionTransport } from "./session_transport.ts";

export interface Sessions {
  readonly count: number;
  /** Requests that are being worked on. */
  readonly running: number;
  /** Whether a request names a session that is open here. */
  owns(request: Request): boolean;
  /** Opens a session, continues one, or ends it, as the request says. */
  serve(call: Call): Promise<Response>;
  /** Ends every session and its streams. */
  close(): Promise<void>;
}

interface Session {
  readonly id: string;
  readonly client: string;
  readonly server: McpServer | Server;
  readonly transport: SessionTransport;
  readonly events: SessionEvents;
  /** Requests whose answer, often a stream, is not over. */
  openAnswers: number;
  lastUse: number;
  /** Gives its place back. */
  readonly leave: () => void;
}

/** Keeps the sessions of one server; `close` must be called to stop its clock. */
export function createSessions(
  makeServer: MakeServer,
  settings: Settings,
  now: () => number,
): Sessions {
  const sessions = new Map<string, Session>();
  const shelf = createEventShelf(EVENT_BOUNDS, now);
  const places = createShares(settings.MCP_MAX_SESSIONS, ownersOf(settings));
  const keepAliveMs = settings.MCP_SSE_KEEPALIVE * 1000;
  const idleLimit = settings.MCP_SESSION_TIMEOUT * 1000;

  const isIdle = ({ openAnswers, transport }: Session) =>
    openAnswers === 0 && transport.running === 0;
  const isOver = (session: Session) => isIdle(session) && now() - session.lastUse > idleLimit;

  async function serve(call: Call): Promise<Response> {
    const id = call.request.headers.get("mcp-session-id");
    if (id === null) return await openSession(call);
    const session = sessions.get(id);
    if (session?.client !== call.client) return sessionNotFound();
    if (isOver(session)) {
      await end(session);
      return sessionNotFound();
    }
    return wrongVersion(call.request) ?? await continueSession(session, call);
  }

  async function openSession(call: Call): Promise<Response> {
    const { request, body, authInfo } = call;
    const refused = wrongAccept(request);
    if (refused) return refused;
    const messages = messagesOf(body);
    if (request.method === "POST" && !messages) return notMessages(body);
    const beginning = messages?.find(isBeginning);
    if (!messages || !beginning) return refusal(400, "Begin with initialize: no session is named");
    if (messages.length > 1) return refusal(400, "initialize must come alone", INVALID_REQUEST);
    const wrong = wrongBeginning(beginning);
    if (wrong) return wrong;
    if (!hasRoom(call.client)) return noRoom();

    const owner = settings.MCP_ENABLE_SSE ? call.client : undefined;
    const server = await makeServer({ era: "legacy", owner });
    if (!makeRoom(call.client)) {
      await server.close();
      return noRoom();
    }
    const id = crypto.randomUUID();
    const events = shelf.forSession(call.client);
    const onUse = () => touch(session);
    const transport = new SessionTransport({ sessionId: id, events, keepAliveMs, onUse });
    const session: Session = {
      id,
      client: call.client,
      server,
      transport,
      events,
      openAnswers: 0,
      lastUse: now(),
      leave: places.take(call.client),
    };
    sessions.set(id, session);
    useUntilEnd(session, call);
    await server.connect(transport);
    return await transport.post({
      messages,
      isBatch: Array.isArray(body),
      knowsPriming: knowsPriming(String(beginning.params?.protocolVersion)),
      request,
      authInfo,
    });
  }

  async function continueSession(session: Session, call: Call): Promise<Response> {
    const { request, body } = call;
    const { transport } = session;
    if (request.method === "DELETE") {
      await end(session);
      return new Response(null);
    }
    const refused = wrongAccept(request);
    if (refused) return refused;
    if (request.method === "GET") {
      useUntilEnd(session, call);
      const lastEventId = request.headers.get("last-event-id");
      return lastEventId ? transport.resume(lastEventId) : transport.listen();
    }
    const messages = messagesOf(body);
    if (!messages) return notMessages(body);
    if (messages.some(isBeginning)) {
      return refusal(400, "This session has begun already", INVALID_REQUEST);
    }
    useUntilEnd(session, call);
    return await transport.post({
      messages,
      isBatch: Array.isArray(body),
      knowsPriming: knowsPriming(request.headers.get(VERSION_HEADER) ?? ""),
      request,
      authInfo: withDisconnection(call),
    });
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
    session.leave();
    session.events.clear();
    await session.server.close();
  }

  /** One's own longest idle session, else that of somebody who has more than their share. */
  function longestIdle(client: string): Session | undefined {
    const idle = sessions.values().filter(isIdle).toArray();
    return idle.find((each) => each.client === client) ??
      idle.find((each) => places.isAbove(each.client));
  }

  const hasRoom = (client: string) => places.hasRoom(client) || longestIdle(client) !== undefined;

  function makeRoom(client: string): boolean {
    if (places.hasRoom(client)) return true;
    const oldest = longestIdle(client);
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
      return sessions.values().reduce((sum, { transport }) => sum + transport.running, 0);
    },
    owns: ({ headers }) => sessions.has(headers.get("mcp-session-id") ?? ""),
    serve,
    async close() {
      clearInterval(clock);
      await Promise.all([...sessions.values()].map(end));
    },
  };
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

function noRoom(): Response {
  const message = "Too many sessions are in use; try again soon";
  return refusal(503, message, { headers: { "Retry-After": "10" } });
}

/** A reason of its own, since making the default one takes a stack trace with every answer. */
const DISCONNECTED = "disconnected";
