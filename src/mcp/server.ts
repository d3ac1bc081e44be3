/** An MCP server, over whatever transport and for whichever client: the same tools, resources and prompts. */

import { ProtocolError, Server, type Transport } from "../dependencies/mcp_server.ts";
import type { ServerDependencies } from "./dependencies.ts";
import {
  CAPABILITIES,
  clientNamed,
  INSTRUCTIONS,
  SERVER_INFO,
  showsViews,
  UNTOLD_CAPABILITIES,
} from "./identity.ts";
import { initializeMistake, withCapabilities } from "./initialize.ts";
import { answerRequest, isKnownMethod, METHOD_NAMES } from "./methods.ts";
import { invalidParams, type Params } from "./params.ts";
import { VERSION_HEADER } from "./revision.ts";
import {
  type SubscribedAddresses,
  SUBSCRIPTION_METHODS,
  Subscriptions,
  tellOfChanges,
} from "./subscriptions.ts";

/** What a server is made for. */
export interface Conversation {
  /** Whether its clients begin with a handshake; without one they listen by a request of its own. */
  readonly era: "legacy" | "modern";
  /** Whose pictures its client is told about, on a connection that lasts; absent where none does. */
  readonly owner?: string;
  /** Where it is kept what its client subscribes to, with a handshake; with this server where absent. */
  readonly subscribed?: SubscribedAddresses;
}

/**
 * Makes a server; cheap, since everything it works with is shared. Requests are checked and answered
 * by the table of methods here, and not by the SDK's own checks: theirs take longer than the answer to
 * a small call, and tell a mistake in their words.
 */
export function makeMcpServer(
  dependencies: ServerDependencies,
  { era, owner, subscribed }: Conversation,
): Server {
  const server = new ImageServer(SERVER_INFO, {
    capabilities: era === "legacy" && owner === undefined ? UNTOLD_CAPABILITIES : CAPABILITIES,
    instructions: INSTRUCTIONS,
  });
  for (const method of METHOD_NAMES) {
    server.setRequestHandler(method, { params: UNCHECKED }, (params, context) => {
      const revision = server.getNegotiatedProtocolVersion() ??
        context.http?.req?.headers.get(VERSION_HEADER) ?? undefined;
      const envelope = context.mcpReq.envelope as Params | undefined;
      const client = clientNamed(envelope?.[CLIENT_KEY] ?? server.getClientVersion());
      const capabilities = envelope?.[CAPABILITIES_KEY] ?? server.getClientCapabilities();
      return answerRequest({
        method,
        params,
        context: { ...context, client, showsViews: showsViews(capabilities) },
        revision,
        dependencies,
      });
    });
  }
  if (owner !== undefined) converse(server, { era, owner, subscribed }, dependencies);
  return server;
}

/** Tells the client of changes, and lets one of the older revisions say of which. */
function converse(
  server: Server,
  { era, owner, subscribed }: Conversation & { readonly owner: string },
  dependencies: ServerDependencies,
): void {
  const subscriptions = era === "legacy" ? new Subscriptions(subscribed) : undefined;
  tellOfChanges(server, owner, dependencies, subscriptions);
  if (!subscriptions) return;
  for (const method of SUBSCRIPTION_METHODS) {
    server.setRequestHandler(
      method,
      (request, context) => subscriptions.answer(method, request.params, context, dependencies),
    );
  }
}

/** Tells in our words what the SDK finds wrong with the few requests that it answers itself. */
class ImageServer extends Server {
  /**
   * Hands requests to their handlers at once. Whoever carries them has looked at their form, and the
   * SDK would first see with three schemas that they are no answers.
   */
  override async connect(transport: Transport): Promise<void> {
    await super.connect(transport);
    const others = transport.onmessage;
    transport.onmessage = (message, extra) => {
      if ("method" in message && "id" in message) this["_onrequest"](message, extra);
      else others?.(message, extra);
    };
  }

  protected override _wrapHandler(method: string, handler: Handler): Handler {
    if (isKnownMethod(method) || isOf(SUBSCRIPTION_METHODS, method)) return handler;
    const answer = super._wrapHandler(method, handler);
    return async (request, context) => {
      const whole = method === "initialize" ? withCapabilities(request) : request;
      const mistake = method === "initialize" ? initializeMistake(whole) : undefined;
      if (mistake !== undefined) throw invalidParams(mistake);
      try {
        return await answer(whole, context);
      } catch (error) {
        throw error instanceof ProtocolError ? error : wrongShape(method);
      }
    };
  }
}

/** What every request of a revision without a handshake says of its client. */
const CLIENT_KEY = "io.modelcontextprotocol/clientInfo";
const CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities";

/** Params as they came: `answerRequest` looks at them itself. */
const UNCHECKED = {
  "~standard": {
    version: 1,
    vendor: SERVER_INFO.name,
    validate: (value: unknown) => ({ value: value as Params }),
  },
} as const;

function isOf(methods: readonly string[], method: string): boolean {
  return methods.includes(method);
}

type Handler = Parameters<Server["_wrapHandler"]>[1];

function wrongShape(method: string): ProtocolError {
  return invalidParams(
    `Cannot answer ${method}: params are not of the shape that the protocol gives them`,
  );
}
