/**
 * An authorization server for a small group of people, for whom there is no identity provider: OAuth
 * 2.1 as the protocol's chapter on authorization (revisions 2025-11-25 and 2026-07-28, read
 * 2026-11-26) asks for it.
 */

import type { User } from "../config/users.ts";
import { readWebDocument } from "../inputs/web_document.ts";
import type { AuthorizationRecords } from "../storage/authorization_records.ts";
import { type AccessTokenIssuer, verifyAccessToken } from "./access_token.ts";
import {
  type AuthorizationRequest,
  type GrantedScope,
  readAuthorizationRequest,
  redirectWith,
  type RefusedRequest,
  wrongResource,
} from "./authorization_request.ts";
import { createClientAuthentication } from "./client_authentication.ts";
import { createClientRegistry } from "./client_registry.ts";
import type { ReadDocument } from "./foreign_documents.ts";
import { createGrants, type TokenAnswer } from "./grants.ts";
import { OAuthError } from "./oauth_error.ts";
import { hashPassword, isPassword } from "./passwords.ts";
import { createSigningKeys } from "./signing_keys.ts";

export interface AuthorizationServer {
  /** Its identifier: the address of this server. */
  readonly issuer: string;
  /** What its tokens are for: the address of the MCP endpoint. */
  readonly resource: string;
  /** Its access tokens, as they are checked. */
  readonly accessTokens: AccessTokenIssuer;
  publicKeys(): Promise<unknown>;
  /** Checks what a client asks of a person. @throws {OAuthError} @throws {RefusedRequest} */
  readRequest(parameters: URLSearchParams): Promise<AuthorizationRequest>;
  /** Where the browser goes when somebody with a name and a password lets a client in, or why nowhere. */
  allow(
    request: AuthorizationRequest,
    person: { readonly name: string; readonly password: string },
  ): Promise<{ readonly redirect: string } | { readonly problem: "wrong" | "busy" | "scope" }>;
  /** Where the browser goes when the person lets nobody in. */
  deny(request: AuthorizationRequest): string;
  /** Where the client hears of a mistake of its own. */
  tell(refused: RefusedRequest): string;
  /** Registers a client by itself. @throws {OAuthError} */
  register(metadata: unknown): Promise<Readonly<Record<string, unknown>>>;
  /** Tokens for a code or a refresh token. @throws {OAuthError} */
  token(form: URLSearchParams): Promise<TokenAnswer>;
  /** Ends what a token stands for; silent about one that is unknown (RFC 7009). @throws {OAuthError} */
  revoke(form: URLSearchParams): Promise<void>;
}

export interface AuthorizationServerOptions {
  /** The address of this server, without a final slash. */
  readonly issuer: string;
  readonly users: readonly User[];
  /** The names of those who may grant what concerns everybody. */
  readonly admins: readonly string[];
  readonly records: () => Promise<AuthorizationRecords>;
  /** Whether the environment names a proxy. */
  readonly usesProxy?: boolean;
  /** Fetches what clients say of themselves, from the web where it is absent. */
  readonly readDocument?: ReadDocument;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Nothing is opened or made before it is needed. */
export function createAuthorizationServer(
  { usesProxy, readDocument = readFromWeb(usesProxy), now = Date.now, ...options }:
    AuthorizationServerOptions,
): AuthorizationServer {
  const { issuer, users, admins, records } = options;
  const resource = `${issuer}/mcp`;
  const clients = createClientRegistry({ records, readDocument, now });
  const keys = createSigningKeys({ records, now });
  const grants = createGrants({ issuer, resource, users, keys, records, now });
  const audience = [issuer, `${issuer}/token`];
  const authenticate = createClientAuthentication({
    clients,
    records,
    readDocument,
    audience,
    now,
  });
  const accessTokens: AccessTokenIssuer = {
    issuer,
    audience: [resource],
    keySet: keys.keySet,
    whyEnded: grants.whyEnded,
  };
  /** Checked in place of a name's that nobody has, so that the time does not tell which there are. */
  let nobody: Promise<string> | undefined;

  async function personOf(name: string, password: string): Promise<User | "wrong" | "busy"> {
    const user = users.find((each) => each.name === name);
    const passwordHash = user?.passwordHash ?? await (nobody ??= hashOfNobody(users));
    const isRight = await isPassword(password, passwordHash);
    if (isRight === "busy") return "busy";
    return isRight && user ? user : "wrong";
  }

  function grantable(scopes: readonly GrantedScope[], { name }: User): readonly GrantedScope[] {
    const isAdmin = users.length === 1 || admins.includes(name);
    return scopes.filter((scope) => scope !== "images:admin" || isAdmin);
  }

  return {
    issuer,
    resource,
    accessTokens,
    publicKeys: keys.publicKeys,
    readRequest: (parameters) =>
      readAuthorizationRequest(parameters, { issuer, resource, findClient: clients.find }),
    async allow(request, { name, password }) {
      const user = await personOf(name, password);
      if (typeof user === "string") return { problem: user };
      const scopes = grantable(request.scopes, user);
      if (!scopes.some((scope) => scope !== "offline_access")) return { problem: "scope" };
      const code = await grants.begin(request, user, scopes);
      await clients.keep(request.client);
      return { redirect: redirectWith(request, issuer, { code }) };
    },
    deny: (request) =>
      redirectWith(request, issuer, {
        error: "access_denied",
        error_description: "The person said no",
      }),
    tell: ({ back, code, message }) =>
      redirectWith(back, issuer, { error: code, error_description: message }),
    register: clients.register,
    async token(form) {
      const type = single(form, "grant_type");
      if (type !== "authorization_code" && type !== "refresh_token") {
        const message = "grant_type must be 'authorization_code' or 'refresh_token'";
        throw new OAuthError("unsupported_grant_type", message);
      }
      const wrong = wrongResource(form, { issuer, resource });
      if (wrong !== undefined) throw new OAuthError("invalid_target", wrong);
      const client = await authenticate(form);
      const answer = type === "refresh_token"
        ? await grants.refresh(single(form, "refresh_token"), form.get("scope"), client)
        : await grants.redeem({
          code: single(form, "code"),
          verifier: single(form, "code_verifier"),
          redirectAddress: form.get("redirect_uri"),
        }, client);
      await clients.keep(client.client);
      return answer;
    },
    async revoke(form) {
      const token = single(form, "token");
      const { client } = await authenticate(form);
      const verdict = await verifyAccessToken(token, accessTokens, now());
      const { decodeJwt } = await import("../dependencies/jose.ts");
      const which = "token" in verdict ? { claims: decodeJwt(token) } : { refreshToken: token };
      await grants.end(which, client.id);
    },
  };
}

function readFromWeb(usesProxy?: boolean): ReadDocument {
  return (address, { limit }) => readWebDocument(address, { limit, usesProxy });
}

/** At the cost of the others, or the time would tell. */
async function hashOfNobody([user]: readonly User[]): Promise<string> {
  const { parsePasswordHash } = await import("../config/users.ts");
  return await hashPassword(crypto.randomUUID(), parsePasswordHash(user?.passwordHash ?? "")?.cost);
}

/** @throws {OAuthError} where a parameter is missing or there several times. */
function single(form: URLSearchParams, name: string): string {
  const [value = "", ...others] = form.getAll(name);
  if (value !== "" && others.length === 0) return value;
  throw new OAuthError("invalid_request", `${name} is missing, or there twice`);
}
