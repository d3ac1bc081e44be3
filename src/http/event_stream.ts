/** An event stream on its way to a client: begun at once, and never silent for long. */

/** An event in the bytes that go over the line, and with an id to resume from where it has one. */
export function messageFrame(json: string, id?: string): Uint8Array<ArrayBuffer> {
  const head = `event: message\n${id === undefined ? "" : `id: ${id}\n`}data: `;
  // A picture in base64 is a byte a letter: written in place, it is copied once and not three times.
  const frame = new Uint8Array(head.length + json.length + 2);
  const { read } = encoder.encodeInto(json, frame.subarray(head.length, -2));
  if (read < json.length) return encoder.encode(`${head}${json}\n\n`);
  encoder.encodeInto(head, frame);
  return frame.fill(NEW_LINE, -2);
}

/** An event that is no message: from its id a client resumes a stream that broke before any came. */
export function primingFrame(id: string, retryMs: number): Uint8Array<ArrayBuffer> {
  return encoder.encode(`id: ${id}\nretry: ${retryMs}\ndata: \n\n`);
}

export class EventStream {
  readonly #body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #keepAlive: ReturnType<typeof setInterval>;
  readonly #onLeave: () => void;
  #onOver: (() => void) | undefined;
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #isOver = false;

  /**
   * A comment goes out first, so that every proxy on the way sees the stream begin, and again
   * every `keepAliveMs` milliseconds; `onLeave` is called when the client does not wait for the end.
   */
  constructor({ keepAliveMs, onLeave }: {
    readonly keepAliveMs: number;
    readonly onLeave: () => void;
  }) {
    this.#onLeave = onLeave;
    this.#body = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => this.#leave(),
    });
    this.write(OPENING);
    this.#keepAlive = setInterval(() => this.write(KEEP_ALIVE), keepAliveMs);
    Deno.unrefTimer(this.#keepAlive);
  }

  /** What has ended takes nothing more. */
  write(bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.#isOver) this.#controller.enqueue(bytes);
  }

  end(): void {
    if (this.#isOver) return;
    this.#controller.close();
    this.#stop();
    this.#onOver?.();
  }

  /** The answer that carries the stream. */
  response(headers: Readonly<Record<string, string>> = {}): Response {
    const response = new Response(this.#body, { headers: { ...STREAM_HEADERS, ...headers } });
    carried.set(response, this);
    return response;
  }

  /** Has `callback` called when the stream has ended or its client has left it. */
  whenOver(callback: () => void): void {
    if (this.#isOver) callback();
    else this.#onOver = callback;
  }

  #leave(): void {
    if (this.#isOver) return; // it left while the last bytes were on their way
    this.#stop();
    this.#onLeave();
    this.#onOver?.();
  }

  #stop(): void {
    this.#isOver = true;
    clearInterval(this.#keepAlive);
  }
}

const carried = new WeakMap<Response, EventStream>();

/** Calls back when an answer is over: an event stream as it tells, any other at once. */
export function whenOver(response: Response, callback: () => void): void {
  const stream = carried.get(response);
  if (stream) stream.whenOver(callback);
  else callback();
}

export function isEventStream({ headers }: Response): boolean {
  return headers.get("content-type")?.startsWith("text/event-stream") === true;
}

const encoder = new TextEncoder();
const NEW_LINE = 10;
const OPENING = encoder.encode(": open\n\n");
const KEEP_ALIVE = encoder.encode(": keepalive\n\n");
const STREAM_HEADERS = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-cache, no-transform",
  "X-Accel-Buffering": "no",
};
