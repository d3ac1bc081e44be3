/** The sessions that one server holds: a server of the protocol and a transport for each, within bounds. */

import type { Settings } from "../../config/settings.ts";
import type { McpServer, Server } from "../../dependencies/mcp_server.ts";
import type { Call, MakeServer } from "../dependencies.ts";
import { createEventStore, EVENT_BOUNDS, type EventSuffix, type SessionEvents } from "./events.ts";
import { SessionTransport } from "./session_transport.ts";
import type { SharedAddresses } from "./shared_addresses.ts";
import { createShares, ownersOf } from "../limits/shares.ts";

/** Every session is in use. */
export class NoRoom extends Error {}

/** Nobody can say now which sessions there are; `cause` is what the database said. */
export class SessionsUnavailable extends Error {
  constructor(cause: unknown) {
    super("The database that keeps sessions cannot be reached now; try again in a moment", {
      cause,
    });
  }
}

export interface HeldSession {
  readonly id: string;
  readonly client: string;
  readonly server: McpServer | Server;
  readonly transport: SessionTransport;
  readonly events: SessionEvents;
  /** What its client subscribes to, where other servers have to know. */
  readonly subscribed: SharedAddresses | undefined;
  /** Requests whose answer, often a stream, is not over. */
  openAnswers: number;
  /** In milliseconds since 1970. */
  lastUse: number;
  /** Whether nothing is being worked on for it. */
  readonly isIdle: boolean;
  /** Gives its place back. */
  readonly leave: () => void;
}

export interface HeldSessions {
  /** By their ids, the one used last at the end. */
  readonly all: ReadonlyMap<string, HeldSession>;
  /** How many calls are being worked on. */
  readonly running: number;
  /** Makes the server and the transport of a session, for a call of its client. @throws {NoRoom} */
  hold(id: string, call: Call, subscribed?: SharedAddresses): Promise<HeldSession>;
  /** Counts a request's answer as open until it is over. */
  useUntilEnd(session: HeldSession, call: Call): void;
  /** Whether a session has been idle for too long. */
  isOver(session: HeldSession): boolean;
  /** Ends a session and its streams. */
  forget(session: HeldSession): Promise<void>;
  /** Ends every session. */
  close(): Promise<void>;
}

/** `close` must be called to stop its clock; `now` is in milliseconds since 1970. */
export function createHeldSessions(
  makeServer: MakeServer,
  settings: Settings,
  { now, suffixOf }: { readonly now: () => number; readonly suffixOf?: EventSuffix },
): HeldSessions {
  const sessions = new Map<string, HeldSession>();
  const store = createEventStore(EVENT_BOUNDS, now, suffixOf);
  const places = createShares(settings.MCP_MAX_SESSIONS, ownersOf(settings));
  const keepAliveMs = settings.MCP_SSE_KEEPALIVE * 1000;
  const idleLimit = settings.MCP_SESSION_TIMEOUT * 1000;

  async function hold(
    id: string,
    call: Call,
    subscribed?: SharedAddresses,
  ): Promise<HeldSession> {
    const { client } = call;
    if (!places.hasRoom(client) && !longestIdle(client)) throw new NoRoom();
    const owner = settings.MCP_ENABLE_SSE ? client : undefined;
    const server = await makeServer({ era: "legacy", owner, subscribed });
    if (!makeRoom(client)) {
      await server.close();
      throw new NoRoom();
    }
    const events = store.forSession(client);
    const onUse = () => touch(session);
    const transport = new SessionTransport({ sessionId: id, events, keepAliveMs, onUse });
    const session: HeldSession = {
      id,
      client,
      server,
      transport,
      events,
      subscribed,
      openAnswers: 0,
      lastUse: now(),
      get isIdle() {
        return session.openAnswers === 0 && transport.running === 0;
      },
      leave: places.take(client),
    };
    sessions.set(id, session);
    useUntilEnd(session, call);
    await server.connect(transport);
    return session;
  }

  function useUntilEnd(session: HeldSession, { atEnd }: Call) {
    session.openAnswers++;
    touch(session);
    atEnd(() => {
      session.openAnswers--;
      touch(session);
    });
  }

  function touch(session: HeldSession) {
    if (!sessions.delete(session.id)) return;
    session.lastUse = now();
    sessions.set(session.id, session);
  }

  async function forget(session: HeldSession) {
    sessions.delete(session.id);
    session.leave();
    session.events.clear();
    await session.server.close();
  }

  /** One's own longest idle session, else that of somebody who has more than their share. */
  function longestIdle(client: string): HeldSession | undefined {
    const idle = sessions.values().filter(({ isIdle }) => isIdle).toArray();
    return idle.find((each) => each.client === client) ??
      idle.find((each) => places.isAbove(each.client));
  }

  function makeRoom(client: string): boolean {
    if (places.hasRoom(client)) return true;
    const oldest = longestIdle(client);
    if (oldest !== undefined) void forget(oldest);
    return oldest !== undefined;
  }

  const isOver = ({ isIdle, lastUse }: HeldSession) => isIdle && now() - lastUse > idleLimit;

  async function sweep() {
    store.prune();
    await Promise.all(sessions.values().filter(isOver).toArray().map(forget));
  }

  const clock = setInterval(sweep, settings.MCP_SESSION_CLEANUP_INTERVAL * 1000);
  Deno.unrefTimer(clock);

  return {
    all: sessions,
    get running() {
      return sessions.values().reduce((sum, { transport }) => sum + transport.running, 0);
    },
    hold,
    useUntilEnd,
    isOver,
    forget,
    async close() {
      clearInterval(clock);
      await Promise.all([...sessions.values()].map(forget));
    },
  };
}
