/** MCP over stdin and stdout: a line a message, and nothing a client sends can take the server down. */

import type {
  JSONRPCMessage,
  JSONRPCRequest,
  McpServerFactory,
  RequestId,
  Transport,
} from "../dependencies/mcp_server.ts";
import { SHOWN_TOOLSETS } from "../config/settings.ts";
import { parsedJson } from "../json.ts";
import type { Shown } from "./declarations/lists.ts";
import { FirstAnswers, type PromptLister } from "./first_answers.ts";
import {
  asMessage,
  idOf,
  isAnswer,
  isId,
  lineOf,
  lines,
  type LongLine,
  unreadError,
} from "./json_rpc_lines.ts";
import type { LongMessages } from "./long_message.ts";
import type { StyleSetting } from "./results/result_style.ts";
import {
  lengthProblem,
  memberProblem,
  MOST_SUBSCRIPTIONS,
  structureProblem,
  USUAL_BYTES,
} from "./message_bounds.ts";
import { MOST_OPEN, OpenRequests } from "./open_requests.ts";

export interface StdioStreams {
  /** Each part alone in its memory, which is given back when it has been read. */
  readonly input: AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Resolves when all of it has been taken; what is written meanwhile follows in order. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
}

export interface StdioOptions {
  /** Seconds that requests already read may take to be answered once stdin has closed. */
  readonly graceSeconds: number;
  /** MCP_RESULT_STYLE, by which the list of tools depends on the client. */
  readonly resultStyle?: StyleSetting;
  /** What else the list of tools depends on. */
  readonly shown?: Shown;
  /** Lists the prompts before the rest of the server is loaded. */
  readonly prompts?: PromptLister;
  /** Told about a client that no longer reads, and about lines the protocol has no answer for. */
  readonly onProblem: (reason: string) => void;
}

/** Serves MCP on an opened line, with one server of the factory for the one client. */
export async function serveStdio(line: StdioTransport, factory: McpServerFactory): Promise<void> {
  const { serveStdio } = await import("../dependencies/mcp_server.ts");
  serveStdio(factory, {
    transport: line,
    maxSubscriptions: MOST_SUBSCRIPTIONS,
    onerror: ({ message }) => line.onProblem(message),
  });
}

/**
 * The SDK's transport over byte streams, with JSON-RPC's own answers to lines that are no messages.
 * It reads from the moment it is made, and gives the first answers; what else comes before `start` is
 * kept in order.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  /** Resolves when the client asks for what only the SDK can answer, or will ask nothing more. */
  readonly sdkWanted: Promise<void>;
  /** Resolves when the client has closed stdin and every request has been answered. */
  readonly ended: Promise<void>;
  readonly onProblem: (reason: string) => void;

  readonly #streams: StdioStreams;
  readonly #graceSeconds: number;
  readonly #open = new OpenRequests();
  #longMessages: LongMessages | undefined;
  readonly #sdkWanted = Promise.withResolvers<void>();
  readonly #first: FirstAnswers;
  readonly #end = Promise.withResolvers<void>();
  #backlog: JSONRPCMessage[] | undefined = [];
  /** The initialize that was answered already, until the SDK answers it, too. */
  #greeted: RequestId | undefined;
  #onAnswered = () => {};
  #isClosed = false;
  /** Bytes of answers that the client has not read yet. */
  #unread = 0;
  #onRead = () => {};
  #inputEndedAt: number | undefined;

  constructor(
    streams: StdioStreams,
    { graceSeconds, resultStyle = "auto", shown = USUALLY_SHOWN, prompts, onProblem }: StdioOptions,
  ) {
    this.#first = new FirstAnswers(resultStyle, shown, prompts);
    this.#streams = streams;
    this.#graceSeconds = graceSeconds;
    this.onProblem = onProblem;
    this.sdkWanted = this.#sdkWanted.promise;
    this.ended = this.#end.promise;
    this.#read().catch((error) => this.onProblem(String(error))).finally(() => this.#finish());
  }

  /** How many requests were answered without the SDK. */
  get firstAnswers(): number {
    return this.#first.count;
  }

  /** What is left of the grace, in seconds, for work whose answer nobody reads any more. */
  get graceLeft(): number {
    const used = performance.now() - (this.#inputEndedAt ?? performance.now());
    return Math.max(0, this.#graceSeconds - used / 1000);
  }

  start(): Promise<void> {
    const kept = this.#backlog ?? [];
    this.#backlog = undefined;
    this.#sdkWanted.resolve();
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
      this.#open.end(answered);
      this.#onAnswered();
    }
  }

  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#onRead();
      this.#sdkWanted.resolve();
      this.onclose?.();
      this.#end.resolve();
    }
    return Promise.resolve();
  }

  async #read(): Promise<void> {
    for await (const line of lines(this.#streams.input)) {
      await this.#readership();
      if (this.#isClosed) return;
      if (line === undefined) {
        await this.#refuse(-32600, `The message is longer than ${USUAL_BYTES} bytes`);
      } else if (typeof line !== "string") await this.#receiveLong(line);
      else if (line.trim() !== "") await this.#receive(line);
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
    const value = parsedJson(line);
    if (value === undefined) {
      return await this.#refuse(-32700, "Parse error: the line is not JSON");
    }
    await this.#take(value, line.length);
  }

  async #receiveLong({ parts }: LongLine): Promise<void> {
    this.#longMessages ??= new (await import("./long_message.ts")).LongMessages();
    const read = await this.#longMessages.read(parts, USUAL_BYTES);
    if ("problem" in read) {
      const { code, message, id } = read.problem;
      return await this.#refuse(code, message, id);
    }
    await this.#take(read.value, read.length);
    this.#open.keep(idOf(read.value), read.pictures);
  }

  /** What was on a line of that many characters, pictures left out. */
  async #take(value: unknown, length: number): Promise<void> {
    const problem = memberProblem(value) ?? lengthProblem(value, length, USUAL_BYTES);
    if (problem) return await this.#refuse(problem.code, problem.message, problem.id);
    const message = asMessage(value);
    if (!message) {
      if (isAnswer(value)) return this.onProblem("The client sent an answer that cannot be read");
      return await this.#refuse(-32600, "The line is not a JSON-RPC 2.0 message", idOf(value));
    }
    if ("method" in message && "id" in message) {
      const isTaken = this.#open.begin(message.id) || await this.#open.beginLater(message.id);
      if (!isTaken) return await this.#refuse(-32600, TOO_MANY, message.id);
    }
    if ("method" in message && message.method === "notifications/cancelled") this.#forget(message);
    if (!this.#backlog) this.onmessage?.(message);
    else await this.#keepOrAnswer(message, this.#backlog);
  }

  /** Messages come one after the other, so that what is kept keeps its order. */
  async #keepOrAnswer(message: JSONRPCMessage, backlog: JSONRPCMessage[]): Promise<void> {
    const answered = this.#first.answerTo(message);
    if (!answered) {
      backlog.push(message);
      return this.#first.isOver ? this.#sdkWanted.resolve() : undefined;
    }
    const { request, result } = answered;
    if (request.method === "initialize") {
      this.#greeted = request.id;
      backlog.push(request); // the SDK has to know what was agreed on
    }
    const isSlow = result instanceof Promise;
    const answering = this.#answerWith(request, result);
    if (!isSlow) await answering; // what is asked next does not wait for files
  }

  async #answerWith(
    { id, method }: JSONRPCRequest,
    result: object | Promise<object>,
  ): Promise<void> {
    try {
      const answer = { jsonrpc: "2.0", id, result: await result };
      if (this.#open.has(id)) await this.#write(answer);
    } catch (error) {
      this.onProblem(`Cannot answer before the start: ${String(error)}`);
      await this.#refuse(-32603, "Internal error", id);
    }
    if (method === "initialize") return; // until the SDK has answered it, too
    this.#open.end(id);
    this.#onAnswered();
  }

  /** A cancelled request is never answered. */
  #forget(message: JSONRPCMessage): void {
    const params = "params" in message ? message.params : undefined;
    if (isId(params?.requestId)) this.#open.end(params.requestId);
  }

  async #refuse(code: number, message: string, id: RequestId | null = null): Promise<void> {
    await this.#write({ jsonrpc: "2.0", id, error: { code, message } });
  }

  /** A large answer behind others that nobody reads is not kept, nor what is no answer, so that they never fill the memory. */
  async #write(message: object): Promise<void> {
    const isNews = !("id" in message);
    if (isNews && this.#unread > MOST_UNREAD) return;
    let bytes = lineOf(message);
    const isTooMuch = this.#unread > 0 && this.#unread + bytes.length > MOST_UNREAD;
    if (isTooMuch && bytes.length > SMALL_ANSWER) {
      bytes = lineOf(unreadError(message, bytes.length));
    }
    this.#unread += bytes.length;
    try {
      await this.#streams.write(bytes);
      this.#unread -= bytes.length;
      this.#onRead();
    } catch (error) {
      this.onProblem(`The client no longer reads: ${String(error)}`);
      await this.close();
    }
  }

  async #finish(): Promise<void> {
    this.#inputEndedAt = performance.now();
    this.#sdkWanted.resolve();
    const answered = Promise.withResolvers<void>();
    this.#onAnswered = () => {
      if (this.#open.count === 0) answered.resolve();
    };
    this.#onAnswered();
    const timer = setTimeout(answered.resolve, this.#graceSeconds * 1000);
    await answered.promise;
    clearTimeout(timer);
    await this.close();
  }
}

const TOO_MANY = `${MOST_OPEN} requests wait for their answers: send more when some have come`;
const USUALLY_SHOWN = { hasAddress: false, toolsets: SHOWN_TOOLSETS };

/** In bytes: what waits to be read before larger answers are left out and no more is taken in. */
const MOST_UNREAD = 32 * 1024 * 1024;
const SMALL_ANSWER = 65_536;
