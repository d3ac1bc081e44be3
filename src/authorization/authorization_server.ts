/**
 * An authorization server for a small group of people, for whom there is no identity provider: OAuth
 * 2.1 as the protocol's chapter on authorization (revisions 2025-11-25 and 2026-07-28, read
 * 2026-11-26) asks for it.
 */

import type { User } from "../config/users.ts";
import { messageOf } from "../errors.ts";
import { readWebDocument } from "../inputs/web_document.ts";
import type { AuthorizationRecords } from "../storage/records/authorization_records.ts";
import {
  type AccessTokenIssuer,
  IssuerUnavailable,
  ownerOf,
  type Scope,
  SCOPES,
  verifyAccessToken,
} from "./access_token.ts";
import {
  type AuthorizationRequest,
  readAuthorizationRequest,
  redirectWith,
  type RefusedRequest,
  wrongResource,
} from "./authorization_request.ts";
import { createClientAuthentication } from "./client_authentication.ts";
import { createClientRegistry } from "./client_registry.ts";
import type { ReadDocument } from "./foreign_documents.ts";
import { createGrants, type TokenAnswer, userKeyOf } from "./grants.ts";
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
  /** Everybody who has a password here. */
  readonly people: readonly Person[];
  /** Who somebody is that knows a name and its password, or why nobody. */
  identify(name: string, password: string): Promise<Person | "wrong" | "busy">;
  /** Where the browser goes when a person lets a client in; undefined where they may give it nothing. */
  allow(request: AuthorizationRequest, person: Person): Promise<string | undefined>;
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

/** Somebody who has a password. */
export interface Person {
  readonly name: string;
  /** Whose pictures they see, as their access tokens say it. */
  readonly owner: string;
  /** What they may do, and let clients do. */
  readonly scopes: readonly Scope[];
  /** Changes with the password. */
  readonly key: string;
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
    keySet: () => orUnavailable(keys.keySet()),
    whyEnded: (claims) => orUnavailable(grants.whyEnded(claims)),
  };
  /** Checked in place of a name's that nobody has, so that the time does not tell which there are. */
  let nobody: Promise<string> | undefined;

  const people = users.map((user): Person => ({
    name: user.name,
    owner: ownerOf(issuer, user.name),
    scopes: users.length === 1 || admins.includes(user.name) ? SCOPES : WITHOUT_ADMIN,
    key: userKeyOf(user),
  }));

  async function identify(name: string, password: string): Promise<Person | "wrong" | "busy"> {
    const user = users.find((each) => each.name === name);
    const passwordHash = user?.passwordHash ?? await (nobody ??= hashOfNobody(users));
    const isRight = await isPassword(password, passwordHash);
    if (isRight === "busy") return "busy";
    return isRight ? people.find((each) => each.name === name) ?? "wrong" : "wrong";
  }

  return {
    issuer,
    resource,
    accessTokens,
    publicKeys: keys.publicKeys,
    readRequest: (parameters) =>
      readAuthorizationRequest(parameters, { issuer, resource, findClient: clients.find }),
    people,
    identify,
    async allow(request, person) {
      const scopes = request.scopes.filter((scope) =>
        scope === "offline_access" || person.scopes.includes(scope)
      );
      if (!scopes.some((scope) => scope !== "offline_access")) return undefined;
      const code = await grants.begin(request, person, scopes);
      await clients.keep(request.client);
      return redirectWith(request, issuer, { code });
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

/** Without its records nobody can say whether a token is good; it may be in a moment. */
async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const message = `The records of who signed in cannot be read: ${messageOf(error)}`;
    throw new IssuerUnavailable(message, { cause: error });
  }
}

const WITHOUT_ADMIN = SCOPES.filter((scope) => scope !== "images:admin");

/** @throws {OAuthError} where a parameter is missing or there several times. */
function single(form: URLSearchParams, name: string): string {
  const [value = "", ...others] = form.getAll(name);
  if (value !== "" && others.length === 0) return value;
  throw new OAuthError("invalid_request", `${name} is missing, or there twice`);
}
