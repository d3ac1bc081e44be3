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
  readonly #onOver: (() => void)[] = [];
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  /** What the client has not taken yet, oldest first. */
  #unread: Uint8Array<ArrayBuffer>[] = [];
  #unreadBytes = 0;
  /** When the client last took something, or had nothing to take; in milliseconds. */
  #lastTaken = performance.now();
  /** Whether the client waits for the next bytes. */
  #isWanted = false;
  #isOver = false;

  /**
   * A comment goes out first, so that every proxy on the way sees the stream begin, and again
   * every `keepAliveMs` milliseconds; `onLeave` is called when the client does not wait for the
   * end, or takes so little of what is sent that the stream is broken off.
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
      pull: () => this.#pull(),
      cancel: () => this.#leave(),
    }, { highWaterMark: 0 });
    this.write(OPENING);
    this.#keepAlive = setInterval(() => this.#comment(), keepAliveMs);
    Deno.unrefTimer(this.#keepAlive);
  }

  /** What has ended takes nothing more. */
  write(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#isOver) return;
    const isBehind = this.#unreadBytes > MOST_UNREAD;
    if (this.#unreadBytes === 0) this.#lastTaken = performance.now();
    this.#unread.push(bytes);
    this.#count(bytes.length);
    if (this.#isWanted) this.#pull();
    makeRoom(this, isBehind);
  }

  end(): void {
    if (this.#isOver) return;
    this.#stop();
    if (this.#unread.length === 0) this.#controller.close();
    for (const callback of this.#onOver) callback();
  }

  /** Bytes that the client has not taken yet. */
  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  /** How much waits, times how long its client has taken nothing of it. */
  get burden(): number {
    return this.#unreadBytes * (performance.now() - this.#lastTaken);
  }

  /** Ends a stream whose client does not read, and forgets what it did not. */
  breakOff(): void {
    this.#forget();
    const wasOver = this.#isOver;
    this.#stop();
    this.#controller.close();
    if (wasOver) return;
    this.#onLeave();
    for (const callback of this.#onOver) callback();
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
    else this.#onOver.push(callback);
  }

  /** Hands out a piece at a time: what has been handed out is held until the client takes it. */
  #pull(): void {
    const [first] = this.#unread;
    this.#isWanted = first === undefined;
    this.#lastTaken = performance.now();
    if (first === undefined) return;
    const piece = first.subarray(0, PIECE);
    if (piece.length < first.length) this.#unread[0] = first.subarray(PIECE);
    else this.#unread.shift();
    this.#count(-piece.length);
    this.#controller.enqueue(piece);
    if (this.#isOver && this.#unread.length === 0) this.#controller.close();
  }

  /** A client that has not taken the last thing needs no sign of life. */
  #comment(): void {
    if (this.#unread.length === 0) this.write(KEEP_ALIVE);
  }

  #leave(): void {
    this.#forget();
    if (this.#isOver) return; // it left while the last bytes were on their way
    this.#stop();
    this.#onLeave();
    for (const callback of this.#onOver) callback();
  }

  #forget(): void {
    this.#count(-this.#unreadBytes);
    this.#unread = [];
  }

  #count(bytes: number): void {
    this.#unreadBytes += bytes;
    unreadInAll += bytes;
    if (this.#unreadBytes > 0) unreadStreams.add(this);
    else unreadStreams.delete(this);
  }

  #stop(): void {
    this.#isOver = true;
    clearInterval(this.#keepAlive);
  }
}

/** Streams with bytes that nobody has taken yet, and how many those are. */
const unreadStreams = new Set<EventStream>();
let unreadInAll = 0;

/** Breaks off a stream that has fallen behind, or those least read when all hold too much. */
function makeRoom(grown: EventStream, isBehind: boolean): void {
  if (isBehind) grown.breakOff();
  while (unreadInAll > MOST_UNREAD_IN_ALL && unreadStreams.size > 1) {
    const leastRead = [...unreadStreams].reduce((one, other) =>
      other.burden > one.burden ? other : one
    );
    leastRead.breakOff();
  }
}

const carried = new WeakMap<Response, EventStream>();

/** The event stream that an answer carries. */
export function streamOf(response: Response): EventStream | undefined {
  return carried.get(response);
}

/** Calls back when an answer is over: an event stream as it tells, any other at once. */
export function whenOver(response: Response, callback: () => void): void {
  const stream = carried.get(response);
  if (stream) stream.whenOver(callback);
  else callback();
}

export function isEventStream({ headers }: Response): boolean {
  return headers.get("content-type")?.startsWith("text/event-stream") === true;
}

/** In bytes, of one stream that is given another event, and of all streams together. */
const MOST_UNREAD = 8 * 1024 * 1024;
const MOST_UNREAD_IN_ALL = 64 * 1024 * 1024;

const PIECE = 262_144;

const encoder = new TextEncoder();
const NEW_LINE = 10;
const OPENING = encoder.encode(": open\n\n");
const KEEP_ALIVE = encoder.encode(": keepalive\n\n");
const STREAM_HEADERS = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-cache, no-transform",
  "X-Accel-Buffering": "no",
};
