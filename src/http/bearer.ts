/** Whose token an Authorization header carries: one of the server's own, or an issuer's access token. */

import { createHash, timingSafeEqual } from "node:crypto";
import {
  type AccessTokenIssuer,
  type Scope,
  type Verdict,
  verifyAccessToken,
} from "../authorization/access_token.ts";
import type { Token } from "../config/tokens.ts";
import { parsedJson } from "../json.ts";
import type { Logger } from "../log.ts";

/** Somebody who has shown who they are. */
export interface Visitor {
  /** The name of their token, or the owner of their access token; "" where none is needed. */
  readonly name: string;
  /** How far their access token reaches; undefined stands for everything. */
  readonly scopes?: readonly Scope[];
  /** When it ends, in milliseconds since 1970. */
  readonly expiresAt?: number;
}

export type Bearer =
  | Visitor
  /** `reason` ends the sentence "The access token …". */
  | { readonly refused: "missing" | "invalid"; readonly reason?: string }
  | { readonly unavailable: true };

/** Answers at once for the server's own tokens, and later for access tokens. */
export type BearerCheck = (authorization: string | null) => Bearer | Promise<Bearer>;

export interface BearerParts {
  readonly tokens: readonly Token[];
  readonly issuers: readonly AccessTokenIssuer[];
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The own tokens are compared in a time that tells nothing about them. Without any, everybody may come in. */
export function createBearerCheck({ tokens, issuers, log, now }: BearerParts): BearerCheck {
  const known = tokens.map(({ name, token }) => ({ name, digest: digest(token) }));
  const checkAccessToken = createAccessTokenCheck({ issuers, log, now });
  if (known.length === 0 && issuers.length === 0) return () => ({ name: "" });
  return (authorization) => {
    const [, sent] = /^Bearer +(.+)$/i.exec(authorization?.trim() ?? "") ?? [];
    if (sent === undefined) return { refused: authorization === null ? "missing" : "invalid" };
    const sentDigest = digest(sent);
    const matches = known.filter((token) => timingSafeEqual(token.digest, sentDigest));
    return matches[0] ? { name: matches[0].name } : checkAccessToken(sent);
  };
}

/** Whose access token a text is, and until when, where it is any. */
export function createAccessTokenCheck(
  { issuers, log, now }: Omit<BearerParts, "tokens">,
): (token: string) => Bearer | Promise<Bearer> {
  async function bearerOf(token: string): Promise<Bearer> {
    const verdict = await verdictOn(token, issuers, now());
    if ("token" in verdict) {
      const { owner, scopes, expiresAt } = verdict.token;
      return { name: owner, scopes, expiresAt };
    }
    if ("refused" in verdict) {
      log.info("access token refused", { reason: verdict.refused });
      return { refused: "invalid", reason: verdict.refused };
    }
    log.warning("access tokens cannot be checked", { reason: verdict.unavailable });
    return { unavailable: true };
  }
  const mayBeGood = (token: string) => issuers.length > 0 && isLikeJwt(token);
  return (token) => mayBeGood(token) ? bearerOf(token) : { refused: "invalid" };
}

/** Which issuer is asked the token itself says; whether it lied is seen by the keys. */
async function verdictOn(
  token: string,
  issuers: readonly AccessTokenIssuer[],
  now: number,
): Promise<Verdict> {
  const named = issuerNamedIn(token);
  const issuer = issuers.find((each) => each.issuer === named) ?? issuers[0]!;
  return await verifyAccessToken(token, issuer, now);
}

function issuerNamedIn(token: string): unknown {
  const [, payload = ""] = token.split(".", 2);
  try {
    const bytes = Uint8Array.fromBase64(payload, { alphabet: "base64url" });
    return Object(parsedJson(new TextDecoder().decode(bytes))).iss;
  } catch {
    return undefined;
  }
}

/** Three parts in the alphabet of addresses; everything else is refused without a look at any key. */
function isLikeJwt(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token);
}

function digest(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}
