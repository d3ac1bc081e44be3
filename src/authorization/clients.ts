/** Programs that ask for access: what they say of themselves, checked. */

import { cut, printableLine } from "../printable.ts";
import { OAuthError } from "./oauth_error.ts";
import { redirectProblem } from "./redirect_addresses.ts";

/** How a client shows at the token endpoint who it is. */
export const AUTHENTICATION_METHODS = ["none", "private_key_jwt"] as const;
/** What it may sign with that has a key. */
export const SIGNING_ALGORITHMS = ["RS256", "ES256"] as const;
export type AuthenticationMethod = typeof AUTHENTICATION_METHODS[number];

export interface Client {
  readonly id: string;
  /** As it calls itself, on one line of at most 80 characters. */
  readonly name: string;
  readonly redirectAddresses: readonly string[];
  /** At least one; any of them will do. */
  readonly methods: readonly AuthenticationMethod[];
  /** Its public keys, or where they are. */
  readonly keys?: { readonly set: unknown } | { readonly address: string };
  /** Whether it asked for refresh tokens when it registered. */
  readonly mayRefresh: boolean;
}

export type ClientMetadata = Readonly<Record<string, unknown>>;

/**
 * The client of a document that stands at its own address.
 * @throws {OAuthError} `invalid_client_metadata`, `invalid_redirect_uri`
 */
export function clientOfDocument(id: string, metadata: ClientMetadata): Client {
  if (metadata.client_id !== id) {
    throw invalid(`The client's document names another client_id than its own address, '${id}'`);
  }
  if (typeof metadata.client_name !== "string" || metadata.client_name.trim() === "") {
    throw invalid(`The client's document at '${id}' has no client_name`);
  }
  if ("client_secret" in metadata) {
    throw invalid("A document that everybody can read must hold no client_secret");
  }
  const methods = methodsIn(metadata);
  if (methods.length === 0) {
    throw invalid(
      `The client's document asks for token_endpoint_auth_method ${
        shown(metadata.token_endpoint_auth_method)
      }: it must be 'none' or 'private_key_jwt'`,
    );
  }
  return clientOf(id, metadata, methods);
}

/**
 * The client of a registration (RFC 7591). Secrets are not given out: who asks for one gets "none",
 * as the server may decide by section 3.2.1.
 * @throws {OAuthError} `invalid_client_metadata`, `invalid_redirect_uri`
 */
export function clientOfRegistration(id: string, metadata: ClientMetadata): Client {
  const methods = methodsIn(metadata);
  return clientOf(id, metadata, methods.length > 0 ? methods : ["none"]);
}

function clientOf(
  id: string,
  metadata: ClientMetadata,
  methods: readonly AuthenticationMethod[],
): Client {
  const { client_name, grant_types, response_types } = metadata;
  const grants = grant_types === undefined ? ["authorization_code"] : texts(grant_types);
  if (!grants?.includes("authorization_code")) {
    throw invalid("grant_types must hold 'authorization_code', and may hold 'refresh_token'");
  }
  if (response_types !== undefined && !texts(response_types)?.includes("code")) {
    throw invalid("response_types must hold 'code'");
  }
  const name = typeof client_name === "string" ? client_name.trim() : "";
  return {
    id,
    name: cut(printableLine(name || "A client without a name"), LONGEST_NAME),
    redirectAddresses: redirectAddressesIn(metadata),
    methods,
    keys: keysIn(metadata, methods),
    mayRefresh: grants.includes("refresh_token"),
  };
}

function redirectAddressesIn({ redirect_uris }: ClientMetadata): readonly string[] {
  const addresses = texts(redirect_uris);
  if (!addresses || addresses.length === 0 || addresses.length > MOST_ADDRESSES) {
    throw new OAuthError(
      "invalid_redirect_uri",
      `redirect_uris must be a list of 1 to ${MOST_ADDRESSES} addresses`,
    );
  }
  for (const address of addresses) {
    const problem = redirectProblem(address);
    if (problem === undefined) continue;
    const message = `The redirect address ${shown(address)} is not accepted: it ${problem}. It ` +
      "must be https, http to localhost, 127.0.0.1 or [::1], or have a scheme of the client's own";
    throw new OAuthError("invalid_redirect_uri", message);
  }
  return addresses;
}

/** Some list several beside the one they like best (OpenID Connect Relying Party Metadata Choices 1.0). */
function methodsIn(metadata: ClientMetadata): readonly AuthenticationMethod[] {
  const { token_endpoint_auth_method: best, token_endpoint_auth_methods_supported: list } =
    metadata;
  const wanted = [
    ...texts(list) ?? [],
    ...best === undefined && list === undefined ? ["none"] : [best],
  ];
  return AUTHENTICATION_METHODS.filter((method) => wanted.includes(method));
}

/** Needed only by who can do nothing without. */
function keysIn(
  { jwks, jwks_uri }: ClientMetadata,
  methods: readonly AuthenticationMethod[],
): Client["keys"] {
  if (!methods.includes("private_key_jwt")) return undefined;
  if (jwks !== undefined && jwks_uri !== undefined) {
    throw invalid("Only one of jwks and jwks_uri may be given");
  }
  if (typeof jwks === "object" && jwks !== null) return { set: withoutPrivateParts(jwks) };
  if (typeof jwks_uri === "string" && URL.parse(jwks_uri)?.protocol === "https:") {
    return { address: jwks_uri };
  }
  if (methods.includes("none")) return undefined;
  throw invalid("private_key_jwt needs the client's public keys in jwks, or at an https jwks_uri");
}

function withoutPrivateParts(jwks: object): unknown {
  const { keys } = jwks as { readonly keys?: unknown };
  const isPublic = Array.isArray(keys) &&
    keys.every((key) => typeof key === "object" && key !== null && !("d" in key) && !("k" in key));
  if (!isPublic) throw invalid("jwks must hold a list of public keys, and no others");
  return { keys };
}

/** The members of a list of texts; undefined where it is none. */
function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((each) => typeof each === "string")
    ? value
    : undefined;
}

function shown(value: unknown): string {
  return `'${cut(String(value), 100)}'`;
}

function invalid(message: string): OAuthError {
  return new OAuthError("invalid_client_metadata", message);
}

const LONGEST_NAME = 80;
const MOST_ADDRESSES = 20;
