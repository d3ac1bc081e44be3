/** Clients of 2025-11-25 and older: a server and a transport for each, until it is done or idle. */

import { messageOf } from "../../errors.ts";
import type { AuthInfo } from "../../dependencies/mcp_server.ts";
import { VERSION_HEADER } from "../../mcp/revision.ts";
import type { CommonStorage } from "../../storage/records/common_records.ts";
import { refusal } from "../answers.ts";
import type { Call, HttpDependencies, MakeServer } from "../dependencies.ts";
import type { EventSuffix } from "./events.ts";
import { cancelledCall } from "./exchange.ts";
import {
  createHeldSessions,
  type HeldSession,
  NoRoom,
  SessionsUnavailable,
} from "./held_sessions.ts";
import {
  INVALID_REQUEST,
  isBeginning,
  knowsPriming,
  longBeginning,
  messagesOf,
  notMessages,
  wrongAccept,
  wrongBeginning,
  wrongVersion,
} from "./session_request.ts";
import { sessionNotFound } from "./session_transport.ts";
import type { SharedSessions } from "./shared_sessions.ts";
import { ownersOf, placeRule } from "../limits/shares.ts";

export interface Sessions {
  readonly count: number;
  /** Requests that are being worked on. */
  readonly running: number;
  /** Whether a request names a session that is open here. */
  owns(request: Request): boolean;
  /** Opens a session, continues one, or ends it, as the request says. */
  serve(call: Call): Promise<Response>;
  /** Ends every session and its streams; those that are shared go on elsewhere. */
  close(): Promise<void>;
}

/**
 * Keeps the sessions of one server; `close` must be called to stop its clocks. Where servers have
 * sessions in common, one that is not held here is made anew of what its client said when it began.
 */
export function createSessions(
  makeServer: MakeServer,
  { settings, log, common }: Pick<HttpDependencies, "settings" | "log" | "common">,
  now: () => number,
): Sessions {
  let suffixOf: EventSuffix = () => "";
  const held = createHeldSessions(makeServer, settings, {
    now,
    suffixOf: (streamId) => suffixOf(streamId),
  });
  const sharing = common && share(common);

  /** Loaded only where there are other servers. */
  async function share(common: CommonStorage): Promise<SharedSessions> {
    const { SharedSessions } = await import("./shared_sessions.ts");
    const shared = new SharedSessions({
      ...common,
      rule: placeRule(settings.MCP_MAX_SESSIONS, ownersOf(settings)),
      idleLimit: settings.MCP_SESSION_TIMEOUT * 1000,
      keepAliveMs: settings.MCP_SSE_KEEPALIVE * 1000,
      held,
      log,
      now,
    });
    suffixOf = shared.suffixOf;
    return shared;
  }

  async function serve(call: Call): Promise<Response> {
    const id = call.request.headers.get("mcp-session-id");
    try {
      if (id === null) return await openSession(call);
      const session = await sessionOf(id, call);
      if (session === undefined) return sessionNotFound();
      return wrongVersion(call.request) ?? await continueSession(session, call);
    } catch (error) {
      if (error instanceof NoRoom) return noRoom();
      if (!(error instanceof SessionsUnavailable)) throw error;
      log.warning("sessions cannot be looked up", { reason: messageOf(error.cause) });
      return refusal(503, error.message, TRY_AGAIN);
    }
  }

  /** The session of that id, if it is this client's and not over. @throws {SessionsUnavailable} */
  async function sessionOf(id: string, call: Call): Promise<HeldSession | undefined> {
    const shared = await sharing;
    await shared?.settled(id);
    const session = held.all.get(id);
    if (session === undefined) return await shared?.find(id, call);
    if (session.client !== call.client) return undefined;
    if (!held.isOver(session)) return session;
    await held.forget(session);
    return await shared?.find(id, call);
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
    const shared = await sharing;
    const wrong = wrongBeginning(beginning) ?? (shared && longBeginning(beginning));
    if (wrong) return wrong;

    const id = crypto.randomUUID();
    const session = await held.hold(id, call, shared?.addresses(id));
    try {
      await shared?.begin(session, { ...beginning.params });
    } catch (error) {
      await held.forget(session);
      throw error;
    }
    const answer = await session.transport.post({
      messages,
      isBatch: Array.isArray(body),
      knowsPriming: knowsPriming(String(beginning.params?.protocolVersion)),
      request,
      authInfo,
    });
    shared?.endHandshake(session);
    return answer;
  }

  async function continueSession(session: HeldSession, call: Call): Promise<Response> {
    const { request, body } = call;
    const { transport } = session;
    const shared = await sharing;
    if (request.method === "DELETE") {
      await shared?.end(session.id);
      await held.forget(session);
      return new Response(null);
    }
    const refused = wrongAccept(request);
    if (refused) return refused;
    const canPrime = knowsPriming(request.headers.get(VERSION_HEADER) ?? "");
    if (request.method === "GET") {
      held.useUntilEnd(session, call);
      const lastEventId = request.headers.get("last-event-id");
      if (shared) return await shared.listen(session, lastEventId, canPrime);
      return lastEventId ? transport.resume(lastEventId) : transport.listen();
    }
    const messages = messagesOf(body);
    if (!messages) return notMessages(body);
    if (messages.some(isBeginning)) {
      return refusal(400, "This session has begun already", INVALID_REQUEST);
    }
    held.useUntilEnd(session, call);
    for (const requestId of messages.map(cancelledCall)) {
      const isElsewhere = requestId !== undefined && !transport.isRunning(requestId);
      if (isElsewhere) shared?.tell(session.id, { kind: "cancelled", requestId });
    }
    return await transport.post({
      messages,
      isBatch: Array.isArray(body),
      knowsPriming: canPrime,
      request,
      authInfo: withDisconnection(call),
    });
  }

  return {
    get count() {
      return held.all.size;
    },
    get running() {
      return held.running;
    },
    owns: ({ headers }) => held.all.has(headers.get("mcp-session-id") ?? ""),
    serve,
    async close() {
      (await sharing)?.close();
      await held.close();
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
  return refusal(503, "Too many sessions are in use; try again soon", TRY_AGAIN);
}

const TRY_AGAIN = { headers: { "Retry-After": "10" } };
/** A reason of its own, since making the default one takes a stack trace with every answer. */
const DISCONNECTED = "disconnected";
