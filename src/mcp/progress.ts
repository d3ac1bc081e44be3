/** Progress for callers that asked for it: at once, then at least every five seconds. */

import type { RequestContext } from "./context.ts";

/** Clients that count progress as a sign of life give up after a silence of theirs, in milliseconds. */
const LONGEST_SILENCE = 4_000;

export interface ProgressReporter extends Disposable {
  readonly report: (message: string) => void;
}

/** Sends `notifications/progress` for this call; undefined when the caller gave no progress token. */
export function progressOf(context: RequestContext): ProgressReporter | undefined {
  const { onProgress } = context;
  if (onProgress) return { report: onProgress, [Symbol.dispose]() {} };
  const progressToken = context.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return undefined;
  const started = performance.now();
  let last = -1;
  let message = "Starting";
  let isOver = false;

  const send = () => {
    const seconds = (performance.now() - started) / 1000;
    last = Math.max(last + 0.001, Math.round(seconds * 1000) / 1000);
    const tellsTime = seconds < 1 || /\d s\)$/.test(message);
    const words = tellsTime ? message : `${message} (${Math.round(seconds)} s)`;
    context.mcpReq.notify({
      method: "notifications/progress",
      params: { progressToken, progress: last, message: words },
    }).catch(() => {}); // the caller has gone, and says so through its own signal
  };

  send();
  const heartbeat = setInterval(send, LONGEST_SILENCE);
  return {
    report(next) {
      if (next === message || isOver) return;
      message = next;
      send();
    },
    [Symbol.dispose]() {
      isOver = true;
      clearInterval(heartbeat);
    },
  };
}
