import type { ServerContext } from "../deps/mcp_server.ts";
import { ImageError } from "../errors.ts";
import type { Caller } from "../images/jobs.ts";
import type { ProgressReporter } from "./progress.ts";

/** Who is calling, told from the token, the session and the request. */
export function callerOf(
  context: ServerContext,
  progress: ProgressReporter | undefined,
  waitSeconds: number | undefined,
): Caller {
  const owner = ownerOf(context);
  const session = context.sessionId;
  return {
    owner,
    key: session ?? owner,
    requestKey: session === undefined ? undefined : `${session} ${context.mcpReq.id}`,
    signal: goneSignal(context),
    waitSeconds,
    onProgress: progress?.report,
  };
}

/** The name of the token a call came with; "" without tokens and over stdio. */
export function ownerOf(context: ServerContext): string {
  return context.http?.authInfo?.clientId ?? "";
}

/** Aborts, in our words, when the caller cancels or its connection ends. */
function goneSignal(context: ServerContext): AbortSignal {
  const controller = new AbortController();
  const leave = () =>
    controller.abort(new ImageError("cancelled", "The caller cancelled the request or has gone"));
  const signals = [context.mcpReq.signal, disconnection(context)];
  for (const signal of signals) {
    if (signal?.aborted) leave();
    signal?.addEventListener("abort", leave, { once: true });
  }
  return controller.signal;
}

/** The HTTP layer tells of a broken connection here, where the protocol itself would not. */
function disconnection(context: ServerContext): AbortSignal | undefined {
  const signal = context.http?.authInfo?.extra?.disconnected;
  return signal instanceof AbortSignal ? signal : undefined;
}
