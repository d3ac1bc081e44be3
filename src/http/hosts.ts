/** Host names: where the server listens, and under which names it may be asked. */

import type { Settings } from "../config/settings.ts";

type HostSettings = Pick<Settings, "MCP_HOST" | "MCP_PUBLIC_BASE_URL" | "MCP_ALLOWED_HOSTS">;

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  const bare = withoutBrackets(host).toLowerCase();
  return bare === "localhost" || bare === "::1" || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(bare);
}

/** The address pictures are linked at, without a trailing slash; null where clients could not use it. */
export function publicBaseUrl(settings: HostSettings, port: number): string | null {
  const { MCP_PUBLIC_BASE_URL, MCP_HOST } = settings;
  if (MCP_PUBLIC_BASE_URL) return MCP_PUBLIC_BASE_URL;
  return isWildcard(MCP_HOST) ? null : `http://${bracketed(MCP_HOST)}:${port}`;
}

/** Whether an address means "every interface", which nobody can connect to by that name. */
export function isWildcard(host: string): boolean {
  return WILDCARDS.has(withoutBrackets(host));
}

/**
 * Whether a request's Host may be answered. On a loopback address a web page
 * can reach this server under a name of its own (DNS rebinding), so only known
 * names pass; on others the name says nothing.
 */
export function createHostCheck(settings: HostSettings): (host: string) => boolean {
  if (!isLoopback(settings.MCP_HOST)) return () => true;
  const named = settings.MCP_ALLOWED_HOSTS.map(hostnameOf);
  const publicUrl = settings.MCP_PUBLIC_BASE_URL;
  const allowed = new Set([...named, publicUrl && new URL(publicUrl).hostname]);
  const isAllowed = (host: string) => {
    const hostname = hostnameOf(host);
    return hostname !== undefined && (LOOPBACK_NAMES.has(hostname) || allowed.has(hostname));
  };
  // Nearly every request names the same host as the one before.
  let lastAllowed: string | undefined;
  return (host) => {
    if (host === lastAllowed) return true;
    if (!isAllowed(host)) return false;
    lastAllowed = host;
    return true;
  };
}

/**
 * What is wrong with where a request says it goes, as it came over a connection; undefined where
 * nothing is. Behind a Host with a path in it, or a target of another host, a proxy and this server
 * would understand two different requests.
 */
export function wrongTarget(
  { headers }: Request,
  url: URL | null,
  isFromConnection: boolean,
): string | undefined {
  const host = headers.get("host");
  // Nearly every request names the same host as the one before.
  if (host !== null && host === lastHost && url?.host === lastTarget) return undefined;
  if (host !== null && !HOST.test(host)) return "The Host header is not a host name";
  if (url === null) return "The Host header is not a host name";
  if (!isFromConnection) return undefined;
  if (host !== null) {
    const isSame = URL.parse(`http://${host}`)?.host === url.host;
    if (!isSame) return "The request's target names another host than its Host header";
    [lastHost, lastTarget] = [host, url.host];
    return undefined;
  }
  // HTTP/2 says it in the target; where neither does, Deno puts its own name there.
  return url.hostname === "localhost" ? "The request has no Host header" : undefined;
}

/** The name in "name" or "name:port", as URLs spell it; undefined where it is none. */
export function hostnameOf(host: string): string | undefined {
  if (!HOST.test(host)) return undefined;
  return URL.parse(`http://${host}`)?.hostname;
}

/**
 * What visitors of an address are counted by: of IPv6 the network that one connection is given
 * ("2001:db8:0:1::/64"), whose addresses its owner changes at will; an IPv4 address as it is, also one
 * that is written as IPv6 ("::ffff:192.0.2.1").
 */
export function countedAddress(address: string): string {
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [before = "", after = ""] = address.split("%")[0]!.toLowerCase().split("::");
  const [first, last] = [before, after].map((part) => part.split(":").filter(Boolean));
  if (first!.length === 0) return address; // ::1 and the like: this machine
  const zeros = Array(Math.max(0, 8 - first!.length - last!.length)).fill("0");
  const network = [...first!, ...zeros, ...last!].slice(0, 4);
  return `${network.map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}

/** Deno listens at ::1, not at [::1]. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

export function bracketed(host: string): string {
  const bare = withoutBrackets(host);
  return bare.includes(":") ? `[${bare}]` : bare;
}

/** The last Host header that was right, and the target's host beside it. */
let lastHost: string | undefined;
let lastTarget: string | undefined;

/** A name or literal address and perhaps a port: nothing that could begin a path, a query or a password. */
const HOST = /^(?:\[[\da-f:.]+\]|[^\s/\\?#@,<>"%[\]:]+)(?::\d{0,5})?$/i;
const WILDCARDS = new Set(["0.0.0.0", "::", "*"]);
const LOOPBACK_NAMES = new Set<string | undefined>(["localhost", "127.0.0.1", "[::1]"]);
