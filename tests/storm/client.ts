/** A client of either era with nothing but `fetch`, that asks a second time where the first may have been cut off. */

import { pause } from "../support/wait.ts";

/** Which revision a client speaks. */
export type Era = "2026-07-28" | "2025-11-25";

export interface Envelope {
  readonly ok: boolean;
  readonly images?: readonly { readonly id: string; readonly url: string }[];
  readonly job?: { readonly id: string; readonly state: string };
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

/** What one try met instead of an answer. */
export interface Failure {
  readonly reason: string;
  /** In milliseconds. */
  readonly retryAfter: number;
}

export interface StormClient {
  /** How many tries have failed, and how long each request took in milliseconds, its second try included. */
  readonly failures: Failure[];
  readonly durations: number[];
  /** Whether a second try is under way. */
  readonly isTryingAgain: boolean;
  /**
   * Calls a tool. `argumentsOf` gives the arguments of each try, from 1.
   * @throws {TwiceFailed} where the second try fails too.
   */
  call(tool: string, argumentsOf: (attempt: number) => Record<string, unknown>): Promise<Envelope>;
  /** A picture's bytes. @throws {TwiceFailed} */
  picture(path: string): Promise<Uint8Array<ArrayBuffer>>;
}

/** A request that failed twice; a client is promised one passing error at most. */
export class TwiceFailed extends Error {}

class Failed extends Error implements Failure {
  constructor(readonly reason: string, readonly retryAfter: number) {
    super(reason);
  }
}

/**
 * Opens a session where the era has them and the server keeps them. Before a second try it waits
 * for `mayTryAgain`.
 */
export async function connect(
  url: string,
  era: Era,
  mayTryAgain: () => Promise<void> = () => Promise.resolve(),
): Promise<StormClient> {
  const failures: Failure[] = [];
  const durations: number[] = [];
  let session: string | null = null;
  let lastId = 0;
  let isTryingAgain = false;

  async function post(method: string, params: Record<string, unknown>, id?: number) {
    const response = await fetch(`${url}/mcp`, {
      method: "POST",
      headers: headersOf(era, method, params, session),
      body: JSON.stringify({ jsonrpc: "2.0", id, method, params: paramsOf(era, params) }),
    });
    const text = await response.text();
    // A server that is gone, and one that stops, are the proxy's and the server's 502 and 503.
    if (response.status >= 500) throw new Failed(`HTTP ${response.status}`, waitOf(response));
    if (!response.ok) throw new Error(`HTTP ${response.status}: ${text}`);
    if (method === "initialize") session = response.headers.get("mcp-session-id");
    return id === undefined ? undefined : answerIn(text, id);
  }

  async function begin(): Promise<void> {
    if (era !== "2025-11-25") return;
    const clientInfo = { name: "storm", version: "1" };
    const params = { protocolVersion: era, capabilities: {}, clientInfo };
    await twice(() => post("initialize", params, ++lastId));
    await twice(() => post("notifications/initialized", {}));
  }

  /** Tries a second time. */
  async function twice<T>(work: (attempt: number) => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await work(1).catch(async (error) => {
        const failure = failureOf(error);
        failures.push(failure);
        isTryingAgain = true;
        await Promise.all([pause(failure.retryAfter), mayTryAgain()]);
        return await work(2).catch((error) => {
          throw new TwiceFailed(`${failure.reason}; then ${failureOf(error).reason}`);
        });
      });
    } finally {
      isTryingAgain = false;
      durations.push(performance.now() - began);
    }
  }

  await begin();
  return {
    failures,
    durations,
    get isTryingAgain() {
      return isTryingAgain;
    },
    call: (name, argumentsOf) =>
      twice(async (attempt) => {
        const params = { name, arguments: argumentsOf(attempt) };
        const result = await post("tools/call", params, ++lastId) as {
          structuredContent: Envelope;
        };
        const envelope = result.structuredContent;
        const { code, message, details } = envelope.error ?? {};
        if (code === "busy") {
          const seconds = Number(details?.retry_after_seconds ?? 0);
          throw new Failed(`${code}: ${message}`, Math.max(RETRY_AFTER, seconds * 1000));
        }
        return envelope;
      }),
    picture: (path) =>
      twice(async () => {
        const response = await fetch(`${url}${path}`);
        if (response.ok) return await response.bytes();
        await response.body?.cancel();
        if (response.status >= 500) throw new Failed(`HTTP ${response.status}`, waitOf(response));
        throw new Error(`HTTP ${response.status} for ${path}`);
      }),
  };
}

function headersOf(
  era: Era,
  method: string,
  params: Record<string, unknown>,
  session: string | null,
): Record<string, string> {
  const common = {
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": era,
  };
  if (era === "2026-07-28") {
    return { ...common, "Mcp-Method": method, "Mcp-Name": String(params.name) };
  }
  return session === null ? common : { ...common, "Mcp-Session-Id": session };
}

function paramsOf(era: Era, params: Record<string, unknown>): Record<string, unknown> {
  if (era === "2025-11-25") return params;
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": era,
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  return { ...params, _meta };
}

/** The result that an answer brings, alone or in an event stream. @throws where it was cut off before. */
function answerIn(text: string, id: number): unknown {
  const isStream = !text.startsWith("{");
  const documents = isStream
    ? text.matchAll(/^data: ?(\{.*\})$/gm).map(([, data]) => data!)
    : [text];
  for (const document of documents) {
    const message = JSON.parse(document);
    if (message.id !== id || message.method !== undefined) continue;
    if (message.error) throw new Error(JSON.stringify(message.error));
    return message.result;
  }
  throw new Failed("the answer was cut off", RETRY_AFTER);
}

function waitOf({ headers }: Response): number {
  return Math.max(RETRY_AFTER, Number(headers.get("retry-after") ?? 0) * 1000);
}

/** What `fetch` itself throws is a connection that broke. */
function failureOf(error: unknown): Failure {
  if (error instanceof Failed) return error;
  if (error instanceof TypeError) return { reason: error.message, retryAfter: RETRY_AFTER };
  throw error;
}

/** In milliseconds: soon, since another server answers. */
const RETRY_AFTER = 100;
