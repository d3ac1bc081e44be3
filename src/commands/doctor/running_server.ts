/** Asks a server that runs somewhere, over plain HTTP; `connections.ts` says how each era does. */

import { messageOf } from "../../errors.ts";
import { demand, type Json, objectOf, parseObject, textOf } from "./json.ts";

/** Milliseconds one answer may take. */
const ANSWER_TIMEOUT = 15_000;

export interface BearerToken {
  readonly value: string;
  /** Where it was found, such as "--token". */
  readonly source: string;
}

export interface Send {
  readonly method?: "GET" | "POST" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly message?: Json;
  /** Milliseconds; 15 s unless told. */
  readonly timeout?: number;
}

export class RunningServer {
  readonly #endpoint: URL;
  readonly #token: BearerToken | undefined;
  #lastId = 0;
  #hasAnswered = false;

  constructor(endpoint: URL, token?: BearerToken) {
    this.#endpoint = endpoint;
    this.#token = token;
  }

  /** Whether anybody is there: one answer came, whatever it said. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** What /health answers, without the token. @throws when it is not a healthy server's answer. */
  async health(): Promise<Json> {
    const address = new URL(this.#endpoint);
    address.pathname = address.pathname.replace(/\/mcp(\/v1\/messages)?\/?$/, "") + "/health";
    const response = await this.#fetch(address, {});
    const health = parseObject(await response.text());
    demand(response.ok, `${address} answers HTTP ${response.status}`);
    demand(health.status === "healthy", `${address} does not say "healthy"`);
    return health;
  }

  /** The result of one request, and the headers it came with. @throws what the server says instead. */
  async ask(
    method: string,
    params: Json,
    { headers, timeout }: Pick<Send, "headers" | "timeout">,
  ): Promise<{ readonly result: Json; readonly headers: Headers }> {
    const id = ++this.#lastId;
    const message = { jsonrpc: "2.0", id, method, params };
    const response = await this.send({ method: "POST", headers, message, timeout });
    if (!response.ok) throw new Error(await this.#refusal(method, response));
    const answer = await messageIn(response, id).catch((error) => {
      throw noAnswer(this.#endpoint, error);
    });
    const error = objectOf(answer.error);
    if (answer.error) throw new Error(`${textOf(error.message)} (${String(error.code)})`);
    return { result: objectOf(answer.result), headers: response.headers };
  }

  /** Whatever the endpoint answers to one HTTP request; its body is the caller's to read or cancel. */
  async send({ headers, ...request }: Send): Promise<Response> {
    const authorization = this.#token && { Authorization: `Bearer ${this.#token.value}` };
    return await this.#fetch(this.#endpoint, {
      ...request,
      headers: { ...headers, ...authorization },
    });
  }

  async #fetch(address: URL, request: Send): Promise<Response> {
    const response = await fetchFrom(address, request);
    this.#hasAnswered = true;
    return response;
  }

  async #refusal(method: string, response: Response): Promise<string> {
    const words = (await response.text()).slice(0, 300);
    if (response.status !== 401) {
      return `${this.#endpoint} answers HTTP ${response.status} to ${method}: ${words}`;
    }
    const hasSignIn = response.headers.get("www-authenticate")?.includes("resource_metadata=");
    const given = this.#token;
    // What is wrong with an access token the server says itself.
    if (hasSignIn && given) return `The token given (${given.source}) is refused: ${words}`;
    if (given) return `The token given (${given.source}) is not one of the server's`;
    const or = hasSignIn ? ", or an access token of those who sign in there," : "";
    return `The server wants a token${or}: set MCP_AUTH_TOKEN, or give --token TOKEN`;
  }
}

async function fetchFrom(
  address: URL,
  { method = "GET", headers, message, timeout = ANSWER_TIMEOUT }: Send,
): Promise<Response> {
  try {
    return await fetch(address, {
      method,
      headers: {
        Accept: "application/json, text/event-stream",
        ...(message ? { "Content-Type": "application/json" } : {}),
        ...headers,
      },
      body: message && JSON.stringify(message),
      redirect: "manual",
      signal: AbortSignal.timeout(timeout),
    });
  } catch (error) {
    throw noAnswer(address, error);
  }
}

function noAnswer(address: URL, error: unknown): Error {
  const cause = error instanceof Error && error.cause ? `: ${messageOf(error.cause)}` : "";
  return new Error(`${address} does not answer: ${messageOf(error)}${cause}`, { cause: error });
}

/** The message with this id, out of a JSON body or a stream of events. */
async function messageIn(response: Response, id: number): Promise<Json> {
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
  if (!isStream) return parseObject(await response.text());
  let text = "";
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text = (text + part).replaceAll("\r\n", "\n");
    const events = text.split("\n\n");
    text = events.pop()!;
    for (const event of events) {
      const lines = event.split("\n").filter((line) => line.startsWith("data:"));
      const message = parseObject(lines.map((line) => line.slice(5).trimStart()).join("\n"));
      if (message.id === id) return message;
    }
  }
  throw new Error("The stream ended without an answer");
}
