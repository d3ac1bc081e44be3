/** An MCP server, over whatever transport and for whichever client: the same tools, resources and prompts. */

import { ProtocolError, Server } from "../dependencies/mcp_server.ts";
import type { ServerDependencies } from "./dependencies.ts";
import { CAPABILITIES, clientNamed, INSTRUCTIONS, SERVER_INFO } from "./identity.ts";
import { initializeMistake, withCapabilities } from "./initialize.ts";
import { answerRequest, isKnownMethod, METHOD_NAMES } from "./methods.ts";
import { invalidParams, type Params } from "./params.ts";
import { VERSION_HEADER } from "./revision.ts";

/**
 * Makes a server; cheap, since everything it works with is shared. Requests are checked and answered
 * by the table of methods here, and not by the SDK's own checks: theirs take longer than the answer to
 * a small call, and tell a mistake in their words.
 */
export function makeMcpServer(dependencies: ServerDependencies): Server {
  const server = new ImageServer(SERVER_INFO, {
    capabilities: CAPABILITIES,
    instructions: INSTRUCTIONS,
  });
  for (const method of METHOD_NAMES) {
    server.setRequestHandler(method, { params: UNCHECKED }, (params, context) => {
      const revision = server.getNegotiatedProtocolVersion() ??
        context.http?.req?.headers.get(VERSION_HEADER) ?? undefined;
      const client = clientNamed(
        (context.mcpReq.envelope as Params | undefined)?.[CLIENT_KEY] ?? server.getClientVersion(),
      );
      return answerRequest({
        method,
        params,
        context: { ...context, client },
        revision,
        dependencies,
      });
    });
  }
  return server;
}

/**
 * The same for one connection: its client is told when there are other prompts than before. One that
 * asks without a connection is told where it has subscribed.
 */
export function makeConnectedServer(dependencies: ServerDependencies): Server {
  const server = makeMcpServer(dependencies);
  let isOver = false;
  server.onclose = () => isOver = true;
  dependencies.templates().then((templates) => {
    if (isOver) return;
    const listening = templates.onChange(() => void server.sendPromptListChanged().catch(() => {}));
    server.onclose = () => listening[Symbol.dispose]();
  });
  return server;
}

/** Tells in our words what the SDK finds wrong with the few requests that it answers itself. */
class ImageServer extends Server {
  protected override _wrapHandler(method: string, handler: Handler): Handler {
    if (isKnownMethod(method)) return handler;
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

/** Params as they came: `answerRequest` looks at them itself. */
const UNCHECKED = {
  "~standard": {
    version: 1,
    vendor: SERVER_INFO.name,
    validate: (value: unknown) => ({ value: value as Params }),
  },
} as const;

type Handler = Parameters<Server["_wrapHandler"]>[1];

function wrongShape(method: string): ProtocolError {
  return invalidParams(
    `Cannot answer ${method}: params are not of the shape that the protocol gives them`,
  );
}
