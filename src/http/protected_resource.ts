/**
 * What this server says of itself to OAuth clients: where tokens for it come from (RFC 9728), and
 * what is wrong with the one that came (RFC 6750). Paths and parameters are those of the protocol's
 * chapter on authorization, revision 2026-07-28, read 2026-11-26.
 */

import type { AccessTokenIssuer, Scope } from "../authorization/access_token.ts";
import { json, refusal } from "./answers.ts";

export interface ProtectedResource {
  /** The metadata at a path below the well-known one, "" for itself; a 404 where it is of none here. */
  metadata(path: string): Response;
  /** 401: no token came, or one that is not good; `reason` ends the sentence "The access token …". */
  unauthorized(reason: "missing" | "invalid", words?: string): Response;
  /** 403: a good token that does not reach as far as `needed`. */
  forbidden(needed: Scope, id?: string | number | null): Response;
}

/** Where the metadata is; RFC 9728 puts the resource's own path behind it. */
export const METADATA_PATH = "/.well-known/oauth-protected-resource";

/** The resource at `baseUrl`, without a final slash, whose tokens `issuers` give. */
export function createProtectedResource(
  baseUrl: string,
  issuers: readonly AccessTokenIssuer[],
): ProtectedResource {
  const { origin, pathname } = new URL(baseUrl);
  const base = pathname.replace(/\/+$/, "");
  const resource = `${origin}${base}/mcp`;
  const metadataUrl = `${origin}${METADATA_PATH}${base}/mcp`;
  const places = new Set(["", ...["", base].flatMap((path) => MCP_PATHS.map((mcp) => path + mcp))]);
  const document = {
    resource,
    authorization_servers: issuers.map(({ issuer }) => issuer),
    scopes_supported: FIRST_SCOPES,
    bearer_methods_supported: ["header"],
    resource_name: "mcp-image-server",
    resource_documentation: `${origin}${base}/manual/sign-in`,
  };

  function challenge(parameters: Readonly<Record<string, string | undefined>>): string {
    const all = { ...parameters, resource_metadata: metadataUrl };
    const given = Object.entries(all).filter(([, value]) => value !== undefined);
    return `Bearer ${given.map(([name, value]) => `${name}="${value}"`).join(", ")}`;
  }

  return {
    metadata: (path) =>
      places.has(path.replace(/\/$/, ""))
        ? json(document, 200, { "Cache-Control": "public, max-age=300" })
        : refusal(404, "No protected resource of that path is here"),
    unauthorized(reason, words) {
      const message = reason === "missing"
        ? `Sign in at ${
          document.authorization_servers.join(" or ")
        }, and send the access token as ` +
          "'Authorization: Bearer …'"
        : words === undefined
        ? "The token is not one of this server's"
        : `The access token ${words}: sign in again`;
      const error = reason === "missing" ? undefined : "invalid_token";
      return refusal(401, message, {
        headers: {
          "WWW-Authenticate": challenge({
            error,
            error_description: words && `The access token ${words}`,
            scope: FIRST_SCOPES.join(" "),
          }),
        },
      });
    },
    forbidden: (needed, id = null) =>
      refusal(403, `This needs the scope ${needed}, which the access token lacks`, {
        id,
        headers: {
          "WWW-Authenticate": challenge({
            error: "insufficient_scope",
            error_description: `This needs the scope ${needed}`,
            scope: needed,
          }),
        },
      }),
  };
}

/** Enough to draw with; what concerns everybody is asked for when it is needed. */
const FIRST_SCOPES: readonly Scope[] = ["images:read", "images:write"];
const MCP_PATHS = ["/mcp", "/mcp/v1/messages"];
