/** Who is calling, and how long they wait. */

import { isShared } from "../config/tokens.ts";
import type { RequestContext } from "./context.ts";
import { ImageError } from "../errors.ts";
import type { Caller } from "../jobs/caller.ts";
import type { ServerDependencies } from "./dependencies.ts";
import { beginPreview } from "./results/early_previews.ts";
import type { ProgressReporter } from "./progress.ts";

export interface ToolCaller extends Caller {
  /** When the wait is over, as of `performance.now()`: whatever is done for the call counts into it. */
  readonly until: number;
}

/**
 * The caller of a tool that waits, told from the token, the session and the request. Where several
 * people share the server they take turns, however many sessions each has.
 */
export function callerOf(
  context: RequestContext,
  progress: ProgressReporter | undefined,
  waitSeconds: number | undefined,
  dependencies: ServerDependencies,
): ToolCaller {
  const seconds = waitSecondsOf(waitSeconds, progress !== undefined, dependencies);
  const owner = ownerOf(context);
  const session = context.sessionId;
  return {
    owner,
    key: isShared(dependencies.settings()) ? owner : session ?? owner,
    requestKey: session === undefined ? undefined : `${session} ${context.mcpReq.id}`,
    signal: goneSignal(context),
    disconnected: disconnection(context),
    waitSeconds: seconds,
    until: performance.now() + (seconds ?? Infinity) * 1000,
    onProgress: progress?.report,
    onPicture: (picture, count) => beginPreview(picture, count, dependencies),
  };
}

/** The name of the token a call came with; "" without tokens and over stdio. */
export function ownerOf(context: RequestContext): string {
  return context.http?.authInfo?.clientId ?? "";
}

/**
 * Seconds a call waits: as the argument says, 0 for the job at once, else MCP_MAX_WAIT, or at least
 * MCP_PROVIDER_TIMEOUT for a caller whom progress keeps from giving up. Undefined stands for no
 * limit, which the setting writes as 0.
 */
function waitSecondsOf(
  asked: number | undefined,
  seesProgress: boolean,
  dependencies: ServerDependencies,
): number | undefined {
  const { MCP_MAX_WAIT: usual, MCP_PROVIDER_TIMEOUT: longest } = dependencies.settings();
  if (asked !== undefined) return asked;
  if (usual === 0) return undefined;
  return seesProgress ? Math.max(usual, longest) : usual;
}

/** Aborts, in our words, when the protocol says that the caller wants no answer. */
export function goneSignal({ mcpReq: { signal } }: RequestContext): AbortSignal {
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
