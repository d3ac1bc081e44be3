/** Browser origins: which web pages may talk to this server, and what their browsers are told. */

import type { Settings } from "../config/settings.ts";
import { bracketed, isWildcard } from "./hosts.ts";

type OriginSettings = Pick<
  Settings,
  "MCP_ALLOWED_ORIGINS" | "MCP_PUBLIC_BASE_URL" | "MCP_HOST" | "MCP_PORT"
>;

/** Whether an Origin header may be answered. */
export function createOriginCheck(settings: OriginSettings): (origin: string) => boolean {
  const { MCP_ALLOWED_ORIGINS } = settings;
  const sources = MCP_ALLOWED_ORIGINS.length > 0 ? MCP_ALLOWED_ORIGINS : ownOrigins(settings);
  const patterns = sources.map(parseOriginPattern).filter((pattern) => pattern !== undefined);
  return (origin) =>
    origin.length <= LONGEST_ORIGIN && patterns.some((pattern) => pattern.test(normal(origin)));
}

/** Tells which whole origins it means. */
export interface OriginPattern {
  test(origin: string): boolean;
}

/**
 * An allowed origin as a pattern for whole origins, or undefined where it is
 * none: `*` in the host stands for one or more labels, as the port for any,
 * and alone for every origin. Testing takes a time that grows with the origin's length alone.
 */
export function parseOriginPattern(text: string): OriginPattern | undefined {
  if (text === "*") return { test: (origin) => ANY_ORIGIN.test(origin) };
  const wanted = partsOf(text);
  if (wanted === undefined) return undefined;
  const matchesHost = createHostMatch(wanted.host);
  return {
    test(origin) {
      const found = partsOf(origin);
      return found !== undefined && found.scheme === wanted.scheme && matchesHost(found.host) &&
        (wanted.port === "*" ? found.port !== "*" : found.port === wanted.port);
    },
  };
}

/**
 * Whether a request comes from a page of this server, or from no page at all. Browsers say so
 * themselves where the connection is safe; elsewhere the origin is that of the address asked for.
 */
export function createOwnPageCheck(
  { MCP_PUBLIC_BASE_URL }: Pick<Settings, "MCP_PUBLIC_BASE_URL">,
): (request: Request) => boolean {
  const published = MCP_PUBLIC_BASE_URL && new URL(MCP_PUBLIC_BASE_URL).origin;
  return ({ headers, url }) => {
    const site = headers.get("sec-fetch-site");
    if (site !== null) return site === "same-origin" || site === "none";
    const origin = headers.get("origin");
    if (origin === null || origin === published) return true;
    return URL.parse(origin)?.host === (headers.get("host") ?? new URL(url).host);
  };
}

/** The headers that let the page at `origin` read an answer. */
export function corsHeaders(origin: string): Readonly<Record<string, string>> {
  return {
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Expose-Headers": "Mcp-Session-Id, WWW-Authenticate, Retry-After, X-Request-Id",
    "Vary": "Origin",
  };
}

/** Whether a browser asks for leave before the real request. */
export function isPreflight(request: Request): boolean {
  return request.method === "OPTIONS" && request.headers.has("origin") &&
    request.headers.has("access-control-request-method");
}

/** The answer to a preflight; which origins may read it is said by `corsHeaders`. */
export function preflightAnswer(request: Request, methods: readonly string[]): Response {
  const asked = request.headers.get("access-control-request-headers")?.toLowerCase() ?? "";
  // Tools may declare headers of their own, all of which begin with mcp-param-; clients of the
  // image API tell what they run on in headers that begin with x-stainless-.
  const declared = asked.split(",").map((name) => name.trim())
    .filter((name) => /^(mcp-param|x-stainless)-[\w-]+$/.test(name));
  return new Response(null, {
    status: 204,
    headers: {
      "Access-Control-Allow-Methods": methods.join(", "),
      "Access-Control-Allow-Headers": [...REQUEST_HEADERS, ...declared].join(", "),
      "Access-Control-Max-Age": "7200",
    },
  });
}

function ownOrigins(settings: OriginSettings): readonly string[] {
  const { MCP_PUBLIC_BASE_URL, MCP_HOST, MCP_PORT } = settings;
  const own = `http://${bracketed(MCP_HOST)}:${MCP_PORT === 0 ? "*" : MCP_PORT}`;
  return [
    ...LOOPBACK_ORIGINS,
    ...(MCP_PUBLIC_BASE_URL ? [new URL(MCP_PUBLIC_BASE_URL).origin] : []),
    ...(isWildcard(MCP_HOST) ? [] : [own]),
  ];
}

interface OriginParts {
  readonly scheme: string;
  readonly host: string;
  /** Undefined for the scheme's own. */
  readonly port: string | undefined;
}

function partsOf(origin: string): OriginParts | undefined {
  const [, scheme, host, port] = ORIGIN.exec(normal(origin)) ?? [];
  return scheme === undefined || host === undefined ? undefined : { scheme, host, port };
}

/** Browsers leave out a scheme's own port and write lower case. */
function normal(origin: string): string {
  return origin.toLowerCase().replace(/^(http:\/\/[^:]*|http:\/\/\[[^\]]*\]):80$/, "$1")
    .replace(/^(https:\/\/[^:]*|https:\/\/\[[^\]]*\]):443$/, "$1");
}

/**
 * Whether a host is of a pattern in which each `*` stands for one or more whole or begun labels.
 * All places that a prefix of the pattern may end at are followed at once, so that nothing is ever
 * tried twice.
 */
function createHostMatch(pattern: string): (host: string) => boolean {
  const [head = "", ...others] = pattern.split("*");
  if (others.length === 0) return (host) => host === head;
  return (host) => {
    if (!LABELS.test(host) || !host.startsWith(head)) return false;
    let ends = new Set([head.length]);
    for (const piece of others) ends = endsAfterStar(host, ends, piece);
    return ends.has(host.length);
  };
}

/** Where `piece` may end after a star that begins at one of `starts`. */
function endsAfterStar(host: string, starts: ReadonlySet<number>, piece: string): Set<number> {
  const ends = new Set<number>();
  let hasBegun = false;
  for (let at = 0; at <= host.length; at++) {
    if (hasBegun && host[at - 1] !== "." && host.startsWith(piece, at)) ends.add(at + piece.length);
    if (starts.has(at) && host[at] !== ".") hasBegun = true;
  }
  return ends;
}

const LABELS = /^[a-z\d_-]+(?:\.[a-z\d_-]+)*$/;
const ORIGIN = /^([a-z][a-z\d+.-]*):\/\/(\[[\da-f:.]+\]|[a-z\d_.*-]+)(?::(\d{1,5}|\*))?$/;
const ANY_ORIGIN = /^[a-z][a-z\d+.-]*:\/\/.+$/;
/** A scheme, a host name of 253 letters and a port are shorter. */
const LONGEST_ORIGIN = 300;

const LOOPBACK_ORIGINS = ["localhost", "127.0.0.1", "[::1]"]
  .flatMap((host) => [`http://${host}:*`, `https://${host}:*`]);

const REQUEST_HEADERS = [
  "authorization",
  "content-type",
  "accept",
  "mcp-session-id",
  "mcp-protocol-version",
  "mcp-method",
  "mcp-name",
  "last-event-id",
  "x-request-id",
];
