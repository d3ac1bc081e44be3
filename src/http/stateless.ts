/** Clients of 2026-07-28, who tell all there is to know with each request. */

import {
  createMcpHandler,
  type McpHttpHandler,
  type McpServer,
  type Server,
  type ServerEventBus,
} from "../dependencies/mcp_server.ts";
import { STATELESS_REVISION, VERSION_HEADER } from "../mcp/revision.ts";
import { messageAnswer, refusal } from "./answers.ts";
import { answerInTime } from "./answer_in_time.ts";
import type { Call, HttpDependencies, MakeServer } from "./dependencies.ts";
import { createShares, ownersOf } from "./limits/shares.ts";

export interface Stateless {
  /** Requests that are being worked on. */
  readonly running: number;
  serve(call: Call): Promise<Response>;
  /** Ends every stream; what still runs is aborted. */
  close(): Promise<void>;
}

/**
 * Answers requests that belong to no session. The SDK would have a new server made for each, which
 * takes longer than the answer to a small call and outlives the young generation.
 */
export function createStateless(
  makeServer: MakeServer,
  { settings, log, changes, onPromptsChanged, answerPlainly, common }: HttpDependencies,
): Stateless {
  const keepAliveMs = settings.MCP_SSE_KEEPALIVE * 1000;
  const options = {
    legacy: settings.MCP_ENABLE_SESSIONS ? "reject" : "stateless",
    keepAliveMs: 0, // answerInTime keeps every stream alive
    maxRequestBodySize: settings.MCP_MAX_BODY_BYTES,
    onerror: (error: Error) => log.debug("request refused", { reason: error.message }),
  } as const;
  /** Each serves one request after another on one MCP server. */
  const reusable = new Set<McpHttpHandler>();
  const resting: McpHttpHandler[] = [];
  /** For older clients without sessions. */
  const older = createMcpHandler(makeServer, options);
  /** Each tells one client of changes. */
  const telling = new Set<McpHttpHandler>();
  /** Calls that are answered without a server. */
  const alone = new Set<AbortController>();
  const listeners = createShares(settings.MCP_MAX_SESSIONS, ownersOf(settings));
  let running = 0;

  async function serve(call: Call): Promise<Response> {
    if (isSubscription(call.body)) return await subscribe(call);
    running++;
    call.atEnd(() => void running--);
    const isOlder = call.request.headers.get(VERSION_HEADER) !== STATELESS_REVISION;
    return await (isOlder ? answer(older, call) : answerAlone(call) ?? answerInTurn(call));
  }

  /** Without a server, which most requests can do without. */
  function answerAlone(call: Call): Promise<Response> | undefined {
    if (!answerPlainly) return undefined;
    const leaving = new AbortController();
    const { request, body, authInfo } = call;
    const answered = answerPlainly({ request, body, authInfo, signal: leaving.signal });
    if (answered === undefined) return undefined;
    alone.add(leaving);
    call.atEnd(() => alone.delete(leaving));
    const onLeave = () => leaving.abort();
    return answerInTime(answered.then((message) => messageAnswer(message)), {
      keepAliveMs,
      onLeave,
    });
  }

  async function subscribe(call: Call): Promise<Response> {
    if (!listeners.hasRoom(call.client)) {
      return refusal(503, "Too many subscriptions are open; end one of yours");
    }
    call.atEnd(listeners.take(call.client));
    const handler = createMcpHandler(makeServer, { ...options, bus: busOf(call) });
    telling.add(handler);
    call.atEnd(() => telling.delete(handler));
    return await answer(handler, call);
  }

  /**
   * What the SDK's subscriptions hear: changes of one owner's pictures, and of everybody's prompts; all
   * that is listened to, where it may have changed unheard at another server.
   */
  function busOf({ client: owner, body }: Call): ServerEventBus {
    return {
      publish() {},
      subscribe(tell) {
        const onResources = (addresses: Iterable<string>) => {
          tell({ kind: "resources_list_changed" });
          for (const uri of addresses) tell({ kind: "resource_updated", uri });
        };
        const onPrompts = () => tell({ kind: "prompts_list_changed" });
        const leave = changes?.listen(owner, onResources);
        const prompts = onPromptsChanged?.(onPrompts);
        const gaps = common?.announcements.onGap(() => {
          onResources(subscribedAddresses(body));
          onPrompts();
        });
        return () => {
          leave?.();
          gaps?.[Symbol.dispose]();
          void prompts?.then((each) => each[Symbol.dispose]());
        };
      },
    };
  }

  async function answerInTurn(call: Call): Promise<Response> {
    const handler = resting.pop() ?? makeReusable();
    call.atEnd(() => rest(handler));
    return await answer(handler, call);
  }

  async function answer(
    handler: McpHttpHandler,
    { request, body, authInfo }: Call,
  ): Promise<Response> {
    const leaving = new AbortController();
    const answered = handler.fetch(withSignal(request, leaving.signal), {
      authInfo,
      parsedBody: body,
    });
    if (!isCall(body)) return await answered;
    const onLeave = () => {
      reusable.delete(handler); // its call may still run
      leaving.abort();
    };
    return await answerInTime(answered, { keepAliveMs, onLeave });
  }

  function makeReusable(): McpHttpHandler {
    let server: McpServer | Server | undefined;
    const handler = createMcpHandler(
      async ({ era }) =>
        era === "legacy" ? await makeServer({ era }) : server ??= await makeServer({ era }),
      options,
    );
    reusable.add(handler);
    return handler;
  }

  function rest(handler: McpHttpHandler) {
    if (!reusable.has(handler)) return;
    if (resting.length < MOST_RESTING) resting.push(handler);
    else reusable.delete(handler);
  }

  return {
    get running() {
      return running;
    },
    serve,
    async close() {
      for (const call of alone) call.abort();
      await Promise.all([older, ...telling, ...reusable].map((handler) => handler.close()));
    },
  };
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

/** The resources that a subscription names, where it is a good one. */
function subscribedAddresses(body: unknown): readonly string[] {
  const { params } = body as { readonly params?: { readonly notifications?: Notifications } };
  const named = params?.notifications?.resourceSubscriptions;
  return Array.isArray(named) ? named.filter((each) => typeof each === "string") : [];
}

interface Notifications {
  readonly resourceSubscriptions?: unknown;
}

/** More than that were busy at once only in a rush, and need not be kept for the next. */
const MOST_RESTING = 16;
