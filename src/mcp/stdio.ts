/** MCP over stdin and stdout: a line a message, and nothing a client sends can take the server down. */

import type { JSONRPCMessage, McpServerFactory, Transport } from "../deps/mcp_server.ts";
import { greeting } from "./identity.ts";

export interface StdioStreams {
  readonly input: ReadableStream<Uint8Array>;
  readonly output: WritableStream<Uint8Array>;
}

export interface StdioOptions {
  /** Seconds that requests already read may take to be answered once stdin has closed. */
  readonly graceSeconds: number;
  /** Told about a client that no longer reads, and about lines the protocol has no answer for. */
  readonly onProblem: (reason: string) => void;
}

/** The longest line that is read, in bytes; longer ones are answered with an error and skipped. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Serves MCP on an opened line, with one server of the factory for the one client. */
export async function serveLine(line: LineTransport, factory: McpServerFactory): Promise<void> {
  const { serveStdio } = await import("../deps/mcp_server.ts");
  serveStdio(factory, { transport: line, onerror: ({ message }) => line.onProblem(message) });
}

/**
 * The SDK's transport over byte streams, with JSON-RPC's own answers to lines that are no messages.
 * It reads and greets from the moment it is made; what else comes before `start` is kept in order.
 */
export class LineTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  /** Resolves at the client's first message, or when there will be none. */
  readonly opened: Promise<void>;
  /** Resolves when the client has closed stdin and every request has been answered. */
  readonly ended: Promise<void>;
  readonly onProblem: (reason: string) => void;

  readonly #input: ReadableStream<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #graceSeconds: number;
  readonly #unanswered = new Set<string | number>();
  readonly #opening = Promise.withResolvers<void>();
  readonly #end = Promise.withResolvers<void>();
  #backlog: JSONRPCMessage[] | undefined = [];
  #greeted: string | number | undefined;
  #onAnswered = () => {};
  #isClosed = false;

  constructor({ input, output }: StdioStreams, { graceSeconds, onProblem }: StdioOptions) {
    this.#input = input;
    this.#writer = output.getWriter();
    this.#graceSeconds = graceSeconds;
    this.onProblem = onProblem;
    this.opened = this.#opening.promise;
    this.ended = this.#end.promise;
    this.#read().catch((error) => this.onProblem(String(error))).finally(() => this.#finish());
  }

  start(): Promise<void> {
    const kept = this.#backlog ?? [];
    this.#backlog = undefined;
    // The SDK sets onmessage in the same turn in which it calls start.
    queueMicrotask(() => kept.forEach((message) => this.onmessage?.(message)));
    return Promise.resolve();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const answered = "id" in message && !("method" in message) ? message.id : undefined;
    if (answered !== undefined && answered === this.#greeted) {
      this.#greeted = undefined; // said already, in the same words
    } else await this.#write(message);
    if (answered !== undefined) {
      this.#unanswered.delete(answered);
      this.#onAnswered();
    }
  }

  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#opening.resolve();
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
    if ("method" in message && "id" in message) {
      this.#unanswered.add(message.id);
      if (message.method === "initialize") await this.#greet(message.id, message.params);
    }
    if ("method" in message && message.method === "notifications/cancelled") this.#forget(message);
    this.#opening.resolve();
    if (this.#backlog) this.#backlog.push(message);
    else this.onmessage?.(message);
  }

  async #greet(id: string | number, params: unknown): Promise<void> {
    const result = greeting(params);
    if (!this.#backlog || !result) return;
    this.#greeted = id;
    await this.#write({ jsonrpc: "2.0", id, result });
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
      this.onProblem(`The client no longer reads: ${String(error)}`);
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
