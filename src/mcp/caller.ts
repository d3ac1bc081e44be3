/** Who is calling, and how long they wait. */

import { isShared } from "../config/tokens.ts";
import type { RequestContext } from "./context.ts";
import { ImageError } from "../errors.ts";
import type { Caller } from "../jobs/caller.ts";
import type { ServerDependencies } from "./dependencies.ts";
import type { ProgressReporter } from "./progress.ts";

/**
 * The caller of a tool that waits, told from the token, the session and the request. Where several
 * people share the server they take turns, however many sessions each has.
 */
export function callerOf(
  context: RequestContext,
  progress: ProgressReporter | undefined,
  waitSeconds: number | undefined,
  dependencies: ServerDependencies,
): Caller {
  const owner = ownerOf(context);
  const session = context.sessionId;
  return {
    owner,
    key: isShared(dependencies.settings().MCP_AUTH_TOKEN) ? owner : session ?? owner,
    requestKey: session === undefined ? undefined : `${session} ${context.mcpReq.id}`,
    signal: goneSignal(context),
    disconnected: disconnection(context),
    waitSeconds: waitSecondsOf(waitSeconds, progress !== undefined, dependencies),
    onProgress: progress?.report,
  };
}

/** The name of the token a call came with; "" without tokens and over stdio. */
export function ownerOf(context: RequestContext): string {
  return context.http?.authInfo?.clientId ?? "";
}

/**
 * Seconds a call waits: as the argument says, else MCP_MAX_WAIT, or at least
 * MCP_PROVIDER_TIMEOUT for a caller whom progress keeps from giving up. Undefined
 * stands for no limit, which both write as 0.
 */
function waitSecondsOf(
  asked: number | undefined,
  seesProgress: boolean,
  dependencies: ServerDependencies,
): number | undefined {
  const { MCP_MAX_WAIT: usual, MCP_PROVIDER_TIMEOUT: longest } = dependencies.settings();
  const patient = usual === 0 ? 0 : Math.max(usual, longest);
  const seconds = asked ?? (seesProgress ? patient : usual);
  return seconds === 0 ? undefined : seconds;
}

/** Aborts, in our words, when the protocol says that the caller wants no answer. */
function goneSignal({ mcpReq: { signal } }: RequestContext): AbortSignal {
  const controller = new AbortController();
  const leave = () =>
    controller.abort(new ImageError("cancelled", "The caller cancelled the request or has gone"));
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave, { once: true });
  return controller.signal;
}

/** A broken stream of an older client is no cancel to the protocol; the HTTP layer tells of it here. */
function disconnection(context: RequestContext): AbortSignal | undefined {
  const signal = context.http?.authInfo?.extra?.disconnected;
  return signal instanceof AbortSignal ? signal : undefined;
}
