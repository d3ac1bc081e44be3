/** Passwords: known by their scrypt hash alone, checked a few at a time. */

import { Buffer } from "node:buffer";
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { MOST_MEMORY, parsePasswordHash, type PasswordHash } from "../config/users.ts";

/**
 * Hashes a password as MCP_USERS wants it.
 * `cost` is lower than usual only where a test checks many.
 */
export async function hashPassword(
  password: string,
  cost: PasswordHash["cost"] = COST,
): Promise<string> {
  const salt = randomBytes(16).toString("base64url");
  const key = await derive(password, { cost, salt });
  return ["scrypt", cost.logN, cost.r, cost.p, salt, key.toString("base64url")].join(".");
}

/** Whether a password is the one of a hash; "busy" where too many are being checked already. */
export async function isPassword(password: string, hash: string): Promise<boolean | "busy"> {
  const parsed = parsePasswordHash(hash);
  if (parsed === undefined) return false;
  if (waiting >= MOST_WAITING) return "busy";
  waiting++;
  const before = turn;
  const { promise, resolve: done } = Promise.withResolvers<void>();
  turn = promise;
  try {
    await before;
    const key = await derive(password, parsed);
    return timingSafeEqual(key, Buffer.from(parsed.key, "base64url"));
  } finally {
    done();
    waiting--;
  }
}

/** Outside this thread, so that everything else goes on meanwhile. */
function derive(
  password: string,
  { cost: { logN, r, p }, salt }: Omit<PasswordHash, "key">,
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const options = { N: 2 ** logN, r, p, maxmem: MOST_MEMORY + 1024 * 1024 };
  // The same letter may be written in two ways, which keyboards choose between.
  const bytes = Buffer.from(password.normalize("NFKC"));
  scrypt(bytes, Buffer.from(salt, "base64url"), 32, options, (error, key) => {
    if (error) reject(error);
    else resolve(key);
  });
  return promise;
}

/** 32 MB and some tenths of a second, of the pairs that OWASP's Password Storage Cheat Sheet names as equal. */
const COST = { logN: 15, r: 8, p: 3 };

/** One after the other: each takes a core and 32 MB. */
let turn: Promise<void> = Promise.resolve();
let waiting = 0;
const MOST_WAITING = 8;
