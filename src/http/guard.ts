/** Who may come in, and to which kind of address. */

import type { Settings } from "../config/settings.ts";
import { parseTokens } from "../config/tokens.ts";
import { refusal } from "./answers.ts";
import { createHostCheck } from "./hosts.ts";
import {
  corsHeaders,
  createOriginCheck,
  createOwnPageCheck,
  isPreflight,
  preflightAnswer,
} from "./origins.ts";
import { createRateLimit } from "./rate_limit.ts";
import { createTokenCheck } from "./tokens.ts";

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
  /** The name of the visitor's token; "" where it needs none. */
  readonly client: string;
  /** What a browser must be told beside the answer. */
  readonly headers: Readonly<Record<string, string>>;
}

export type Guard = (
  request: Request,
  url: URL,
  place: { readonly access: Access; readonly methods: readonly string[] },
  remoteAddress: string,
) => Entrance;

/** Builds the guard of one server; MCP_AUTH_TOKEN has been checked before. */
export function createGuard(
  settings: Settings,
  now: () => number,
  pageVisitorOf: (request: Request) => string | undefined = () => undefined,
): Guard {
  const isHostAllowed = createHostCheck(settings);
  const isOriginAllowed = createOriginCheck(settings);
  const bearerOf = createTokenCheck(parseTokens(settings.MCP_AUTH_TOKEN) ?? []);
  const isOwnPage = createOwnPageCheck(settings);
  const waitFor = createRateLimit(settings.MCP_RATE_LIMIT, now);

  return (request, url, { access, methods }, remoteAddress) => {
    const origin = request.headers.get("origin");
    const refuse = (refused: Response, headers = {}) => ({ refused, client: "", headers });

    if (!isHostAllowed(request.headers.get("host") ?? url.host)) return refuse(unknownHost(url));
    if (access === "probe") return { client: "", headers: {} };
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

    const visitor = access === "page" ? pageVisitorOf(request) : undefined;
    const isClosed = access === "private" || (access === "page" && visitor === undefined);
    const bearer = isClosed
      ? bearerOf(request.headers.get("authorization"))
      : { name: visitor ?? "" };
    const client = "name" in bearer ? bearer.name : "";
    const wait = waitFor(client === "" ? `address ${remoteAddress}` : `token ${client}`);
    if (wait > 0) return refuse(tooMany(wait), headers);
    if ("refused" in bearer) return refuse(unauthorized(bearer.refused), headers);
    return { client, headers };
  };
}

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

function tooMany(seconds: number): Response {
  const message = `Too many requests; try again in ${seconds} s`;
  return refusal(429, message, { headers: { "Retry-After": String(seconds) } });
}

const FOREIGN_PAGE = "Only the page of this address may send anything here";
const ANY_ORIGIN = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "Content-Length, Content-Range, ETag, X-Request-Id",
};
