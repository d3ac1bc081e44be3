/** The MCP endpoint: one factory, both protocol eras. */

import { type AuthInfo, isLegacyRequest, type RequestId } from "../dependencies/mcp_server.ts";
import { messageOf } from "../errors.ts";
import { PICTURE_BYTES } from "../mcp/message_bounds.ts";
import { STATELESS_REVISION, VERSION_HEADER } from "../mcp/revision.ts";
import { createRoom } from "../room.ts";
import { refusal } from "./answers.ts";
import { readJsonBody } from "./bodies/body.ts";
import type { Call, HttpDependencies, IncomingRequest, MakeServer } from "./dependencies.ts";
import { isHeavy } from "./limits/heavy_calls.ts";
import type { ProtectedResource } from "./protected_resource.ts";
import { scopeLacking } from "./scopes.ts";
import { createSessions } from "./sessions/sessions.ts";
import { createShares, ownersOf } from "./limits/shares.ts";
import { createStateless } from "./stateless.ts";
import { holdClock } from "./limits/time_limit.ts";
import { createUnreadAnswers } from "./limits/unread_answers.ts";

export interface Endpoint {
  readonly sessions: number;
  /** MCP requests of both eras that are being worked on. */
  readonly running: number;
  answer(visit: IncomingRequest): Promise<Response>;
  /** Ends every session and stream; what still runs is aborted. */
  close(): Promise<void>;
}

/** The endpoint of one server; `close` must be called to stop its clocks. */
export function createEndpoint(
  dependencies: HttpDependencies,
  resource: ProtectedResource | undefined,
): Endpoint {
  const { settings, log, now = Date.now } = dependencies;
  const keepsSessions = settings.MCP_ENABLE_SESSIONS;
  const common = keepsSessions ? dependencies.common : undefined;
  const maxBytes = settings.MCP_MAX_BODY_BYTES;
  const timeout = settings.MCP_REQUEST_TIMEOUT * 1000;

  const makeServer: MakeServer = async (conversation) => {
    try {
      return await dependencies.makeServer(conversation);
    } catch (error) {
      log.error("cannot make an MCP server", { error: messageOf(error) });
      throw error;
    }
  };
  const sessions = createSessions(makeServer, { settings, log, common }, now);
  const stateless = createStateless(makeServer, dependencies);
  const clock = holdClock();
  const unread = createUnreadAnswers();
  const room = createRoom(BODY_ROOM);
  const open = createShares(MOST_OPEN, ownersOf(settings));
  let isClosed = false;

  async function answer(visit: IncomingRequest): Promise<Response> {
    const { request, client } = visit;
    const whose = client === "" ? visit.address : client;
    if (!open.hasRoom(whose)) return refusal(503, "Too many requests are open", TRY_AGAIN);
    visit.atEnd(open.take(whose));
    if (request.method === "GET" && !settings.MCP_ENABLE_SSE) return noEventStream();
    const takeRoom = (bytes: number) => room.takeWithin(whose, bytes, timeout);
    const parsed = request.method === "POST"
      ? await readJsonBody(request, { maxBytes, timeout, takeRoom })
      : undefined;
    if (parsed !== undefined && "refused" in parsed) return parsed.refused;
    if (parsed?.pictures) visit.atEnd(() => parsed.pictures!.drop());
    if (isClosed) return refusal(503, "The server is stopping");
    const lacking = scopeLacking(visit.scopes, parsed?.value);
    // Only access tokens have scopes, and where there are such there is the resource.
    if (lacking) return resource!.forbidden(lacking, idOf(parsed?.value));
    const call: Call = { ...visit, body: parsed?.value, authInfo: authInfoOf(visit) };
    const isOfSession = keepsSessions && await belongsToSession(call);
    const { delivered } = visit;
    const recipient = { client: whose, id: idOf(call.body), delivered, gone: request.signal };
    const work = () => (isOfSession ? sessions : stateless).serve(call);
    return isHeavy(call.body)
      ? await unread.inTurn(work, recipient)
      : await unread.counted(await work(), recipient);
  }

  /** Told at once in the usual cases, since the SDK looks through the whole message. */
  async function belongsToSession({ request, body }: Call): Promise<boolean> {
    const revision = request.headers.get(VERSION_HEADER);
    if (request.method === "POST" && revision === STATELESS_REVISION) return false;
    return sessions.owns(request) || await isLegacyRequest(request, body);
  }

  return {
    get sessions() {
      return sessions.count;
    },
    get running() {
      return sessions.running + stateless.running;
    },
    answer,
    async close() {
      isClosed = true;
      await Promise.all([sessions.close(), stateless.close()]);
      clock[Symbol.dispose]();
    },
  };
}

/** Bytes of bodies that are on their way and may hold pictures: one of the longest, or several usual ones. */
const BODY_ROOM = { mostOfOne: PICTURE_BYTES, mostOfAll: 4 * PICTURE_BYTES };
/** Requests and streams at once; each holds a descriptor of the system's. */
const MOST_OPEN = 4_000;
const TRY_AGAIN = { headers: { "Retry-After": "5" } };

/** Tools learn the token's name and how far it reaches; the token itself stays here. */
function authInfoOf({ client, scopes = [] }: IncomingRequest): AuthInfo | undefined {
  return client === "" ? undefined : { token: "", clientId: client, scopes: [...scopes] };
}

function idOf(body: unknown): RequestId | null {
  const id = typeof body === "object" && body !== null && "id" in body ? body.id : null;
  return typeof id === "string" || typeof id === "number" ? id : null;
}

function noEventStream(): Response {
  return refusal(405, "This server offers no event stream on GET", {
    headers: { Allow: "POST, DELETE" },
  });
}
