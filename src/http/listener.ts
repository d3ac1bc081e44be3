/** A port that goes on listening. */

import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";

export type RequestHandler = (
  request: Request,
  info: Deno.ServeHandlerInfo<Deno.NetAddr>,
) => Promise<Response>;

export interface Listener {
  /** The real port where 0 was asked for. */
  readonly port: number;
  /** Resolves once it listens no more because it was told to, and all answers are out. */
  readonly finished: Promise<void>;
  /** Takes no more connections and waits for the answers that are on their way. */
  shutdown(): void;
}

/**
 * Listens, and begins anew whenever accepting fails, as it does when other connections have taken
 * every descriptor: Deno ends a server then, while its open connections live on.
 * @throws what `Deno.serve` throws where it cannot listen at all.
 */
export function listen(
  { hostname, port, log }: {
    readonly hostname: string;
    readonly port: number;
    readonly log: Logger;
  },
  handle: RequestHandler,
): Listener {
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  let server = serve(port);
  const address = { hostname, port: server.addr.port };
  let isStopping = false;
  let retry: ReturnType<typeof setTimeout> | undefined;

  function serve(at: number): Deno.HttpServer<Deno.NetAddr> {
    const started = Deno.serve({ hostname, port: at, onListen() {} }, handle);
    started.finished.then(() => isStopping && finish(), again);
    return started;
  }

  function again(error: unknown) {
    if (isStopping) return finish();
    log.error("accepting connections failed, trying again", { reason: messageOf(error) });
    retry = setTimeout(reopen, PAUSE);
  }

  function reopen() {
    try {
      server = serve(address.port);
    } catch (error) {
      again(error);
    }
  }

  return {
    port: address.port,
    finished,
    shutdown() {
      isStopping = true;
      clearTimeout(retry);
      server.shutdown().then(finish, finish);
    },
  };
}

/** In milliseconds. */
const PAUSE = 250;
