/** What a client asks of a person, in the parameters of its link, checked (RFC 6749, 7636, 8707, 9207). */

import { type Scope, SCOPES } from "./access_token.ts";
import type { Client } from "./clients.ts";
import { OAuthError, type OAuthErrorCode } from "./oauth_error.ts";
import { isRegistered } from "./redirect_addresses.ts";

/** "offline_access": to stay connected, with refresh tokens. */
export type GrantedScope = Scope | "offline_access";

export interface AuthorizationRequest {
  readonly client: Client;
  /** Where the browser goes with the answer. */
  readonly redirectAddress: string;
  /** What the client wants to hear again. */
  readonly state: string | null;
  readonly scopes: readonly GrantedScope[];
  /** The SHA-256 of what the client must know to redeem its code, as base64url. */
  readonly codeChallenge: string;
}

/** A request that is not good, of a client and an address that are: the client may be told. */
export class RefusedRequest extends OAuthError {
  constructor(
    readonly back: Pick<AuthorizationRequest, "client" | "redirectAddress" | "state">,
    code: OAuthErrorCode,
    message: string,
  ) {
    super(code, message);
  }
}

export interface AuthorizationContext {
  readonly issuer: string;
  /** The address of what tokens are for, as its metadata names it. */
  readonly resource: string;
  readonly findClient: (id: string) => Promise<Client>;
}

/**
 * Reads the parameters of an authorization request.
 * @throws {OAuthError} where nobody may be told but the person: the client or its address is wrong
 * @throws {RefusedRequest} for every other mistake
 */
export async function readAuthorizationRequest(
  parameters: URLSearchParams,
  { issuer, resource, findClient }: AuthorizationContext,
): Promise<AuthorizationRequest> {
  const id = once(parameters, "client_id");
  if (!id) throw new OAuthError("invalid_request", "client_id is missing, or there twice");
  const client = await findClient(id);
  const redirectAddress = once(parameters, "redirect_uri");
  if (!redirectAddress || !isRegistered(redirectAddress, client.redirectAddresses)) {
    const message = "redirect_uri is missing, or none that this client has registered";
    throw new OAuthError("invalid_redirect_uri", message);
  }
  const state = once(parameters, "state") ?? null;
  const back = { client, redirectAddress, state };
  const refuse = (code: OAuthErrorCode, message: string) => new RefusedRequest(back, code, message);
  for (const name of SINGLE) {
    if (parameters.getAll(name).length > 1) {
      throw refuse("invalid_request", `${name} is there twice`);
    }
  }
  if (parameters.has("request")) throw refuse("request_not_supported", NO_REQUEST_OBJECTS);
  if (parameters.has("request_uri")) throw refuse("request_uri_not_supported", NO_REQUEST_OBJECTS);
  if (parameters.get("response_type") !== "code") {
    throw refuse("unsupported_response_type", "response_type must be 'code'");
  }
  if ((parameters.get("response_mode") ?? "query") !== "query") {
    throw refuse("invalid_request", "response_mode must be 'query', or left out");
  }
  const codeChallenge = parameters.get("code_challenge") ?? "";
  if (parameters.get("code_challenge_method") !== "S256" || !SHA_256.test(codeChallenge)) {
    throw refuse(
      "invalid_request",
      "PKCE is needed: code_challenge, and code_challenge_method must be 'S256'",
    );
  }
  const wrong = wrongResource(parameters, { issuer, resource });
  if (wrong !== undefined) throw refuse("invalid_target", wrong);
  const scopes = scopesIn(parameters.get("scope"));
  if (!scopes.some((scope) => scope !== "offline_access")) {
    throw refuse("invalid_scope", `scope must hold one of ${SCOPES.join(", ")}`);
  }
  return { ...back, scopes, codeChallenge };
}

/**
 * What is wrong with the `resource` parameters of a request, if anything. Older clients send none,
 * and some the address of the server without the path (RFC 8707).
 */
export function wrongResource(
  parameters: URLSearchParams,
  { issuer, resource }: Pick<AuthorizationContext, "issuer" | "resource">,
): string | undefined {
  const own = new Set([resource, issuer].map(inOneForm));
  const isOwn = parameters.getAll("resource").every((each) => own.has(inOneForm(each)));
  return isOwn
    ? undefined
    : `resource must be '${resource}', for which alone tokens are given here`;
}

/** Where the browser goes with an answer for the client. */
export function redirectWith(
  { redirectAddress, state }: Pick<AuthorizationRequest, "redirectAddress" | "state">,
  issuer: string,
  answer: Readonly<Record<string, string>>,
): string {
  const parameters = new URLSearchParams({
    ...answer,
    ...state !== null && { state },
    iss: issuer,
  });
  return `${redirectAddress}${redirectAddress.includes("?") ? "&" : "?"}${parameters}`;
}

/** Those of others are left out, as RFC 6749 (3.3) allows; with none at all it is what drawing needs. */
function scopesIn(text: string | null): readonly GrantedScope[] {
  if (text === null || text.trim() === "") return ["images:read", "images:write"];
  const asked = text.split(" ");
  return [...SCOPES, "offline_access" as const].filter((scope) => asked.includes(scope));
}

/** Schemes and hosts in capitals, and a final slash, mean the same. */
function inOneForm(address: string): string {
  return URL.parse(address)?.href.replace(/\/$/, "") ?? address;
}

/** Undefined where a parameter is missing or there several times. */
function once(parameters: URLSearchParams, name: string): string | undefined {
  const [value, other] = parameters.getAll(name);
  return other === undefined ? value : undefined;
}

const SINGLE = [
  "state",
  "response_type",
  "response_mode",
  "code_challenge",
  "code_challenge_method",
  "scope",
];
const NO_REQUEST_OBJECTS = "Parameters are read from the address alone, not from a signed object";
const SHA_256 = /^[\w-]{43}$/;
