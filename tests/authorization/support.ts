/** A whole authorization server on records of its own, and clients and people for it. */

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import {
  type AuthorizationServer,
  createAuthorizationServer,
} from "../../src/authorization/authorization_server.ts";
import { hashPassword } from "../../src/authorization/passwords.ts";
import type { User } from "../../src/config/users.ts";
import { WebDocumentError } from "../../src/inputs/web_document.ts";
import { silentLogger } from "../../src/log.ts";
import { openSqliteRecords } from "../../src/storage/local/sqlite_records.ts";
import type { Records } from "../../src/storage/records/records.ts";
import { testHandler } from "../http/support.ts";

export const ISSUER = "http://127.0.0.1:8000";
export const RESOURCE = `${ISSUER}/mcp`;
/** Where claude.ai wants its answers. */
export const CALLBACK = "https://claude.ai/api/mcp/auth_callback";
export const PASSWORDS = { ann: "ann's long password", bob: "bob's long password" } as const;

/** Checked quickly, since tests do it often. */
const CHEAP = { logN: 4, r: 8, p: 1 };

export const USERS: readonly User[] = await Promise.all(
  Object.entries(PASSWORDS).map(async ([name, password]) => ({
    name,
    passwordHash: await hashPassword(password, CHEAP),
  })),
);

export interface TestServer extends AsyncDisposable {
  readonly server: AuthorizationServer;
  readonly records: Records;
  readonly clock: { now: number };
  /** What stands at the addresses of clients; how often each was asked for. */
  readonly documents: Map<string, { value: unknown; freshSeconds?: number }>;
  readonly fetched: string[];
  /** Asks over HTTP at the issuer's address. */
  ask(path: string, init?: RequestInit & { address?: string }): Promise<Response>;
  /** The same server with other people, on the same records. */
  withUsers(users: readonly User[]): AuthorizationServer;
}

export async function openServer(
  { users = USERS, admins = [] }: {
    readonly users?: readonly User[];
    readonly admins?: readonly string[];
  } = {},
): Promise<TestServer> {
  const clock = { now: Date.UTC(2026, 10, 26) };
  const now = () => clock.now;
  // The folder does not exist, so that the records live in memory.
  const records = await openSqliteRecords("/nowhere/at/all", silentLogger, now);
  const documents: TestServer["documents"] = new Map();
  const fetched: string[] = [];
  const open = (people: readonly User[]) =>
    createAuthorizationServer({
      issuer: ISSUER,
      users: people,
      admins,
      records: () => Promise.resolve(records.authorization),
      readDocument(address, { limit }) {
        fetched.push(address);
        const found = documents.get(address);
        if (!found) return Promise.reject(new WebDocumentError("answers with HTTP 404"));
        const length = JSON.stringify(found.value).length;
        if (length > limit) return Promise.reject(new WebDocumentError("is too large"));
        return Promise.resolve(found);
      },
      now,
    });
  const server = open(users);
  const handler = testHandler({}, { authorizationServer: server, now });
  return {
    server,
    records,
    clock,
    documents,
    fetched,
    ask: (path, init) => handler.ask(path, init),
    withUsers: open,
    async [Symbol.asyncDispose]() {
      await handler.close();
      await records.close();
    },
  };
}

/** What a client knows of a code that it has asked for. */
export interface Proof {
  readonly verifier: string;
  readonly challenge: string;
}

export function makeProof(): Proof {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}

/** A client that registered by itself. */
export async function register(
  { ask }: Pick<TestServer, "ask">,
  metadata: Readonly<Record<string, unknown>> = {},
  address?: string,
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await ask("/register", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      client_name: "Claude",
      redirect_uris: [CALLBACK],
      grant_types: ["authorization_code", "refresh_token"],
      token_endpoint_auth_method: "none",
      ...metadata,
    }),
    address,
  });
  return { status: response.status, body: await response.json() };
}

export async function registeredId(
  server: Pick<TestServer, "ask">,
  metadata?: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { status, body } = await register(server, metadata);
  assert.equal(status, 201, JSON.stringify(body));
  return String(body.client_id);
}

/** The parameters of a good request; undefined leaves one out. */
export function parametersOf(
  client: string,
  { challenge }: Pick<Proof, "challenge">,
  changes: Readonly<Record<string, string | undefined>> = {},
): URLSearchParams {
  const all = {
    response_type: "code",
    client_id: client,
    redirect_uri: CALLBACK,
    code_challenge: challenge,
    code_challenge_method: "S256",
    resource: RESOURCE,
    scope: "images:read images:write offline_access",
    state: "a state",
    ...changes,
  };
  const given = Object.entries(all).filter((entry): entry is [string, string] =>
    entry[1] !== undefined
  );
  return new URLSearchParams(given);
}

/** What the browser of a person sends from the page; its answer. */
export async function decide(
  { ask }: Pick<TestServer, "ask">,
  parameters: URLSearchParams,
  { name = "ann", password = PASSWORDS.ann, decision = "allow", headers = {}, address }: {
    readonly name?: string;
    readonly password?: string;
    readonly decision?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly address?: string;
  } = {},
): Promise<Response> {
  return await ask(`/authorize?${parameters}`, {
    method: "POST",
    headers: { "sec-fetch-site": "same-origin", ...headers },
    body: new URLSearchParams({ name, password, decision }),
    address,
  });
}

/** Where a page sends the browser on to. */
export async function onward(response: Response): Promise<URL> {
  const html = await response.text();
  assert.equal(response.status, 200, html);
  const [, address = ""] = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(html) ?? [];
  assert.ok(address, html);
  return new URL(unescaped(address));
}

export function unescaped(html: string): string {
  return html.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
}

/** The code that a person gives a client. */
export async function codeFor(
  server: Pick<TestServer, "ask">,
  client: string,
  proof: Proof,
  changes: Readonly<Record<string, string | undefined>> = {},
  person: { readonly name?: string; readonly password?: string } = {},
): Promise<string> {
  const response = await decide(server, parametersOf(client, proof, changes), person);
  const code = (await onward(response)).searchParams.get("code");
  assert.ok(code);
  return code;
}

// deno-lint-ignore no-explicit-any
export type Answer = { readonly status: number; readonly body: any };

export async function post(
  { ask }: Pick<TestServer, "ask">,
  path: string,
  fields: Readonly<Record<string, string>>,
): Promise<Answer> {
  const response = await ask(path, { method: "POST", body: new URLSearchParams(fields) });
  return { status: response.status, body: await response.json() };
}

export async function redeem(
  server: Pick<TestServer, "ask">,
  client: string,
  code: string,
  { verifier }: Pick<Proof, "verifier">,
  changes: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return await post(server, "/token", {
    grant_type: "authorization_code",
    client_id: client,
    code,
    code_verifier: verifier,
    redirect_uri: CALLBACK,
    resource: RESOURCE,
    ...changes,
  });
}

export async function refresh(
  server: Pick<TestServer, "ask">,
  client: string,
  token: string,
  changes: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return await post(server, "/token", {
    grant_type: "refresh_token",
    client_id: client,
    refresh_token: token,
    ...changes,
  });
}

/** The tokens of a client that a person has let in. */
export async function signedIn(
  server: Pick<TestServer, "ask">,
  client: string,
  changes: Readonly<Record<string, string | undefined>> = {},
): Promise<Answer["body"]> {
  const proof = makeProof();
  const code = await codeFor(server, client, proof, changes);
  const { status, body } = await redeem(server, client, code, proof, {
    redirect_uri: changes.redirect_uri ?? CALLBACK,
  });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}
