/** Bearer tokens: who may come in, and under which name. */

import { createHash, timingSafeEqual } from "node:crypto";
import type { Token } from "../config/tokens.ts";

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
