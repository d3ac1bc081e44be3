/** What somebody who waits for a request is told while it runs. */

import type { CallContext } from "../provider.ts";
import { vendorWord } from "../bounds.ts";
import type { Graph } from "./graph.ts";
import type { Listener } from "./socket.ts";

export interface Following extends Listener {
  /** Messages count from here on for this request alone. */
  follow(id: string): void;
  /** Whether it is known to be drawn now, so that nobody need ask for its place in the queue. */
  readonly isRunning: boolean;
  /** Waits until something has happened that may be its end, or for so many milliseconds. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** `graph` is the request's, where it is known, to name its nodes. */
export function startFollowing(
  { onProgress, onPartialImage }: Pick<CallContext, "onProgress" | "onPartialImage">,
  graph: Graph = {},
): Following {
  let request: string | undefined;
  let isRunning = false;
  let wake = () => {};

  const stepOf = (data: Readonly<Record<string, unknown>>) => {
    const name = graph[String(data.node)]?.class_type;
    return name === undefined ? "" : ` (${vendorWord(name)})`;
  };

  return {
    get isRunning() {
      return isRunning;
    },
    follow: (id) => void (request = id),
    pause: (milliseconds, signal) => pause(milliseconds, signal, (resolve) => wake = resolve),
    onMessage(type, data) {
      const isOwn = request !== undefined && data.prompt_id === request;
      if (type === "execution_start" || type === "executing") {
        isRunning = isOwn && data.node !== null;
      }
      if (!isOwn) return;
      if (type === "progress") {
        onProgress({ message: `ComfyUI ${progressOf(data)}${stepOf(data)}` });
      }
      if (type !== "executing") return;
      // The last message of a request, sent when what it made can be asked for.
      if (data.node === null) wake();
      else onProgress({ message: `ComfyUI is at work${stepOf(data)}` });
    },
    onClose() {
      isRunning = false;
      wake();
    },
    onPicture(bytes, whose) {
      // Older versions do not say whose it is.
      if (whose === undefined ? isRunning : whose === request) onPartialImage?.(bytes);
    },
  };
}

function progressOf({ value, max }: Readonly<Record<string, unknown>>): string {
  const [done, all] = [Number(value), Number(max)];
  return done >= 0 && all > 0 ? `has done step ${done} of ${all}` : "is at work";
}

/** Like `sleep`, but for being woken. */
function pause(
  milliseconds: number,
  signal: AbortSignal,
  onWaker: (wake: () => void) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal.aborted) return Promise.reject(signal.reason);
  const stop = () => reject(signal.reason);
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener("abort", stop, { once: true });
  onWaker(resolve);
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  });
}
