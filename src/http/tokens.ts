/** Bearer tokens: who may come in, and under which name. */

import { createHash, timingSafeEqual } from "node:crypto";

export interface Token {
  /** What logs, limits and sessions call its bearer. */
  readonly name: string;
  readonly token: string;
}

/**
 * Reads MCP_AUTH_TOKEN: one token, or several as `name=token,name=token`.
 * Undefined where it is neither, or holds a token no HTTP header can carry.
 */
export function parseTokens(value: string | undefined): readonly Token[] | undefined {
  if (value === undefined) return [];
  const entries = value.split(",").map((entry) => entry.trim()).filter(Boolean);
  const named = entries.map(parseNamed);
  const tokens = entries.length === 1 && named[0] === undefined
    ? [{ name: "default", token: entries[0]! }]
    : named.filter((token) => token !== undefined);
  const names = new Set(tokens.map(({ name }) => name));
  const isWhole = tokens.length === entries.length && names.size === tokens.length;
  return isWhole && tokens.length > 0 && tokens.every(({ token }) => SENDABLE.test(token))
    ? tokens
    : undefined;
}

/** The trailing = of a base64 token is no separator. */
function parseNamed(entry: string): Token | undefined {
  const [, name, token] = /^([\w.-]{1,64})=(.*[^=].*)$/.exec(entry) ?? [];
  return name === undefined || token === undefined ? undefined : { name, token: token.trim() };
}

const SENDABLE = /^[\x21-\x7e]+$/;

export type Bearer =
  | { readonly name: string }
  | { readonly refused: "missing" | "invalid" };

/** Tells whose token an Authorization header carries, in a time that tells nothing about the tokens. */
export function createTokenCheck(
  tokens: readonly Token[],
): (authorization: string | null) => Bearer {
  const known = tokens.map(({ name, token }) => ({ name, digest: digest(token) }));
  if (known.length === 0) return () => ({ name: "" });
  return (authorization) => {
    const [, sent] = /^Bearer +(.+)$/i.exec(authorization?.trim() ?? "") ?? [];
    if (sent === undefined) return { refused: authorization === null ? "missing" : "invalid" };
    const sentDigest = digest(sent);
    const matches = known.filter((token) => timingSafeEqual(token.digest, sentDigest));
    return matches[0] ? { name: matches[0].name } : { refused: "invalid" };
  };
}

function digest(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}
