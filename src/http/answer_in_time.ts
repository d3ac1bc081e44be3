/** Answers of the SDK that may take long, begun in time. */

import { EventStream, isEventStream, messageFrame } from "./event_stream.ts";
import { QUICK_ANSWER_LIMIT, withTimeout } from "./limits/time_limit.ts";

/**
 * The answer itself when it comes within a moment, with its own status; else an event stream that
 * begins at once, is never silent for longer than `keepAliveMs` milliseconds and ends with the
 * answer. `onLeave` is called when the client does not wait for that.
 */
export async function answerInTime(
  answer: Promise<Response>,
  options: { readonly keepAliveMs: number; readonly onLeave: () => void },
): Promise<Response> {
  const quick = await withTimeout(QUICK_ANSWER_LIMIT, answer, undefined);
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
