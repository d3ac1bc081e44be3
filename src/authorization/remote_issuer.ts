/**
 * The authorization server of somebody else, found by its identifier: its metadata as RFC 8414 and
 * OpenID Connect Discovery 1.0 have it, and the keys that this names. Both may come late, break off
 * or be gone for a while.
 */

import type { JSONWebKeySet, JWTVerifyGetKey } from "../dependencies/jose.ts";
import { messageOf } from "../errors.ts";
import { isRecord, parsedJson } from "../json.ts";
import { cut, printableLine } from "../printable.ts";
import { readBody } from "../providers/read_body.ts";
import { type AccessTokenIssuer, IssuerUnavailable } from "./access_token.ts";

type Fetch = typeof fetch;
type Ask = (address: string) => Promise<Response>;

interface Keys {
  readonly find: JWTVerifyGetKey;
  /** Milliseconds since 1970. */
  readonly fetchedAt: number;
}

/**
 * Keys are fetched with the first token, again after ten minutes, and for a key that is not among
 * them, but never more often than every half minute. While they cannot be fetched those from before
 * are good for another hour, and the next look is some seconds away.
 */
export function remoteIssuer(
  { issuer, audience }: Pick<AccessTokenIssuer, "issuer" | "audience">,
  outside: { readonly fetch: Fetch; readonly now?: () => number },
): AccessTokenIssuer {
  const { now = Date.now } = outside;
  let keys: Keys | undefined;
  let failure: { readonly error: IssuerUnavailable; readonly at: number } | undefined;
  let fetching: Promise<Keys> | undefined;

  async function fetchKeys(): Promise<Keys> {
    try {
      const find = await keysOf(issuer, outside.fetch);
      failure = undefined;
      return keys = { find, fetchedAt: now() };
    } catch (error) {
      failure = { error: unavailable(issuer, error), at: now() };
      throw failure.error;
    }
  }

  /** Everybody who wants them waits for one answer. */
  async function newKeys(): Promise<Keys> {
    if (failure && now() - failure.at < RETRY_PAUSE) throw failure.error;
    fetching ??= fetchKeys().finally(() => fetching = undefined);
    return await fetching;
  }

  async function currentKeys(): Promise<Keys> {
    const age = keys ? now() - keys.fetchedAt : Infinity;
    if (keys && age < FRESH) return keys;
    return await newKeys().catch((error) => {
      if (keys && age < STALE) return keys;
      throw error;
    });
  }

  const find: JWTVerifyGetKey = async (header, token) => {
    const current = await currentKeys();
    try {
      return await current.find(header, token);
    } catch (error) {
      const isUnknownKey = Object(error).code === "ERR_JWKS_NO_MATCHING_KEY";
      if (!isUnknownKey || now() - current.fetchedAt < REFETCH_PAUSE) throw error;
      return await (await newKeys()).find(header, token);
    }
  };

  return {
    issuer,
    audience,
    async keySet() {
      await currentKeys();
      return find;
    },
  };
}

async function keysOf(issuer: string, fetch: Fetch): Promise<JWTVerifyGetKey> {
  const signal = AbortSignal.timeout(TIME_LIMIT);
  const ask: Ask = (address) => fetch(address, { headers: HEADERS, redirect: "manual", signal });
  const address = await keysAddressOf(issuer, ask);
  const { document, trouble } = await documentAt(address, ask);
  if (document === undefined) throw new Error(`${address} ${trouble}`);
  const { createLocalJWKSet } = await import("../dependencies/jose.ts");
  try {
    return createLocalJWKSet(document as unknown as JSONWebKeySet);
  } catch {
    throw new Error(`${address} answers with what is no set of keys`);
  }
}

/** Where the metadata says that the keys are, once it has been seen to be this issuer's. */
async function keysAddressOf(issuer: string, ask: Ask): Promise<string> {
  const troubles: string[] = [];
  for (const address of metadataAddresses(issuer)) {
    const { document, trouble } = await documentAt(address, ask);
    if (document === undefined) {
      troubles.push(`${address} ${trouble}`);
    } else if (document.issuer !== issuer) {
      troubles.push(`${address} names its issuer '${shown(document.issuer)}', not '${issuer}'`);
    } else if (!isSafeAddress(document.jwks_uri)) {
      troubles.push(`${address} names no https address of keys (jwks_uri)`);
    } else {
      return document.jwks_uri;
    }
  }
  throw new Error(troubles.join("; "));
}

/** In the order of how many issuers have them; OpenID Connect appends, RFC 8414 inserts before a path. */
export function metadataAddresses(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/+$/, "");
  return [
    ...new Set([
      `${origin}${path}/.well-known/openid-configuration`,
      `${origin}/.well-known/oauth-authorization-server${path}`,
      `${origin}/.well-known/openid-configuration${path}`,
    ]),
  ];
}

/** @throws whatever the connection does; what an answer holds that is no document is told as `trouble`. */
async function documentAt(
  address: string,
  ask: Ask,
): Promise<{ readonly document?: Record<string, unknown>; readonly trouble?: string }> {
  const response = await ask(address);
  if (!response.ok) {
    await response.body?.cancel();
    return { trouble: `answers ${response.status}` };
  }
  const bytes = await readBody(response, { title: address, limit: LONGEST_DOCUMENT });
  const document = parsedJson(new TextDecoder().decode(bytes));
  return isRecord(document) ? { document } : { trouble: "answers with what is no JSON object" };
}

/** Keys that anybody on the way could change would let anybody in; a loopback has no way. */
export function isSafeAddress(address: unknown): address is string {
  const url = typeof address === "string" ? URL.parse(address) : null;
  if (url === null || url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || url.protocol === "http:" && LOOPBACK.test(url.hostname);
}

function unavailable(issuer: string, error: unknown): IssuerUnavailable {
  const message = `The keys of '${issuer}', which sign access tokens, cannot be fetched: ` +
    messageOf(error);
  return new IssuerUnavailable(message, { cause: error });
}

/** What a document says, as far as a sentence can hold it. */
function shown(value: unknown): string {
  return typeof value === "string" ? cut(printableLine(value), 200) : typeof value;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

const HEADERS = { accept: "application/json" };

/** Milliseconds. */
const FRESH = 10 * 60_000;
const STALE = 70 * 60_000;
const REFETCH_PAUSE = 30_000;
const RETRY_PAUSE = 10_000;
/** For all that one look takes, so that a client that waits learns of it within its own limit. */
const TIME_LIMIT = 8_000;
/** In bytes. */
const LONGEST_DOCUMENT = 1024 * 1024;
