/** What people let clients do: codes, access tokens and refresh tokens, from the first to the last. */

import { createHash, randomBytes } from "node:crypto";
import type { JWTPayload } from "../dependencies/jose.ts";
import type { User } from "../config/users.ts";
import type {
  AuthorizationRecords,
  GrantRecord,
} from "../storage/records/authorization_records.ts";
import type { AuthorizationRequest, GrantedScope } from "./authorization_request.ts";
import type { AuthenticatedClient } from "./client_authentication.ts";
import { OAuthError } from "./oauth_error.ts";
import type { SigningKeys } from "./signing_keys.ts";

/** The answer of the token endpoint (RFC 6749, 5.1). */
export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: "Bearer";
  /** Seconds. */
  readonly expires_in: number;
  readonly scope: string;
  readonly refresh_token?: string;
}

export interface Grants {
  /** The code for a client that a person lets in with some of what it asked for. */
  begin(
    request: AuthorizationRequest,
    person: { readonly name: string; readonly key: string },
    scopes: readonly GrantedScope[],
  ): Promise<string>;
  /** Tokens for a code, once. @throws {OAuthError} `invalid_grant` */
  redeem(asked: CodeRedemption, client: AuthenticatedClient): Promise<TokenAnswer>;
  /** New tokens for a refresh token. @throws {OAuthError} `invalid_grant`, `invalid_scope` */
  refresh(
    token: string,
    scope: string | null,
    client: AuthenticatedClient,
  ): Promise<TokenAnswer>;
  /** Ends the grant of a refresh token or of an access token's claims, where it is the client's. */
  end(
    which: { readonly refreshToken: string } | { readonly claims: JWTPayload },
    client: string,
  ): Promise<void>;
  /** Why an access token is not good any more, as the end of "The access token …". */
  whyEnded(claims: JWTPayload): Promise<string | undefined>;
}

export interface CodeRedemption {
  readonly code: string;
  readonly verifier: string;
  /** Checked where it is sent. */
  readonly redirectAddress: string | null;
}

export interface GrantsOptions {
  readonly issuer: string;
  readonly resource: string;
  readonly users: readonly User[];
  readonly keys: SigningKeys;
  readonly records: () => Promise<AuthorizationRecords>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function createGrants(
  { issuer, resource, users, keys, records, now }: GrantsOptions,
): Grants {
  const userKeys = new Map(users.map((user) => [user.name, userKeyOf(user)]));
  /** Whether the user is still one, with the password of then. */
  const isOfUser = ({ user, userKey }: GrantRecord) => userKeys.get(user) === userKey;

  async function accessToken(
    { id, user, clientId }: GrantRecord,
    scopes: readonly string[],
  ): Promise<string> {
    const { SignJWT } = await import("../dependencies/jose.ts");
    const { id: kid, key } = await keys.current();
    const seconds = Math.floor(now() / 1000);
    const scope = scopes.filter((each) => each !== "offline_access").join(" ");
    return await new SignJWT({ client_id: clientId, scope, sid: id })
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid })
      .setIssuer(issuer)
      .setAudience(resource)
      .setSubject(user)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + ACCESS_SECONDS)
      .setJti(crypto.randomUUID())
      .sign(key);
  }

  async function answer(
    grant: GrantRecord,
    scopes: readonly string[],
    refreshToken?: string,
  ): Promise<TokenAnswer> {
    return {
      access_token: await accessToken(grant, scopes),
      token_type: "Bearer",
      expires_in: ACCESS_SECONDS,
      scope: scopes.join(" "),
      ...refreshToken !== undefined && { refresh_token: refreshToken },
    };
  }

  async function begin(
    { client, redirectAddress, codeChallenge }: AuthorizationRequest,
    { name: user, key: userKey }: { readonly name: string; readonly key: string },
    scopes: readonly GrantedScope[],
  ): Promise<string> {
    const code = secret();
    const createdAt = now();
    await (await records()).addGrant({
      id: crypto.randomUUID(),
      clientId: client.id,
      user,
      userKey,
      scopes,
      redirectAddress,
      codeHash: hash(code),
      codeChallenge,
      codeExpiresAt: createdAt + CODE_LIFETIME,
      createdAt,
    }, MOST_GRANTS);
    return code;
  }

  async function redeem(
    { code, verifier, redirectAddress }: CodeRedemption,
    { client, isAuthenticated }: AuthenticatedClient,
  ): Promise<TokenAnswer> {
    const store = await records();
    const grant = await store.takeCode(hash(code), now());
    if (grant === undefined) throw invalidGrant("The code is unknown, late or was used before");
    const wrong = grant.clientId !== client.id
      ? "The code is another client's"
      : hash(verifier) !== grant.codeChallenge
      ? "code_verifier is not the one of code_challenge"
      : redirectAddress !== null && redirectAddress !== grant.redirectAddress
      ? "redirect_uri is not the one of the authorization request"
      : undefined;
    if (wrong !== undefined) {
      await store.forgetGrant(grant.id); // whoever brings it there has found it
      throw invalidGrant(`${wrong}; ask for another code`);
    }
    const mayRefresh = client.mayRefresh || grant.scopes.includes("offline_access");
    const [family, token] = [secret(), secret()];
    await store.redeem(grant.id, {
      isAuthenticated,
      expiresAt: now() + (mayRefresh ? REFRESH_LIFETIME : ACCESS_SECONDS * 1000),
      ...mayRefresh && { refresh: { familyHash: hash(family), tokenHash: hash(token) } },
    });
    return await answer(grant, grant.scopes, mayRefresh ? `${family}.${token}` : undefined);
  }

  async function refresh(
    refreshToken: string,
    scope: string | null,
    { client, isAuthenticated }: AuthenticatedClient,
  ): Promise<TokenAnswer> {
    const store = await records();
    const [family = "", token = ""] = refreshToken.split(".");
    const grant = await store.findFamily(hash(family), now());
    if (grant === undefined) throw invalidGrant(ENDED);
    if (grant.clientId !== client.id) throw invalidGrant("The refresh token is another client's");
    if (grant.isAuthenticated && !isAuthenticated) {
      throw new OAuthError("invalid_client", "The client showed its key before, and must again");
    }
    if (!isOfUser(grant)) {
      await store.forgetGrant(grant.id);
      throw invalidGrant(ENDED);
    }
    const scopes = narrowed(grant.scopes, scope);
    const next = secret();
    const isRotated = await store.rotate(grant.id, {
      from: hash(token),
      to: hash(next),
      at: now(),
      grace: GRACE,
      expiresAt: now() + REFRESH_LIFETIME,
    });
    if (!isRotated) throw invalidGrant("The refresh token was replaced before; sign in again");
    return await answer(grant, scopes, `${family}.${next}`);
  }

  return {
    begin,
    redeem,
    refresh,
    async end(which, client) {
      const store = await records();
      const grant = "claims" in which
        ? await store.findGrant(String(which.claims.sid), now())
        : await store.findFamily(hash(which.refreshToken.split(".")[0] ?? ""), now());
      if (grant?.clientId === client) await store.forgetGrant(grant.id);
    },
    async whyEnded({ sid }) {
      const grant = await (await records()).findGrant(String(sid), now());
      return grant && isOfUser(grant) ? undefined : "has been revoked";
    },
  };
}

/** Less than was granted may be asked for (RFC 6749, section 6). */
function narrowed(granted: readonly string[], scope: string | null): readonly string[] {
  const asked = (scope ?? "").split(" ").filter(Boolean);
  if (asked.every((each) => granted.includes(each))) {
    return asked.length === 0 ? granted : asked;
  }
  throw new OAuthError("invalid_scope", `scope may hold of ${granted.join(" ")} only`);
}

/** Changes with the password. */
export function userKeyOf({ passwordHash }: User): string {
  return hash(passwordHash).slice(0, 22);
}

/** 256 bits that nobody guesses. */
function secret(): string {
  return randomBytes(32).toString("base64url");
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

function invalidGrant(message: string): OAuthError {
  return new OAuthError("invalid_grant", message);
}

const ENDED = "The refresh token is unknown or has ended; sign in again";
/** Eight hours: some clients renew theirs unreliably, and a revoked one ends at once all the same. */
const ACCESS_SECONDS = 8 * 3600;
/** In milliseconds, all of them. A client on the same machine may wait for a click of the person. */
const CODE_LIFETIME = 300_000;
/** From the last use on. */
const REFRESH_LIFETIME = 90 * 24 * 3_600_000;
/** For a client that never saw the answer with its next refresh token. */
const GRACE = 120_000;
/** Of one user. */
const MOST_GRANTS = 100;
