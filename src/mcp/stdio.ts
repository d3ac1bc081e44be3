/** MCP over stdin and stdout: a line a message, and nothing a client sends can take the server down. */

import { joinBytes } from "../bytes.ts";
import type {
  JSONRPCMessage,
  McpServerFactory,
  RequestId,
  Transport,
} from "../dependencies/mcp_server.ts";
import { greeting } from "./identity.ts";
import {
  lengthProblem,
  longestMessage,
  memberProblem,
  structureProblem,
  USUAL_BYTES,
} from "./message_bounds.ts";

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
export const MAX_LINE_BYTES = longestMessage(USUAL_BYTES);

/** Serves MCP on an opened line, with one server of the factory for the one client. */
export async function serveStdio(line: StdioTransport, factory: McpServerFactory): Promise<void> {
  const { serveStdio } = await import("../dependencies/mcp_server.ts");
  serveStdio(factory, { transport: line, onerror: ({ message }) => line.onProblem(message) });
}

/**
 * The SDK's transport over byte streams, with JSON-RPC's own answers to lines that are no messages.
 * It reads and greets from the moment it is made; what else comes before `start` is kept in order.
 */
export class StdioTransport implements Transport {
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
  /** Ids of the requests in hand; one that a client uses twice stands here twice. */
  readonly #unanswered: RequestId[] = [];
  readonly #opening = Promise.withResolvers<void>();
  readonly #end = Promise.withResolvers<void>();
  #backlog: JSONRPCMessage[] | undefined = [];
  #greeted: RequestId | undefined;
  #onAnswered = () => {};
  #isClosed = false;
  /** Bytes of answers that the client has not read yet. */
  #unread = 0;
  #onRead = () => {};
  #inputEndedAt: number | undefined;

  constructor({ input, output }: StdioStreams, { graceSeconds, onProblem }: StdioOptions) {
    this.#input = input;
    this.#writer = output.getWriter();
    this.#graceSeconds = graceSeconds;
    this.onProblem = onProblem;
    this.opened = this.#opening.promise;
    this.ended = this.#end.promise;
    this.#read().catch((error) => this.onProblem(String(error))).finally(() => this.#finish());
  }

  /** What is left of the grace, in seconds, for work whose answer nobody reads any more. */
  get graceLeft(): number {
    const used = performance.now() - (this.#inputEndedAt ?? performance.now());
    return Math.max(0, this.#graceSeconds - used / 1000);
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
      this.#settle(answered);
      this.#onAnswered();
    }
  }

  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#onRead();
      this.#opening.resolve();
      this.onclose?.();
      this.#end.resolve();
    }
    return Promise.resolve();
  }

  async #read(): Promise<void> {
    for await (const line of lines(this.#input)) {
      await this.#readership();
      if (this.#isClosed) return;
      if (line === undefined) {
        await this.#refuse(-32600, `The message is longer than ${MAX_LINE_BYTES} bytes`);
      } else if (line.trim() !== "") await this.#receive(line);
    }
  }

  /** A client that reads no answers is asked to by taking no more of what it says. */
  async #readership(): Promise<void> {
    while (this.#unread > MOST_UNREAD / 2 && !this.#isClosed) {
      await new Promise<void>((resolve) => this.#onRead = resolve);
    }
  }

  async #receive(line: string): Promise<void> {
    const malformed = structureProblem(line);
    if (malformed) return await this.#refuse(malformed.code, malformed.message, malformed.id);
    const value = parseJson(line);
    if (value === undefined) {
      return await this.#refuse(-32700, "Parse error: the line is not JSON");
    }
    const problem = memberProblem(value) ?? lengthProblem(value, line.length, USUAL_BYTES);
    if (problem) return await this.#refuse(problem.code, problem.message, problem.id);
    const message = asMessage(value);
    if (!message) {
      if (isAnswer(value)) return this.onProblem("The client sent an answer that cannot be read");
      return await this.#refuse(-32600, "The line is not a JSON-RPC 2.0 message", idOf(value));
    }
    if ("method" in message && "id" in message) this.#unanswered.push(message.id);
    if ("method" in message && message.method === "notifications/cancelled") this.#forget(message);
    if (this.#backlog?.length === 0) await this.#greet(message);
    this.#opening.resolve();
    if (this.#backlog) this.#backlog.push(message);
    else this.onmessage?.(message);
  }

  /** Answers an `initialize` that is the very first message; any later one is the SDK's to judge. */
  async #greet(message: JSONRPCMessage): Promise<void> {
    if (!("method" in message && "id" in message) || message.method !== "initialize") return;
    const result = greeting(message.params);
    if (!result) return;
    this.#greeted = message.id;
    await this.#write({ jsonrpc: "2.0", id: message.id, result });
  }

  /** A cancelled request is never answered. */
  #forget(message: JSONRPCMessage): void {
    const params = "params" in message ? message.params : undefined;
    if (isId(params?.requestId)) this.#settle(params.requestId);
  }

  #settle(id: RequestId): void {
    const index = this.#unanswered.indexOf(id);
    if (index >= 0) this.#unanswered.splice(index, 1);
  }

  async #refuse(code: number, message: string, id: RequestId | null = null): Promise<void> {
    await this.#write({ jsonrpc: "2.0", id, error: { code, message } });
  }

  /** A large answer behind others that nobody reads is not kept, so that they never fill the memory. */
  async #write(message: object): Promise<void> {
    let bytes = lineOf(message);
    const isTooMuch = this.#unread > 0 && this.#unread + bytes.length > MOST_UNREAD;
    if (isTooMuch && bytes.length > SMALL_ANSWER) {
      bytes = lineOf(unreadError(message, bytes.length));
    }
    this.#unread += bytes.length;
    try {
      await this.#writer.write(bytes);
      this.#unread -= bytes.length;
      this.#onRead();
    } catch (error) {
      this.onProblem(`The client no longer reads: ${String(error)}`);
      await this.close();
    }
  }

  async #finish(): Promise<void> {
    this.#inputEndedAt = performance.now();
    await this.#lastAnswers();
    await this.close();
  }

  async #lastAnswers(): Promise<void> {
    const answered = Promise.withResolvers<void>();
    this.#onAnswered = () => {
      if (this.#unanswered.length === 0) answered.resolve();
    };
    this.#onAnswered();
    const timer = setTimeout(answered.resolve, this.#graceSeconds * 1000);
    await answered.promise;
    clearTimeout(timer);
  }
}

function lineOf(message: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(message) + "\n");
}

function unreadError(message: object, bytes: number): object {
  const id = "id" in message ? message.id : null;
  const words = `The answer of ${bytes} bytes is not sent: earlier answers wait to be read`;
  return { jsonrpc: "2.0", id, error: { code: -32000, message: words } };
}

/** In bytes: what waits to be read before larger answers are left out and no more is taken in. */
const MOST_UNREAD = 32 * 1024 * 1024;
const SMALL_ANSWER = 65_536;

/** The lines of a stream; undefined stands for one that is too long. */
async function* lines(input: ReadableStream<Uint8Array>): AsyncGenerator<string | undefined> {
  const decoder = new TextDecoder();
  let chunks: Uint8Array[] = [];
  let length = 0;
  const take = () => {
    const line = length > MAX_LINE_BYTES ? undefined : decoder.decode(joinBytes(chunks));
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

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The message in `value` with the members the SDK knows, or undefined where it would ignore it in silence. */
function asMessage(value: unknown): JSONRPCMessage | undefined {
  if (!isObject(value) || value.jsonrpc !== "2.0") return undefined;
  const { id, method, params, result, error } = value;
  if (typeof method === "string") {
    if (!isParams(params)) return undefined;
    if (id === undefined) return { jsonrpc: "2.0", method, params };
    return isId(id) ? { jsonrpc: "2.0", id, method, params } : undefined;
  }
  if (!isId(id)) return undefined;
  if (isObject(result)) return { jsonrpc: "2.0", id, result };
  return isError(error) ? { jsonrpc: "2.0", id, error } : undefined;
}

/** Nothing is ever answered to an answer, or two programs could go on for ever. */
function isAnswer(value: unknown): boolean {
  return isObject(value) && value.method === undefined && ("result" in value || "error" in value);
}

function idOf(value: unknown): RequestId | null {
  return isObject(value) && isId(value.id) ? value.id : null;
}

function isParams(value: unknown): value is JsonObject | undefined {
  if (value === undefined) return true;
  if (!isObject(value)) return false;
  const { _meta: meta } = value;
  if (meta === undefined) return true;
  return isObject(meta) && (meta.progressToken === undefined || isId(meta.progressToken));
}

function isError(value: unknown): value is { code: number; message: string } {
  return isObject(value) && Number.isInteger(value.code) && typeof value.message === "string";
}

function isId(value: unknown): value is RequestId {
  return typeof value === "string" || Number.isSafeInteger(value);
}

type JsonObject = Record<string, unknown>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
