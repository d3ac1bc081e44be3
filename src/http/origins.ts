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
  return (origin) => patterns.some((pattern) => pattern.test(normal(origin)));
}

/**
 * An allowed origin as a pattern for whole origins, or undefined where it is
 * none: `*` in the host stands for one or more labels, as the port for any,
 * and alone for every origin.
 */
export function parseOriginPattern(text: string): RegExp | undefined {
  if (text === "*") return /^[a-z][a-z\d+.-]*:\/\/.+$/;
  const [, scheme, host, port] = ORIGIN.exec(normal(text)) ?? [];
  if (scheme === undefined || host === undefined) return undefined;
  const hostPattern = host.split("*").map(RegExp.escape).join(LABELS);
  const portPattern = port === "*" ? "(:\\d+)?" : port === undefined ? "" : `:${port}`;
  return new RegExp(`^${RegExp.escape(scheme)}://${hostPattern}${portPattern}$`);
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
  // Tools may declare headers of their own, all of which begin with mcp-param-.
  const declared = asked.split(",").map((name) => name.trim())
    .filter((name) => /^mcp-param-[\w-]+$/.test(name));
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

/** Browsers leave out a scheme's own port and write lower case. */
function normal(origin: string): string {
  return origin.toLowerCase().replace(/^(http:\/\/.*):80$|^(https:\/\/.*):443$/, "$1$2");
}

const LABEL = "[a-z\\d_-]+";
const LABELS = `${LABEL}(?:\\.${LABEL})*`;
const ORIGIN = /^([a-z][a-z\d+.-]*):\/\/(\[[\da-f:.]+\]|[a-z\d_.*-]+)(?::(\d{1,5}|\*))?$/;

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
