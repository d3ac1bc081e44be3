/** Who a browser is: the server's token, given once, becomes a cookie that scripts cannot read. */

import { Buffer } from "node:buffer";
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Settings } from "../../config/settings.ts";
import { parseTokens } from "../../config/tokens.ts";

/** A key that opens the page once, in place of the server's tokens, and whose pictures it shows. */
export interface OneTimeKey {
  readonly key: string;
  readonly owner: string;
}

export interface SignIn {
  /** Whether somebody has to sign in at all. */
  readonly isNeeded: boolean;
  /** The name of the visitor whose cookie came along; undefined where there is none that holds. */
  visitorOf(request: Request): string | undefined;
  /** The Set-Cookie header for whoever knows `secret`; undefined where it opens nothing. */
  enter(secret: string, isSecure: boolean): string | undefined;
  /** The Set-Cookie header that forgets the visitor. */
  leave(): string;
}

interface Door {
  readonly owner: string;
  readonly secret: Uint8Array;
  /** What cookies are signed with, so that they end with the token that they came from. */
  readonly signingKey: Uint8Array;
  readonly isForOnce: boolean;
}

/**
 * The sign-in of one server. Nothing is kept of visitors: a cookie is a name, an end and a signature
 * made with the token, and holds until the end or until the token changes.
 */
export function createSignIn(
  { MCP_AUTH_TOKEN }: Pick<Settings, "MCP_AUTH_TOKEN">,
  { oneTimeKey, now = Date.now }: { oneTimeKey?: OneTimeKey; now?: () => number } = {},
): SignIn {
  const doors: Door[] = oneTimeKey
    ? [doorOf(oneTimeKey.owner, oneTimeKey.key, randomBytes(32), true)]
    : (parseTokens(MCP_AUTH_TOKEN) ?? []).map(({ name, token }) =>
      doorOf(name, token, digest(`page ${token}`), false)
    );
  const used = new Set<Door>();

  const sign = ({ owner, signingKey }: Door, until: string) =>
    createHmac("sha256", signingKey).update(`${owner} ${until}`).digest();

  function visitorOf(request: Request): string | undefined {
    if (doors.length === 0) return "";
    const [until = "", signature = ""] = cookieIn(request).split(".");
    if (!/^\d{1,15}$/.test(until) || Number(until) <= now()) return undefined;
    const given = Buffer.from(signature, "base64url");
    // Every door is tried, so that the time tells nothing of whose it is.
    const matches = doors.filter((door) => isSame(sign(door, until), given));
    return matches[0]?.owner;
  }

  function enter(secret: string, isSecure: boolean): string | undefined {
    const given = digest(secret);
    const door = doors.filter((each) => timingSafeEqual(each.secret, given))[0];
    if (door === undefined || used.has(door)) return undefined;
    if (door.isForOnce) used.add(door);
    const until = String(now() + SECONDS * 1000);
    const value = `${until}.${sign(door, until).toString("base64url")}`;
    return `${COOKIE}=${value}; Max-Age=${SECONDS}; ${FLAGS}${isSecure ? "; Secure" : ""}`;
  }

  return {
    isNeeded: doors.length > 0,
    visitorOf,
    enter,
    leave: () => `${COOKIE}=; Max-Age=0; ${FLAGS}`,
  };
}

function doorOf(owner: string, secret: string, signingKey: Uint8Array, isForOnce: boolean): Door {
  return { owner, secret: digest(secret), signingKey, isForOnce };
}

function cookieIn(request: Request): string {
  const pairs = (request.headers.get("cookie") ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? "";
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

const COOKIE = "mcp_image_server";
const FLAGS = "Path=/; HttpOnly; SameSite=Strict";
/** Thirty days. */
const SECONDS = 30 * 24 * 3600;
