/** An event stream on its way to a client: begun at once, and never silent for long. */

/** An event in the bytes that go over the line, and with an id to resume from where it has one. */
export function messageFrame(json: string, id?: string): Uint8Array<ArrayBuffer> {
  const idLine = id === undefined ? "" : `id: ${id}\n`;
  return encoder.encode(`event: message\n${idLine}data: ${json}\n\n`);
}

/** An event that is no message: from its id a client resumes a stream that broke before any came. */
export function primingFrame(id: string, retryMs: number): Uint8Array<ArrayBuffer> {
  return encoder.encode(`id: ${id}\nretry: ${retryMs}\ndata: \n\n`);
}

export class EventStream {
  readonly #body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #keepAlive: ReturnType<typeof setInterval>;
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
    this.#body = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.#stop();
        onLeave();
      },
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
    this.#stop();
    this.#controller.close();
  }

  /** The answer that carries the stream. */
  response(headers: Readonly<Record<string, string>> = {}): Response {
    return new Response(this.#body, { headers: { ...STREAM_HEADERS, ...headers } });
  }

  #stop(): void {
    this.#isOver = true;
    clearInterval(this.#keepAlive);
  }
}

export function isEventStream({ headers }: Response): boolean {
  return headers.get("content-type")?.startsWith("text/event-stream") === true;
}

const encoder = new TextEncoder();
const OPENING = encoder.encode(": open\n\n");
const KEEP_ALIVE = encoder.encode(": keepalive\n\n");
const STREAM_HEADERS = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-cache, no-transform",
  "X-Accel-Buffering": "no",
};
