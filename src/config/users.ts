/** The people of MCP_USERS, who sign in with a name and a password. */

export interface User {
  readonly name: string;
  /** As `mcp-image-server user add` makes it: the password itself is nowhere. */
  readonly passwordHash: string;
}

/**
 * Reads MCP_USERS: `name=hash,name=hash` with different names. Undefined where it is not that, or
 * where checking a password would take more memory than `MOST_MEMORY`.
 */
export function parseUsers(value: string | undefined): readonly User[] | undefined {
  if (value === undefined) return [];
  const entries = value.split(",").map((entry) => entry.trim()).filter(Boolean);
  const users = entries.map(parseUser).filter((user) => user !== undefined);
  const names = new Set(users.map(({ name }) => name));
  const isWhole = users.length === entries.length && names.size === users.length;
  return isWhole && users.length > 0 ? users : undefined;
}

/** Whether people can be called so. */
export function isUserName(name: string): boolean {
  return /^[\w.-]{1,64}$/.test(name);
}

export interface PasswordHash {
  /** The parameters of scrypt (RFC 7914); N is 2 to the power of `logN`. */
  readonly cost: { readonly logN: number; readonly r: number; readonly p: number };
  /** As base64url. */
  readonly salt: string;
  readonly key: string;
}

/** Takes `scrypt.logN.r.p.salt.key` apart: letters that no shell and no .env file changes. */
export function parsePasswordHash(hash: string): PasswordHash | undefined {
  const [, logN, r, p, salt, key] = HASH.exec(hash) ?? [];
  if (salt === undefined || key === undefined) return undefined;
  const cost = { logN: Number(logN), r: Number(r), p: Number(p) };
  const isBounded = cost.logN >= 1 && cost.r >= 1 && cost.p >= 1 && cost.p <= 16 &&
    128 * 2 ** cost.logN * cost.r <= MOST_MEMORY;
  return isBounded ? { cost, salt, key } : undefined;
}

function parseUser(entry: string): User | undefined {
  const [name = "", passwordHash = "", ...others] = entry.split("=");
  const isUser = isUserName(name) && others.length === 0 && parsePasswordHash(passwordHash);
  return isUser ? { name, passwordHash } : undefined;
}

const HASH = /^scrypt\.(\d{1,2})\.(\d{1,2})\.(\d{1,2})\.([\w-]{22})\.([\w-]{43})$/;
/** Bytes that one check may take. */
export const MOST_MEMORY = 64 * 1024 * 1024;
