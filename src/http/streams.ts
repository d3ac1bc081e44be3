/** Event streams on their way to the client. */

import { joinBytes } from "../bytes.ts";

/**
 * Passes an answer on and calls `onEnd` once: when its event stream has ended
 * or the client has left it, and for any other answer at once. A stream that
 * is over within a moment, as quick calls are, goes out in one piece, as plain
 * JSON where it is a single message; a longer one opens with a comment, so that
 * every proxy on the way sees it begin.
 */
export async function watchStream(response: Response, onEnd: () => void): Promise<Response> {
  onEnd = once(onEnd);
  const reader = isEventStream(response) ? response.body?.getReader() : undefined;
  if (reader === undefined) {
    onEnd();
    return response;
  }
  const { headers } = response;
  const early: Uint8Array<ArrayBuffer>[] = [];
  // A stream that breaks has ended, too: its client asks again.
  const read = () => reader.read().catch(() => ({ done: true, value: undefined } as const));
  let next = read();
  const { promise: moment, resolve } = Promise.withResolvers<"later">();
  const timer = setTimeout(() => resolve("later"), A_MOMENT);
  while (true) {
    const part = await Promise.race([next, moment]);
    if (part === "later") break;
    if (part.done) {
      clearTimeout(timer);
      onEnd();
      return wholeAnswer(early.length === 1 ? early[0]! : joinBytes(early), headers);
    }
    early.push(part.value);
    next = read();
  }

  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(OPENING);
      for (const chunk of early) controller.enqueue(chunk);
    },
    async pull(controller) {
      const { done, value } = await next;
      if (done) {
        onEnd();
        return controller.close();
      }
      next = read();
      controller.enqueue(value);
    },
    cancel(reason) {
      onEnd();
      return reader.cancel(reason);
    },
  });
  return new Response(body, { headers });
}

function wholeAnswer(stream: Uint8Array<ArrayBuffer>, headers: Headers): Response {
  const message = onlyMessage(stream);
  if (message === undefined) return new Response(stream, { headers });
  headers.set("Content-Type", "application/json");
  return new Response(message, { status: statusOf(message), headers });
}

/** The JSON of a stream that is one message without an id to resume from. */
function onlyMessage(stream: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  const isMessage = MESSAGE.every((byte, index) => stream[index] === byte);
  const end = stream.indexOf(NEW_LINE, MESSAGE.length);
  return isMessage && end === stream.length - 2 ? stream.subarray(MESSAGE.length, end) : undefined;
}

/** The one error of a handler that has an HTTP status of its own. */
function statusOf(message: Uint8Array<ArrayBuffer>): number {
  if (message.length > 10_000) return 200;
  const { error } = JSON.parse(new TextDecoder().decode(message));
  return error?.code === MISSING_CLIENT_CAPABILITY ? 400 : 200;
}

function once(callback: () => void): () => void {
  let isCalled = false;
  return () => {
    if (!isCalled) callback();
    isCalled = true;
  };
}

/** Told by the header: a body that was looked at is no longer sent in one piece. */
function isEventStream({ headers }: Response): boolean {
  return headers.get("content-type")?.startsWith("text/event-stream") === true;
}

/** In milliseconds. */
const A_MOMENT = 5;
const MESSAGE = new TextEncoder().encode("event: message\ndata: ");
const NEW_LINE = 10;
const MISSING_CLIENT_CAPABILITY = -32021;
const OPENING = new TextEncoder().encode(": open\n\n");
