/** What is answered before the SDK is loaded: clients, and people who look at their tools, wait for it. */

import type { JSONRPCMessage, JSONRPCRequest } from "../dependencies/mcp_server.ts";
import { SHORT } from "./declarations/argument.ts";
import { LISTS } from "./declarations/lists.ts";
import { greeting } from "./identity.ts";

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
  #count = 0;
  #isOver = false;

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
    const result = this.#count > 0 ? answerAnyTime(message) : greet(message);
    if (!result) {
      this.#isOver = true;
      return undefined;
    }
    this.#count++;
    return { request: message, result };
  }
}

function greet({ method, params }: JSONRPCRequest): Result | undefined {
  return method === "initialize" ? greeting(params) : undefined;
}

function answerAnyTime({ method, params = {} }: JSONRPCRequest): Result | undefined {
  if (method === "ping") return {};
  const { cursor } = params;
  const isWhole = cursor === undefined || (typeof cursor === "string" && cursor.length <= SHORT);
  return isWhole && Object.hasOwn(LISTS, method) ? LISTS[method as keyof typeof LISTS] : undefined;
}
