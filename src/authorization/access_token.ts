/**
 * Access tokens that an authorization server signed (RFC 9068, and the JWTs of providers that came
 * before it): whether one is good here, whose it is and what it may do.
 */

import type { JWTPayload, JWTVerifyGetKey } from "../dependencies/jose.ts";

/** What a person may let a client do: look, draw and change, and what concerns everybody. Each means those before it, too. */
export const SCOPES = ["images:read", "images:write", "images:admin"] as const;

export type Scope = typeof SCOPES[number];

/** Whether one of `granted` is `needed`, or means it. */
export function allows(granted: readonly Scope[], needed: Scope): boolean {
  return granted.some((scope) => SCOPES.indexOf(scope) >= SCOPES.indexOf(needed));
}

/** An authorization server whose tokens are good here. */
export interface AccessTokenIssuer {
  /** Its identifier, an address, exactly as its tokens carry it in `iss`. */
  readonly issuer: string;
  /** What a token is for, in `aud`: one of these. */
  readonly audience: readonly string[];
  /**
   * What finds the key of a signature.
   * @throws {IssuerUnavailable} where the keys cannot be fetched now; so may the function it gives.
   */
  keySet(): Promise<JWTVerifyGetKey>;
  /**
   * Why a token with good claims is not good any more, as the end of "The access token …"; absent
   * where only its end ends it.
   */
  whyEnded?(claims: JWTPayload): Promise<string | undefined>;
}

/** The keys cannot be had now; the message is a sentence for people. */
export class IssuerUnavailable extends Error {
  override readonly name = "IssuerUnavailable";
}

export interface AccessToken {
  /** Issuer and subject: equal to no name in MCP_AUTH_TOKEN, nor to another issuer's subject. */
  readonly owner: string;
  readonly scopes: readonly Scope[];
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export type Verdict =
  | { readonly token: AccessToken }
  /** Why the token is not good here, as the end of "The access token …". */
  | { readonly refused: string }
  /** Why nobody can tell now, as a sentence. */
  | { readonly unavailable: string };

/**
 * Checks signature, algorithm, type, issuer, audience, expiry and beginning of a token, and tells
 * whose it is and what it may do. `now` is in milliseconds since 1970.
 */
export async function verifyAccessToken(
  token: string,
  { issuer, audience, keySet, whyEnded }: AccessTokenIssuer,
  now: number = Date.now(),
): Promise<Verdict> {
  if (token.length > LONGEST_TOKEN) {
    return { refused: `is longer than ${LONGEST_TOKEN} characters` };
  }
  const { jwtVerify, errors } = await import("../dependencies/jose.ts");
  try {
    const { payload, protectedHeader } = await jwtVerify(token, await keySet(), {
      algorithms: [...ALGORITHMS],
      issuer,
      audience: [...audience],
      currentDate: new Date(now),
      clockTolerance: CLOCK_SKEW,
      requiredClaims: ["exp", "sub"],
    });
    if (!isAccessTokenType(protectedHeader.typ)) return { refused: WRONG_TYPE };
    if (payload.cnf !== undefined) return { refused: BOUND };
    const { sub = "", exp = 0 } = payload;
    if (!SUBJECT.test(sub)) return { refused: WRONG_SUBJECT };
    const ended = await whyEnded?.(payload);
    if (ended !== undefined) return { refused: ended };
    return {
      token: { owner: ownerOf(issuer, sub), scopes: scopesIn(payload), expiresAt: exp * 1000 },
    };
  } catch (error) {
    if (error instanceof IssuerUnavailable) return { unavailable: error.message };
    if (error instanceof errors.JOSEError) return { refused: reasonOf(error) };
    return { refused: UNUSABLE_KEY };
  }
}

/** The address of an issuer holds no space, so that no two pairs have one name. */
export function ownerOf(issuer: string, subject: string): string {
  return `${issuer} ${subject}`;
}

/** `scope` as RFC 9068 has it; `scp`, a text or a list, as older providers do. Others' scopes are left out. */
function scopesIn({ scope, scp }: JWTPayload): readonly Scope[] {
  const words = [scope, scp].flat().flatMap((each) =>
    typeof each === "string" ? each.split(" ") : []
  );
  return SCOPES.filter((each) => words.includes(each));
}

/** Providers from before RFC 9068 say "JWT" or nothing; a token of another kind says so. */
function isAccessTokenType(type: string | undefined): boolean {
  return type === undefined || /^(application\/)?(at\+)?jwt$/i.test(type);
}

/** In words that repeat nothing of the token. */
function reasonOf(error: Error & { code?: string; claim?: unknown }): string {
  const claim = typeof error.claim === "string" ? error.claim : "";
  return REASONS[`${error.code} ${claim}`] ?? REASONS[error.code ?? ""] ?? NO_TOKEN;
}

const NO_TOKEN = "is no signed JWT";
const REASONS: Readonly<Record<string, string>> = {
  "ERR_JWT_EXPIRED": "has expired",
  "ERR_JWT_EXPIRED exp": "has expired",
  "ERR_JWT_CLAIM_VALIDATION_FAILED iss": "is another issuer's",
  "ERR_JWT_CLAIM_VALIDATION_FAILED aud": "is for another server",
  "ERR_JWT_CLAIM_VALIDATION_FAILED nbf": "is not valid yet",
  "ERR_JWT_CLAIM_VALIDATION_FAILED exp": "says not when it ends",
  "ERR_JWT_CLAIM_VALIDATION_FAILED sub": "says not whose it is",
  "ERR_JWT_CLAIM_VALIDATION_FAILED": "has claims that are not good here",
  "ERR_JOSE_ALG_NOT_ALLOWED": "is signed in a way that is not accepted",
  "ERR_JOSE_NOT_SUPPORTED": "is signed in a way that is not accepted",
  "ERR_JWKS_NO_MATCHING_KEY": "is signed with a key that its issuer does not list",
  "ERR_JWKS_MULTIPLE_MATCHING_KEYS": "says not which of its issuer's keys signed it",
  "ERR_JWS_SIGNATURE_VERIFICATION_FAILED": "has a signature that is not its issuer's",
};
/** What an issuer lists can be no key at all, which the runtime says in words of its own. */
const UNUSABLE_KEY = "is signed with a key that its issuer does not list whole";
const WRONG_TYPE = "is a token of another kind";
const BOUND = "is bound to a key of its client, which is not checked here: ask for a bearer token";
const WRONG_SUBJECT = "names a subject that is longer than 255 characters or not printable";

/** Signatures with a private key alone: with a shared secret, whoever can check could also sign. */
export const ALGORITHMS: readonly string[] = [
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
  "PS256",
  "PS384",
  "PS512",
  "RS256",
  "RS384",
  "RS512",
];
const SUBJECT = /^\P{C}{1,255}$/u;
/** In characters; providers with many claims come to a few thousand. */
const LONGEST_TOKEN = 16_384;
/** Seconds that two clocks may differ by. */
const CLOCK_SKEW = 60;
