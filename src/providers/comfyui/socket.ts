/**
 * ComfyUI's socket, which tells of one client's requests while they run (its server.py and
 * protocol.py, version 0.38.1, read 2026-11-25). All that it tells can be asked for as well, so a
 * gateway that lets no socket through costs only progress.
 */

import { isRecord, parsedJson } from "../../json.ts";

export interface Listener {
  onMessage(type: string, data: Readonly<Record<string, unknown>>): void;
  /** An unfinished picture; `request` is whose it is, where the frame tells. */
  onPicture(bytes: Uint8Array<ArrayBuffer>, request: string | undefined): void;
  /** Nothing more will come. */
  onClose(): void;
}

/** Listens until it is disposed of; waits until messages can come, or it is clear that none will. */
export async function listen(
  { endpoint, headers, client, signal }: {
    readonly endpoint: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly client: string;
    readonly signal: AbortSignal;
  },
  listener: Listener,
): Promise<AsyncDisposable> {
  const direct = directClient(endpoint);
  const options = { headers, ...direct ? { client: direct } : {} };
  const socket = open(`${endpoint.replace(/^http/, "ws")}/ws?clientId=${client}`, options);
  if (!socket) return { [Symbol.asyncDispose]: () => Promise.resolve(direct?.close()) };
  socket.binaryType = "arraybuffer";
  const closed = new Promise<void>((resolve) => {
    socket.onclose = socket.onerror = () => {
      listener.onClose();
      resolve();
    };
  });
  const opened = new Promise<void>((resolve) => socket.onopen = () => resolve());
  socket.onmessage = ({ data }) => {
    if (data instanceof ArrayBuffer) tellPicture(new Uint8Array(data), listener);
    else tellMessage(String(data), listener);
  };
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await within(CONNECT_TIME, opened, closed, aborted);
  // Only who says so first is told whose an unfinished picture is.
  if (socket.readyState === WebSocket.OPEN) socket.send(FEATURES);
  return {
    async [Symbol.asyncDispose]() {
      socket.onmessage = null;
      socket.close();
      await within(CLOSE_TIME, closed);
      direct?.close();
    },
  };
}

/** No proxy of the environment reaches what listens on this machine alone. */
function directClient(endpoint: string): Deno.HttpClient | undefined {
  const { protocol, hostname, port } = new URL(endpoint);
  if (protocol !== "http:" || !LOOPBACK.test(hostname)) return undefined;
  const host = hostname.replace(/^\[|\]$/g, "");
  return Deno.createHttpClient({
    proxy: { transport: "tcp", hostname: host, port: Number(port || 80) },
  });
}

function open(url: string, options: WebSocketOptions): WebSocket | undefined {
  try {
    return new WebSocket(url, options);
  } catch {
    return undefined;
  }
}

function tellMessage(text: string, listener: Listener): void {
  const message = parsedJson(text);
  if (!isRecord(message) || typeof message.type !== "string" || !isRecord(message.data)) return;
  listener.onMessage(message.type, message.data);
}

/** A frame begins with its kind, as every number in it 32 bits with the largest first. */
function tellPicture(frame: Uint8Array<ArrayBuffer>, listener: Listener): void {
  if (frame.length < 8) return;
  const view = new DataView(frame.buffer);
  const kind = view.getUint32(0);
  if (kind === PICTURE) listener.onPicture(frame.slice(8), undefined);
  if (kind !== PICTURE_WITH_FACTS) return;
  const end = 8 + view.getUint32(4);
  if (end > frame.length) return;
  const facts = parsedJson(new TextDecoder().decode(frame.subarray(8, end)));
  const request = isRecord(facts) ? facts.prompt_id : undefined;
  listener.onPicture(frame.slice(end), typeof request === "string" ? request : undefined);
}

/** Waits for the first of some ends, and no longer than `milliseconds`. */
async function within(milliseconds: number, ...ends: readonly Promise<void>[]): Promise<void> {
  const timeout = Promise.withResolvers<void>();
  const timer = setTimeout(timeout.resolve, milliseconds);
  await Promise.race([timeout.promise, ...ends]);
  clearTimeout(timer);
}

const LOOPBACK = /^(localhost|127\.[\d.]+|\[::1\])$/;

const FEATURES = JSON.stringify({
  type: "feature_flags",
  data: { supports_preview_metadata: true },
});

/** Kinds of frames. */
const PICTURE = 1;
const PICTURE_WITH_FACTS = 4;

/** In milliseconds. */
const CONNECT_TIME = 3_000;
const CLOSE_TIME = 500;
