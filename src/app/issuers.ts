/** Who signs the access tokens that are good here, as the settings say. */

import { type AccessTokenIssuer, IssuerUnavailable } from "../authorization/access_token.ts";
import { remoteIssuer } from "../authorization/remote_issuer.ts";
import {
  type AuthorizationServer,
  createAuthorizationServer,
} from "../authorization/authorization_server.ts";
import type { Settings } from "../config/settings.ts";
import { parseUsers } from "../config/users.ts";
import type { Storage } from "../storage/storage.ts";

/** None where nobody signs in. `fetch` asks the identity provider, at its first token. */
export function issuersOf(
  { MCP_OAUTH_ISSUER: issuer, MCP_OAUTH_AUDIENCE: named, MCP_PUBLIC_BASE_URL: address }: Settings,
  outside: { readonly fetch: typeof fetch },
): readonly AccessTokenIssuer[] {
  if (issuer === undefined) return [];
  const audience = named.length > 0 ? named : [`${address}/mcp`];
  return [remoteIssuer({ issuer, audience }, outside)];
}

/** Where the people of MCP_USERS sign in; undefined where there are none, or no address for them. */
export function authorizationServerOf(
  { MCP_USERS, MCP_ADMINS: admins, MCP_PUBLIC_BASE_URL: address }: Settings,
  { storage, usesProxy }: { readonly storage: Storage; readonly usesProxy: boolean },
): AuthorizationServer | undefined {
  const users = parseUsers(MCP_USERS) ?? [];
  if (users.length === 0 || address === undefined) return undefined;
  const { origin, pathname } = new URL(address);
  return createAuthorizationServer({
    issuer: `${origin}${pathname.replace(/\/+$/, "")}`,
    users,
    admins,
    records: async () => (await storage.records()).authorization,
    usesProxy,
  });
}

/** Why access tokens cannot be checked now, as sentences; empty where they can. */
export async function troubleWith(
  issuers: readonly AccessTokenIssuer[],
): Promise<readonly string[]> {
  const troubles = await Promise.all(issuers.map(async (issuer) => {
    try {
      await issuer.keySet();
      return [];
    } catch (error) {
      if (error instanceof IssuerUnavailable) return [error.message];
      throw error;
    }
  }));
  return troubles.flat();
}
