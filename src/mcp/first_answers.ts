/** What is answered before the SDK is loaded: clients, and people who look at their tools, wait for it. */

import type { JSONRPCMessage, JSONRPCRequest } from "../dependencies/mcp_server.ts";
import { SHORT } from "./declarations/argument.ts";
import { listFor, type ListReader } from "./declarations/lists.ts";
import { clientNamed, greeting } from "./identity.ts";
import { type ResultStyle, resultStyle, type StyleSetting } from "./result_style.ts";

type Result = Readonly<Record<string, unknown>>;

interface Answered {
  readonly request: JSONRPCRequest;
  readonly result: Result;
}

/**
 * The opening of a conversation in the revisions with a handshake: a greeting, and questions whose
 * answers depend on nothing, in the same words as the SDK would have. It ends with the first request
 * that is the SDK's to answer.
 */
export class FirstAnswers {
  readonly #setting: StyleSetting;
  readonly #shown: Omit<ListReader, "style">;
  #style: ResultStyle = "structured";
  #count = 0;
  #isOver = false;

  constructor(setting: StyleSetting, shown: Omit<ListReader, "style">) {
    this.#setting = setting;
    this.#shown = shown;
  }

  /** How many requests were answered. */
  get count(): number {
    return this.#count;
  }

  /** Whether a request has come that waits for the SDK. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The message as a request, with its answer; undefined for notifications and for what is the SDK's. */
  answerTo(message: JSONRPCMessage): Answered | undefined {
    if (!("method" in message && "id" in message) || this.#isOver) return undefined;
    const result = this.#count > 0 ? answerAnyTime(message, this.#reader()) : this.#greet(message);
    if (!result) {
      this.#isOver = true;
      return undefined;
    }
    this.#count++;
    return { request: message, result };
  }

  #reader(): ListReader {
    return { ...this.#shown, style: this.#style };
  }

  #greet({ method, params }: JSONRPCRequest): Result | undefined {
    if (method !== "initialize") return undefined;
    this.#style = resultStyle(this.#setting, clientNamed(params?.clientInfo));
    return greeting(params);
  }
}

function answerAnyTime(
  { method, params = {} }: JSONRPCRequest,
  reader: ListReader,
): Result | undefined {
  if (method === "ping") return {};
  const { cursor } = params;
  const isWhole = cursor === undefined || (typeof cursor === "string" && cursor.length <= SHORT);
  return isWhole ? listFor(method, reader) : undefined;
}
