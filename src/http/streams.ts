/** Answers that may take long: begun in time, and watched until their last byte. */

import { EventStream, isEventStream, messageFrame } from "./event_stream.ts";
import { A_MOMENT, within } from "./within.ts";

/**
 * The answer itself when it comes within a moment, with its own status; else an event stream that
 * begins at once, is never silent for longer than `keepAliveMs` milliseconds and ends with the
 * answer. `onLeave` is called when the client does not wait for that.
 */
export async function answerInTime(
  answer: Promise<Response>,
  options: { readonly keepAliveMs: number; readonly onLeave: () => void },
): Promise<Response> {
  const quick = await within(A_MOMENT, answer, undefined);
  if (quick !== undefined && !isEventStream(quick)) return quick;
  const stream = new EventStream(options);
  void pass(answer, stream);
  return stream.response();
}

/** A stream that breaks has ended, too: its client asks again. */
async function pass(answer: Promise<Response>, stream: EventStream): Promise<void> {
  try {
    const response = await answer;
    if (isEventStream(response)) {
      for await (const chunk of response.body ?? []) stream.write(chunk);
    } else {
      const message = await response.text();
      if (message !== "") stream.write(messageFrame(message)); // it is while the server stops
    }
  } catch {
    // Nobody is left to tell.
  } finally {
    stream.end();
  }
}

/** Calls `onEnd` once: when an event stream has ended or its client has left it, for other answers at once. */
export function watchEnd(response: Response, onEnd: () => void): Response {
  const reader = isEventStream(response) ? response.body?.getReader() : undefined;
  if (reader === undefined) {
    onEnd();
    return response;
  }
  // A client that leaves ends a read that is still waiting, which then tells of the end as well.
  const end = once(onEnd);
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (!done) return controller.enqueue(value);
      end();
      controller.close();
    },
    cancel(reason) {
      end();
      return reader.cancel(reason);
    },
  });
  return new Response(body, { headers: response.headers });
}

function once(callback: () => void): () => void {
  let isCalled = false;
  return () => {
    if (!isCalled) callback();
    isCalled = true;
  };
}
