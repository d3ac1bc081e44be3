/** The official client, tamed: our retries, our time limits, our proxies, and only our settings. */

import type { OpenAI } from "../../dependencies/openai.ts";
import { answerLimit } from "../bounds.ts";
import { boundedResponse } from "../read_body.ts";

/** Where the pictures come from, and as whom. */
export interface Server {
  /** The vendor's name for people, to begin messages with. */
  readonly title: string;
  /** Base address with its version, such as https://api.openai.com/v1. */
  readonly address: string;
  /** False for another server that speaks the same protocol. */
  readonly isOpenAI: boolean;
  readonly key?: string;
  readonly organization?: string;
  readonly project?: string;
  /** The variables that a person changes when something is wrong with it. */
  readonly variables: {
    readonly key: string;
    readonly address: string;
    readonly model: string;
  };
}

/** The package's classes; loaded at the first use, so that a server without this provider starts without them. */
export function loadPackage(): Promise<typeof import("../../dependencies/openai.ts")> {
  return import("../../dependencies/openai.ts");
}

/** A client that asks once, waits as long as its caller does, and leaves every decision to us. */
export async function connect(server: Server, fetch: typeof globalThis.fetch): Promise<OpenAI> {
  const { OpenAI: Client } = await loadPackage();
  return new Client({
    apiKey: server.key ?? "none", // the package wants a text; the header below is what counts
    adminAPIKey: null,
    organization: server.organization ?? null,
    project: server.project ?? null,
    webhookSecret: null,
    baseURL: server.address,
    maxRetries: 0,
    timeout: LONGEST_TIMER,
    logLevel: "off",
    defaultHeaders: {
      "Authorization": server.key === undefined ? null : `Bearer ${server.key}`,
      "OpenAI-Organization": server.organization ?? null,
      "OpenAI-Project": server.project ?? null,
    },
    fetchOptions: { redirect: "manual" }, // the key follows no redirect to another host
    fetch: Object.assign(ask, { Response }), // which spares the package a request to find out
  });

  async function ask(address: string | URL | Request, init?: RequestInit): Promise<Response> {
    const response = await fetch(address, { ...init, headers: onlyOurs(init?.headers) });
    // A good document is bounded where it is read; the package itself reads errors and streams.
    if (response.ok && !isEventStream(response)) return response;
    return boundedResponse(response, server.title, answerLimit(response.ok ? STREAMED : 0));
  }
}

/** In milliseconds: the longest a timer can wait, because the caller's signal is the time limit. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A stream brings one picture, and unfinished ones before it. */
const STREAMED = 3;

export function isEventStream({ headers }: Response): boolean {
  return headers.get("content-type")?.includes("text/event-stream") ?? false;
}

/** The package would add the machine's particulars and what OPENAI_CUSTOM_HEADERS of the process says. */
function onlyOurs(headers: HeadersInit | undefined): Headers {
  const sent = new Headers(headers);
  for (const name of [...sent.keys()]) {
    if (!SENT_HEADERS.has(name)) sent.delete(name);
  }
  return sent;
}

const SENT_HEADERS: ReadonlySet<string> = new Set([
  "accept",
  "authorization",
  "content-type",
  "openai-organization",
  "openai-project",
  "user-agent",
]);
