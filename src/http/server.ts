/** The HTTP transport on a real port. */

import { ImageError, messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { checkHttpSettings } from "./check.ts";
import { bracketed, withoutBrackets } from "./hosts.ts";
import type { HttpDependencies } from "./dependencies.ts";
import { listen, type Listener, type RequestHandler } from "./listener.ts";
import { createHttpHandler } from "./routes.ts";

export interface HttpServer extends AsyncDisposable {
  /** Where it listens; the port is real where the settings say 0. */
  readonly address: { readonly host: string; readonly port: number };
  /** Turns new requests away, lets running ones finish within MCP_SHUTDOWN_GRACE, and closes. */
  stop(): Promise<void>;
  /** Resolves once the server has closed. */
  readonly finished: Promise<void>;
}

/**
 * Listens at MCP_HOST and MCP_PORT.
 * @throws {ImageError} `invalid_config` where the settings contradict each other or the port is taken
 */
export function serveHttp(dependencies: HttpDependencies): HttpServer {
  const { settings, log } = dependencies;
  const problems = checkHttpSettings(settings);
  if (problems.length > 0) {
    throw new ImageError("invalid_config", problems.map(({ message }) => message).join("\n"));
  }
  const { MCP_HOST: host, MCP_PORT } = settings;
  const listener = open(host, MCP_PORT, log, (request, info) => handler.fetch(request, info));
  const handler = createHttpHandler(dependencies);
  const { port } = listener;
  log.info("listening", { address: `http://${bracketed(host)}:${port}` });

  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  listener.finished.then(finish);

  /** A client that never takes its answer is not waited for beyond the grace. */
  async function stopOnce() {
    const grace = settings.MCP_SHUTDOWN_GRACE * 1000;
    log.info("stopping", { running_calls: handler.running });
    const deadline = performance.now() + grace;
    await handler.close(grace);
    const left = Math.max(deadline - performance.now(), LAST_BYTES);
    const timer = setTimeout(finish, left);
    listener.shutdown();
    await finished;
    clearTimeout(timer);
    log.info("stopped");
  }

  let stopped: Promise<void> | undefined;
  const stop = () => stopped ??= stopOnce();
  return { address: { host, port }, stop, finished, [Symbol.asyncDispose]: stop };
}

function open(host: string, port: number, log: Logger, handle: RequestHandler): Listener {
  try {
    return listen({ hostname: withoutBrackets(host), port, log }, handle);
  } catch (error) {
    throw new ImageError("invalid_config", whyNotListening(error, host, port), {}, {
      cause: error,
    });
  }
}

function whyNotListening(error: unknown, host: string, port: number): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return `MCP_PORT ${port} on '${host}' is taken by another program; choose another port, or 0 ` +
      "for any free one";
  }
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return `MCP_PORT ${port} on '${host}' may not be listened on by this user: ${messageOf(error)}`;
  }
  return `MCP_HOST '${host}' cannot be listened on (MCP_PORT ${port}): ${messageOf(error)}`;
}

/** Milliseconds finished answers have to reach their clients. */
const LAST_BYTES = 2_000;
