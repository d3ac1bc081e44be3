/** What is answered before the SDK is loaded: clients, and people who look at their tools, wait for it. */

import type { JSONRPCMessage, JSONRPCRequest } from "../dependencies/mcp_server.ts";
import { SHORT } from "./declarations/argument_kinds.ts";
import { listFor, type ListReader, type Shown } from "./declarations/lists.ts";
import { clientNamed, greeting, showsViews } from "./identity.ts";
import { type ResultStyle, resultStyle, type StyleSetting } from "./results/result_style.ts";

type Result = Readonly<Record<string, unknown>>;

/** What `prompts/list` answers. */
export type PromptLister = () => Promise<Result>;

interface Answered {
  readonly request: JSONRPCRequest;
  /** A promise where files are read for it. */
  readonly result: Result | Promise<Result>;
}

/**
 * The opening of a conversation in the revisions with a handshake: a greeting, and questions whose
 * answers depend on nothing, in the same words as the SDK would have. It ends with the first request
 * that is the SDK's to answer.
 */
export class FirstAnswers {
  readonly #setting: StyleSetting;
  readonly #shown: Shown;
  readonly #prompts: PromptLister | undefined;
  #style: ResultStyle = "structured";
  #showsViews = false;
  #count = 0;
  #isOver = false;

  /** `prompts` lists what files hold. */
  constructor(
    setting: StyleSetting,
    shown: Shown,
    prompts?: PromptLister,
  ) {
    this.#setting = setting;
    this.#shown = shown;
    this.#prompts = prompts;
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
    const result = this.#count > 0 ? this.#answer(message) : this.#greet(message);
    if (!result) {
      this.#isOver = true;
      return undefined;
    }
    this.#count++;
    return { request: message, result };
  }

  #answer(request: JSONRPCRequest): Result | undefined | Promise<Result> {
    // Who trains is known once the providers are loaded.
    const isForAll = request.method === "tools/list" && this.#shown.toolsets.includes("training");
    if (isForAll) return undefined;
    const isForFiles = request.method === "prompts/list" && this.#prompts && isWhole(request);
    return isForFiles ? this.#prompts!() : answerAnyTime(request, this.#reader());
  }

  #reader(): ListReader {
    return { ...this.#shown, style: this.#style, showsViews: this.#showsViews };
  }

  #greet({ method, params }: JSONRPCRequest): Result | undefined {
    if (method !== "initialize") return undefined;
    this.#style = resultStyle(this.#setting, clientNamed(params?.clientInfo));
    this.#showsViews = showsViews(params?.capabilities);
    return greeting(params);
  }
}

function answerAnyTime(
  request: JSONRPCRequest,
  reader: ListReader,
): Result | undefined {
  if (request.method === "ping") return {};
  return isWhole(request) ? listFor(request.method, reader) : undefined;
}

/** Whether no other part of a list is asked for than the only one there is. */
function isWhole({ params: { cursor } = {} }: JSONRPCRequest): boolean {
  return cursor === undefined || (typeof cursor === "string" && cursor.length <= SHORT);
}
