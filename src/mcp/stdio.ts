/** MCP over stdin and stdout: a line a message, and nothing a client sends can take the server down. */

import {
  type JSONRPCMessage,
  type McpServerFactory,
  serveStdio,
  type Transport,
} from "../deps/mcp_server.ts";
import type { Logger } from "../log.ts";

export interface StdioServer {
  /** Resolves when the client has closed stdin and every request has been answered. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export interface StdioStreams {
  readonly input: ReadableStream<Uint8Array>;
  readonly output: WritableStream<Uint8Array>;
}

/** The longest line that is read, in bytes; longer ones are answered with an error and skipped. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Serves one client on the given streams; once stdin closes, open requests have `graceSeconds` to be answered. */
export function startStdioServer(
  factory: McpServerFactory,
  streams: StdioStreams,
  log: Logger,
  { graceSeconds }: { readonly graceSeconds: number },
): StdioServer {
  const transport = new LineTransport(streams, log, graceSeconds);
  const handle = serveStdio(factory, {
    transport,
    onerror: (error) => log.debug("Protocol error", { reason: error.message }),
  });
  return { ended: transport.ended, close: () => handle.close() };
}

/** The SDK's transport over byte streams, with JSON-RPC's own answers to lines that are no messages. */
class LineTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly ended: Promise<void>;

  readonly #input: ReadableStream<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #log: Logger;
  readonly #graceSeconds: number;
  readonly #unanswered = new Set<string | number>();
  readonly #end = Promise.withResolvers<void>();
  #onAnswered = () => {};
  #isClosed = false;

  constructor({ input, output }: StdioStreams, log: Logger, graceSeconds: number) {
    this.#graceSeconds = graceSeconds;
    this.#input = input;
    this.#writer = output.getWriter();
    this.#log = log;
    this.ended = this.#end.promise;
  }

  start(): Promise<void> {
    this.#read().catch((error) => this.onerror?.(error)).finally(() => this.#finish());
    return Promise.resolve();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    await this.#write(message);
    if ("id" in message && message.id !== undefined && !("method" in message)) {
      this.#unanswered.delete(message.id);
      this.#onAnswered();
    }
  }

  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.onclose?.();
      this.#end.resolve();
    }
    return Promise.resolve();
  }

  async #read(): Promise<void> {
    for await (const line of lines(this.#input)) {
      if (this.#isClosed) return;
      if (line === undefined) {
        await this.#refuse(-32600, `The message is longer than ${MAX_LINE_BYTES} bytes`);
      } else if (line.trim() !== "") await this.#receive(line);
    }
  }

  async #receive(line: string): Promise<void> {
    const message = parseJson(line);
    if (message === undefined) {
      return await this.#refuse(-32700, "Parse error: the line is not JSON");
    }
    if (!isMessage(message)) {
      return await this.#refuse(-32600, "The line is not a JSON-RPC 2.0 message");
    }
    if ("method" in message && "id" in message) this.#unanswered.add(message.id);
    if ("method" in message && message.method === "notifications/cancelled") this.#forget(message);
    this.onmessage?.(message);
  }

  /** A cancelled request is never answered. */
  #forget(message: JSONRPCMessage): void {
    const params = "params" in message ? message.params : undefined;
    const id = params?.requestId;
    if (typeof id === "string" || typeof id === "number") this.#unanswered.delete(id);
  }

  async #refuse(code: number, message: string): Promise<void> {
    await this.#write({ jsonrpc: "2.0", id: null, error: { code, message } });
  }

  async #write(message: unknown): Promise<void> {
    try {
      await this.#writer.write(new TextEncoder().encode(JSON.stringify(message) + "\n"));
    } catch (error) {
      this.#log.debug("The client no longer reads", { reason: String(error) });
      await this.close();
    }
  }

  async #finish(): Promise<void> {
    await this.#lastAnswers();
    await this.close();
  }

  async #lastAnswers(): Promise<void> {
    const answered = Promise.withResolvers<void>();
    this.#onAnswered = () => {
      if (this.#unanswered.size === 0) answered.resolve();
    };
    this.#onAnswered();
    const timer = setTimeout(answered.resolve, this.#graceSeconds * 1000);
    await answered.promise;
    clearTimeout(timer);
  }
}

/** The lines of a stream; undefined stands for one that is too long. */
async function* lines(input: ReadableStream<Uint8Array>): AsyncGenerator<string | undefined> {
  const decoder = new TextDecoder();
  let chunks: Uint8Array[] = [];
  let length = 0;
  const take = () => {
    const line = length > MAX_LINE_BYTES ? undefined : decoder.decode(joined(chunks));
    chunks = [];
    length = 0;
    return line;
  };
  for await (const chunk of input) {
    let rest = chunk;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      keep(rest.subarray(0, end));
      yield take();
      rest = rest.subarray(end + 1);
    }
    keep(rest);
  }
  if (length > 0) yield take();

  function keep(part: Uint8Array) {
    length += part.length;
    if (length <= MAX_LINE_BYTES) chunks.push(part);
    else chunks = [];
  }
}

const NEWLINE = 0x0a;

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isMessage(value: unknown): value is JSONRPCMessage {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { jsonrpc, method, id } = value as Record<string, unknown>;
  const hasId = typeof id === "string" || typeof id === "number";
  const isRequest = typeof method === "string" && (id === undefined || hasId);
  const isAnswer = method === undefined && hasId && ("result" in value || "error" in value);
  return jsonrpc === "2.0" && (isRequest || isAnswer);
}
