/** Which addresses in a vendor's answer may be fetched. */

import { ImageError } from "../errors.ts";

/** Every address of a host name; empty where they are not known here. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/**
 * Looked at again for every hop, since a public name may resolve to an address inside.
 * @throws {ImageError} unless `url` is https to a public host, or on the configured endpoint's own
 * origin.
 */
export async function checkDownloadAddress(
  url: string,
  endpoint: string,
  title: string,
  resolve: Resolve = () => Promise.resolve([]),
): Promise<void> {
  const parsed = URL.parse(url);
  const isOwn = parsed !== null && parsed.origin === new URL(endpoint).origin;
  if (isOwn && parsed.username === "") return;
  const isPublic = parsed?.protocol === "https:" && !isPrivateHost(parsed.hostname);
  if (isPublic && !(await resolve(parsed.hostname)).some(isPrivateHost)) return;
  throw new ImageError(
    "missing_content",
    `${title} named a picture at an address that is not fetched: only https to a public host, ` +
      "or the configured endpoint's own address",
    { address: parsed ? `${parsed.protocol}//${parsed.host}` : "not an address" },
  );
}

/** Whether a host name or address literal points into a private, local or link-local network. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "").toLowerCase();
  return PRIVATE_HOSTS.some((pattern) => pattern.test(host));
}

// URL parsing has already turned 0x7f.1, 2130706433 and the like into dotted form. 198.18.0.0/15 is not
// among them: proxies of whole machines resolve every public name to it.
const PRIVATE_HOSTS: readonly RegExp[] = [
  /^localhost$|\.localhost$|\.local$|\.internal$|\.home\.arpa$|\.localdomain$|\.lan$/,
  /^[^.:]+$/, // a bare name resolves inside the own network
  /^(0|10|127)\./,
  /^169\.254\./,
  /^192\.168\./,
  /^172\.(1[6-9]|2\d|3[01])\./,
  /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./,
  /^(22[4-9]|2[3-5]\d)\./,
  /^192\.0\.0\./,
  /^::/, // this machine, nowhere, or an IPv4 address in one of three notations
  /^64:ff9b:/, // as are the next two: translated, 6to4 and Teredo
  /^2002:/,
  /^2001:(0:|:)/,
  /^f[cd][0-9a-f]{2}:/,
  /^fe[89a-f][0-9a-f]:/,
  /^ff[0-9a-f]{2}:/,
];
