/** Who a browser is: a token, given once, becomes a cookie that scripts cannot read. */

import { Buffer } from "node:buffer";
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { type Scope, SCOPES } from "../../authorization/access_token.ts";
import type { Person } from "../../authorization/authorization_server.ts";
import type { Settings } from "../../config/settings.ts";
import { parseTokens } from "../../config/tokens.ts";
import { parsedJson } from "../../json.ts";
import type { Bearer, Visitor } from "../bearer.ts";

/** A key that opens the page once, in place of the server's tokens, and whose pictures it shows. */
export interface OneTimeKey {
  readonly key: string;
  readonly owner: string;
}

export interface SignIn {
  /**
   * Whose cookie came along; undefined where there is none that holds. Later where the key of all
   * servers is not known yet; rejects where it cannot be had.
   */
  visitorOf(request: Request): Visitor | undefined | Promise<Visitor | undefined>;
  /** The Set-Cookie header for whoever knows `secret`; undefined where it opens nothing. */
  enter(secret: string, isSecure: boolean): string | undefined;
  /** The same for an access token; its cookie holds until it ends, or this server where it is alone. */
  enterWithAccessToken(token: string, isSecure: boolean): Promise<string | undefined>;
  /** The same for somebody who has given their password. */
  enterAs(person: Pick<Person, "owner">, isSecure: boolean): string | undefined;
  /** The Set-Cookie header that forgets the visitor. */
  leave(): string;
}

interface Credential {
  readonly owner: string;
  readonly secret: Uint8Array;
  /** What cookies are signed with, so that they end with the token that they came from. */
  readonly signingKey: Uint8Array;
  readonly isForOnce: boolean;
  /** Undefined stands for everything. */
  readonly scopes?: readonly Scope[];
}

export interface SignInParts {
  readonly oneTimeKey?: OneTimeKey;
  /** Whose an access token is; absent where none is good here. */
  readonly accessTokenVisitor?: (token: string) => Bearer | Promise<Bearer>;
  /** Who has a password here. */
  readonly people?: readonly Person[];
  /** What all servers that share a database sign with; absent where this one is alone. */
  readonly commonKey?: () => Promise<Uint8Array>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * The sign-in of one server. Nothing is kept of visitors: a cookie is a name, an end and a signature
 * made with the token, and holds until the end or until the token changes.
 */
export function createSignIn(
  { MCP_AUTH_TOKEN }: Pick<Settings, "MCP_AUTH_TOKEN">,
  { oneTimeKey, accessTokenVisitor, people = [], commonKey, now = Date.now }: SignInParts = {},
): SignIn {
  const credentials: Credential[] = oneTimeKey
    ? [credentialOf(oneTimeKey.owner, oneTimeKey.key, randomBytes(32), true)]
    : [
      ...(parseTokens(MCP_AUTH_TOKEN) ?? []).map(({ name, token }) =>
        credentialOf(name, token, digest(`page ${token}`), false)
      ),
      // Nobody knows what opens theirs but by their password.
      ...people.map(({ owner, scopes, key }) => ({
        ...credentialOf(owner, crypto.randomUUID(), digest(`page ${key}`), false),
        scopes,
      })),
    ];
  const used = new Set<Credential>();
  const isOpen = credentials.length === 0 && accessTokenVisitor === undefined;
  /** Signs what is known of the bearers of access tokens, which are kept nowhere. */
  let key = commonKey ? undefined : randomBytes(32) as Uint8Array;
  const keyOfBearers = async () => key ??= await commonKey!();

  const sign = ({ owner, signingKey }: Pick<Credential, "owner" | "signingKey">, until: string) =>
    createHmac("sha256", signingKey).update(`${owner} ${until}`).digest();

  function visitorOf(request: Request): ReturnType<SignIn["visitorOf"]> {
    if (isOpen) return { name: "" };
    const [until = "", signature = "", facts] = cookieIn(request).split(".");
    if (!/^\d{1,15}$/.test(until) || Number(until) <= now()) return undefined;
    const given = Buffer.from(signature, "base64url");
    if (facts !== undefined) {
      const visitorBy = (signingKey: Uint8Array) =>
        isSame(sign({ owner: facts, signingKey }, until), given) ? visitorIn(facts) : undefined;
      return key ? visitorBy(key) : keyOfBearers().then(visitorBy);
    }
    // Every credential is tried, so that the time tells nothing of whose it is.
    const matches = credentials.filter((credential) => isSame(sign(credential, until), given));
    const [credential] = matches;
    return credential &&
      { name: credential.owner, ...credential.scopes && { scopes: credential.scopes } };
  }

  function enter(secret: string, isSecure: boolean): string | undefined {
    const given = digest(secret);
    const credential = credentials.filter((each) => timingSafeEqual(each.secret, given))[0];
    if (credential === undefined || used.has(credential)) return undefined;
    if (credential.isForOnce) used.add(credential);
    return cookieOf(credential, isSecure);
  }

  function enterAs({ owner }: Pick<Person, "owner">, isSecure: boolean): string | undefined {
    const credential = people.some((each) => each.owner === owner) &&
      credentials.find((each) => each.owner === owner);
    return credential ? cookieOf(credential, isSecure) : undefined;
  }

  function cookieOf(credential: Credential, isSecure: boolean): string {
    const until = String(now() + SECONDS * 1000);
    return cookie(`${until}.${sign(credential, until).toString("base64url")}`, SECONDS, isSecure);
  }

  async function enterWithAccessToken(
    token: string,
    isSecure: boolean,
  ): Promise<string | undefined> {
    const bearer = await accessTokenVisitor?.(token);
    if (bearer === undefined || !("name" in bearer)) return undefined;
    const { name, scopes, expiresAt = 0 } = bearer;
    const seconds = Math.floor((expiresAt - now()) / 1000);
    if (seconds < 1) return undefined;
    const facts = Buffer.from(JSON.stringify({ name, scopes })).toString("base64url");
    const until = String(expiresAt);
    const credential = { owner: facts, signingKey: await keyOfBearers() };
    const signature = sign(credential, until).toString("base64url");
    return cookie(`${until}.${signature}.${facts}`, seconds, isSecure);
  }

  return {
    visitorOf,
    enter,
    enterWithAccessToken,
    enterAs,
    leave: () => `${COOKIE}=; Max-Age=0; ${FLAGS}`,
  };
}

function cookie(value: string, seconds: number, isSecure: boolean): string {
  return `${COOKIE}=${value}; Max-Age=${seconds}; ${FLAGS}${isSecure ? "; Secure" : ""}`;
}

/** What this server itself has written and signed. */
function visitorIn(facts: string): Visitor {
  const { name, scopes } = Object(parsedJson(Buffer.from(facts, "base64url").toString()));
  return { name: String(name), scopes: SCOPES.filter((scope) => scopes.includes(scope)) };
}

function credentialOf(
  owner: string,
  secret: string,
  signingKey: Uint8Array,
  isForOnce: boolean,
): Credential {
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
