/** The official clients of both lines, unchanged, and what each keeps of its sign-in. */

import {
  Client,
  type OAuthClientProvider,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from "@modelcontextprotocol/client";
import { UnauthorizedError as OldUnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import assert from "node:assert/strict";

export const REDIRECT = "http://localhost:45678/callback";

/** What a client keeps of its sign-in, and where it last sent its person. */
export class Memory implements OAuthClientProvider {
  readonly redirectUrl = REDIRECT;
  readonly clientMetadata = {
    client_name: "test",
    redirect_uris: [REDIRECT],
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "none",
    application_type: "native",
  };
  asked: URL | undefined;
  // deno-lint-ignore no-explicit-any
  #kept: Record<string, any> = {};

  /** `clientId` is one that the provider knows; without, the client registers itself. */
  constructor(clientId?: string) {
    if (clientId !== undefined) this.#kept.client = { client_id: clientId };
  }

  clientInformation() {
    return this.#kept.client;
  }
  saveClientInformation(client: unknown) {
    this.#kept.client = client;
  }
  tokens() {
    return this.#kept.tokens;
  }
  saveTokens(tokens: unknown) {
    this.#kept.tokens = tokens;
  }
  redirectToAuthorization(address: URL) {
    this.asked = address;
  }
  saveCodeVerifier(verifier: string) {
    this.#kept.verifier = verifier;
  }
  codeVerifier() {
    return this.#kept.verifier;
  }
  invalidateCredentials(what: "all" | "client" | "tokens" | "verifier" | "discovery") {
    if (what === "all") this.#kept = {};
    else delete this.#kept[what];
  }
  get accessToken(): string {
    return this.#kept.tokens.access_token;
  }
  /** From now on the client sends this in place of its access token. */
  spoil(accessToken: string) {
    this.#kept.tokens = { ...this.#kept.tokens, access_token: accessToken };
  }
}

/** One connection of a client; what it throws where nobody has signed in is `UnauthorizedError`. */
export interface Line extends AsyncDisposable {
  connect(): Promise<void>;
  finish(back: URL): Promise<void>;
  // deno-lint-ignore no-explicit-any
  call(tool: string, args?: Record<string, unknown>): Promise<any>;
}

export type OpenLine = (url: string, memory: Memory) => Line;

export const CLIENTS: Readonly<Record<string, OpenLine>> = {
  "the 1.x client": (url, memory) => {
    const client = new OldClient({ name: "old", version: "1" });
    // deno-lint-ignore no-explicit-any
    const transport = new OldTransport(new URL(url), { authProvider: memory as any });
    return {
      connect: () => client.connect(transport),
      finish: (back) => transport.finishAuth(back.searchParams.get("code")!),
      call: async (name, args) =>
        (await client.callTool({ name, arguments: args })).structuredContent,
      [Symbol.asyncDispose]: () => client.close(),
    };
  },
  "the 2.x client in a session": (url, memory) => newLine(url, memory, "legacy"),
  "the 2.x client of 2026-07-28": (url, memory) => newLine(url, memory, "auto"),
};

function newLine(url: string, memory: Memory, mode: "legacy" | "auto"): Line {
  const client = new Client({ name: "new", version: "1" }, { versionNegotiation: { mode } });
  const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: memory });
  return {
    connect: () => client.connect(transport),
    finish: (back) => transport.finishAuth(back.searchParams),
    call: async (name, args) =>
      (await client.callTool({ name, arguments: args })).structuredContent,
    [Symbol.asyncDispose]: () => client.close(),
  };
}

/** Runs into the sign-in, goes through it as `person` does in a browser, and gives a line that is connected. */
export async function signIn(
  open: OpenLine,
  url: string,
  person: (asked: URL) => Promise<URL>,
  memory = new Memory(),
): Promise<{ readonly line: Line; readonly memory: Memory }> {
  {
    await using first = open(url, memory);
    await assert.rejects(first.connect(), isUnauthorized);
    await first.finish(await person(memory.asked!));
  }
  const line = open(url, memory);
  await line.connect();
  return { line, memory };
}

export function isUnauthorized(error: unknown): boolean {
  if (error instanceof UnauthorizedError || error instanceof OldUnauthorizedError) return true;
  const { cause } = Object(error);
  return cause !== undefined && isUnauthorized(cause);
}
