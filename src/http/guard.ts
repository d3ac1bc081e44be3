/** Who may come in, and to which kind of address. */

import { allows, type Scope } from "../authorization/access_token.ts";
import type { Settings } from "../config/settings.ts";
import { isAdmin } from "../config/tokens.ts";
import { refusal } from "./answers.ts";
import type { Bearer, BearerCheck, Visitor } from "./bearer.ts";
import { createHostCheck } from "./hosts.ts";
import {
  corsHeaders,
  createOriginCheck,
  createOwnPageCheck,
  isPreflight,
  preflightAnswer,
} from "./origins.ts";
import type { SignIn } from "./page/sign_in.ts";
import type { ProtectedResource } from "./protected_resource.ts";
import type { RateLimit } from "./limits/rate_limit.ts";

/**
 * "private": needs the token, and an allowed origin where a browser names one;
 * "public": for everybody, any web page included;
 * "link": for whoever knows an address that is a secret; other web pages may send nothing there;
 * "page": needs the cookie of the studio page or the token, and no other web page may ask;
 * "probe": for everybody, unlimited, and no business of web pages.
 */
export type Access = "private" | "public" | "link" | "page" | "probe";

export interface Entrance {
  /** The answer to give at once, or undefined where the visitor may go on. */
  readonly refused?: Response;
  readonly visitor: Visitor;
  /** What a browser must be told beside the answer. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Place {
  readonly access: Access;
  readonly methods: readonly string[];
  /**
   * What an access token must reach; images:read for looking and images:write for the rest, where
   * absent. With images:admin, a token of several that were given out must be one of MCP_ADMINS.
   */
  readonly scope?: Scope;
}

/**
 * At once, but for access tokens, whose issuer may have to be asked for its keys, and where servers
 * count requests together.
 */
export type Guard = (
  request: Request,
  url: URL,
  place: Place,
  remoteAddress: string,
) => Entrance | Promise<Entrance>;

export interface GuardParts {
  readonly settings: Settings;
  readonly bearerOf: BearerCheck;
  /** What OAuth clients are told; undefined where there are no access tokens. */
  readonly resource: ProtectedResource | undefined;
  /** Whose cookie of the page came along. */
  readonly pageVisitorOf: SignIn["visitorOf"];
  /** Counts each request. */
  readonly waitFor: RateLimit;
}

/** Builds the guard of one server; MCP_AUTH_TOKEN has been checked before. */
export function createGuard(
  { settings, bearerOf, resource, pageVisitorOf, waitFor }: GuardParts,
): Guard {
  const isHostAllowed = createHostCheck(settings);
  const isOriginAllowed = createOriginCheck(settings);
  const isOwnPage = createOwnPageCheck(settings);

  return (request, url, place, remoteAddress) => {
    const { access, methods, scope = isSafe(request) ? "images:read" : "images:write" } = place;
    const origin = request.headers.get("origin");
    const refuse = (refused: Response, headers = {}) => ({ refused, visitor: NOBODY, headers });

    if (!isHostAllowed(request.headers.get("host") ?? url.host)) return refuse(unknownHost(url));
    if (access === "probe") return { visitor: NOBODY, headers: {} };
    if (access === "private" && origin !== null && !isOriginAllowed(origin)) {
      return refuse(unknownOrigin(origin));
    }
    if (access === "link" && !isSafe(request) && !isOwnPage(request)) {
      return refuse(refusal(403, FOREIGN_PAGE));
    }
    if (access === "page" && !isOwnPage(request)) return refuse(refusal(403, FOREIGN_PAGE));
    const headers = access === "public"
      ? ANY_ORIGIN
      : access === "link" || access === "page"
      ? {}
      : origin === null
      ? { Vary: "Origin" }
      : corsHeaders(origin);
    if (isPreflight(request)) return refuse(preflightAnswer(request, methods), headers);

    function bearerBeside(known: Visitor | undefined): Bearer | Promise<Bearer> {
      const isClosed = access === "private" || (access === "page" && known === undefined);
      return isClosed ? bearerOf(request.headers.get("authorization")) : known ?? NOBODY;
    }

    function enter(bearer: Bearer): Entrance | Promise<Entrance> {
      const { name } = "name" in bearer ? bearer : NOBODY;
      const wait = waitFor(name === "" ? `address ${remoteAddress}` : `token ${name}`);
      return wait instanceof Promise
        ? wait.then((seconds) => enterAfter(seconds, bearer))
        : enterAfter(wait, bearer);
    }

    function enterAfter(wait: number, bearer: Bearer): Entrance {
      const visitor = "name" in bearer ? bearer : NOBODY;
      const { scopes } = visitor;
      if (wait > 0) return refuse(tooMany(wait), headers);
      if ("unavailable" in bearer) return refuse(unavailable(), headers);
      if ("refused" in bearer) {
        const { refused, reason } = bearer;
        return refuse(resource?.unauthorized(refused, reason) ?? unauthorized(refused), headers);
      }
      if (scopes === undefined) {
        return scope === "images:admin" && !isAdmin(visitor.name, settings)
          ? refuse(refusal(403, notAdmin(visitor.name)), headers)
          : { visitor, headers };
      }
      if (allows(scopes, scope)) return { visitor, headers };
      return refuse(resource?.forbidden(scope) ?? unauthorized("invalid"), headers);
    }

    const known = access === "page" ? pageVisitorOf(request) : undefined;
    const bearer = known instanceof Promise
      ? known.then(bearerBeside, (): Bearer => ({ unavailable: true }))
      : bearerBeside(known);
    return bearer instanceof Promise ? bearer.then(enter) : enter(bearer);
  };
}

const NOBODY: Visitor = { name: "" };

function isSafe({ method }: Request): boolean {
  return method === "GET" || method === "HEAD";
}

function unknownHost(url: URL): Response {
  const message = `Host '${url.hostname}' is not served here; behind a reverse proxy, name it in ` +
    "MCP_PUBLIC_BASE_URL or MCP_ALLOWED_HOSTS";
  return refusal(403, message);
}

function unknownOrigin(origin: string): Response {
  const message = `Origin '${origin.slice(0, 200)}' is not allowed; name it in MCP_ALLOWED_ORIGINS`;
  return refusal(403, message, { headers: { Vary: "Origin" } });
}

function unauthorized(reason: "missing" | "invalid"): Response {
  const challenge = reason === "missing" ? "Bearer" : 'Bearer error="invalid_token"';
  const message = reason === "missing"
    ? "Send the server's token as 'Authorization: Bearer …'"
    : "The token is not one of this server's";
  return refusal(401, message, { headers: { "WWW-Authenticate": challenge } });
}

/** Why is in the log: the keys' address is nobody's business who has shown no good token. */
function unavailable(): Response {
  const message =
    "Access tokens cannot be checked now, since the keys of the sign-in server cannot " +
    "be fetched; try again in a moment";
  return refusal(503, message, { headers: { "Retry-After": "10" } });
}

function notAdmin(name: string): string {
  return `The token of '${name}' may not see what concerns everybody here: ` +
    "whoever runs the server names it in MCP_ADMINS";
}

function tooMany(seconds: number): Response {
  const message = `Too many requests; try again in ${seconds} s`;
  return refusal(429, message, { headers: { "Retry-After": String(seconds) } });
}

const FOREIGN_PAGE = "Only the page of this address may send anything here";
const ANY_ORIGIN = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "Content-Length, Content-Range, ETag, X-Request-Id",
};
