/** Pictures on the web: fetched within bounds, and never from a place inside a network. */

import { ImageError, messageOf, shown } from "../../errors.ts";
import { isPrivateHost } from "../../providers/download_address.ts";
import { resolveHost } from "../../providers/resolve.ts";
import type { InputAccess, PictureSource } from "../picture_source.ts";
import { ask, type WebAnswer } from "./web_request.ts";

const MAX_REDIRECTS = 5;
/** For all hops together, in milliseconds. */
const TIME_LIMIT = 20_000;

/**
 * An https address; http only of hosts that the server's owner names. Every hop is looked at after
 * its name is resolved, and the connection goes to just the addresses that were looked at, unless
 * a proxy makes it or this process may connect to names only.
 */
export const webAddress: PictureSource = {
  matches: (text) => /^https?:\/\//i.test(text.slice(0, 8)),
  async read(text, { access, signal }, { resolve = resolveHost }) {
    const limit = AbortSignal.timeout(TIME_LIMIT);
    try {
      return await follow(text, access, resolve, AbortSignal.any([signal, limit]));
    } catch (error) {
      if (signal.aborted || error instanceof ImageError) throw error;
      throw new ImageError(
        "invalid_parameters",
        limit.aborted
          ? `The picture at ${placeOf(text)} did not come within ${TIME_LIMIT / 1000} seconds`
          : `The picture at ${placeOf(text)} cannot be fetched: ${messageOf(error).slice(0, 200)}`,
        {},
        { cause: error },
      );
    }
  },
};

async function follow(
  text: string,
  access: InputAccess,
  resolve: (hostname: string) => Promise<readonly string[]>,
  signal: AbortSignal,
) {
  let next = text;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const url = parsed(next);
    const addresses = await checkedAddresses(url, access, resolve);
    const answer = await ask(url, { addresses, signal });
    if (answer.bytes) return { bytes: answer.bytes, name: `The picture at ${url.host}` };
    next = targetOf(answer, url);
  }
  throw refused(`${placeOf(text)} redirects more than ${MAX_REDIRECTS} times`);
}

function parsed(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw refused(`${shown(text)} is no address`);
  if (url.username !== "" || url.password !== "") {
    throw refused(`The address of ${url.host} holds a name or password, which is not sent`);
  }
  return url;
}

function targetOf({ status, location }: WebAnswer, url: URL): string {
  const target = location === undefined ? null : URL.parse(location, url);
  if (target && /^https?:$/.test(target.protocol)) return target.href;
  throw refused(
    `${url.host} gives no picture there: it answered HTTP ${status}. Look whether the address ` +
      "opens without signing in",
  );
}

/**
 * Where to connect to; empty where a proxy is to find out.
 * @throws {ImageError} unless all of them may be asked.
 */
async function checkedAddresses(
  url: URL,
  { hosts, usesProxy }: InputAccess,
  resolve: (hostname: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const isNamed = hosts.includes(hostname.toLowerCase()) || hosts.includes(url.host.toLowerCase());
  if (url.protocol !== "https:" && !isNamed) {
    throw refused(
      `Pictures are fetched over https only, and ${url.host} was asked for over http. The server's ` +
        "owner allows it for a host with MCP_INPUT_HOSTS",
    );
  }
  // The owner who writes down a name that can only lie inside means just that.
  const mayBeInside = isNamed && isPrivateHost(hostname);
  const mayAsk = (host: string) => !isPrivateHost(host) || (mayBeInside && !isLinkLocal(host));
  if (!mayAsk(hostname)) throw inside(url);
  const addresses = isAddress(hostname) ? [hostname] : await resolve(hostname);
  if (!addresses.every(mayAsk)) throw inside(url);
  return usesProxy ? [] : addresses;
}

/** Where clouds keep their keys: nobody's pictures, whatever the owner says. */
function isLinkLocal(host: string): boolean {
  return /^(169\.254\.|::ffff:169\.254\.|::ffff:a9fe:|fe[89ab][0-9a-f]:|fd00:ec2:)/i.test(host);
}

function isAddress(hostname: string): boolean {
  return hostname.includes(":") || /^\d+(\.\d+){3}$/.test(hostname);
}

function inside(url: URL): ImageError {
  return refused(
    `${url.host} lies inside a private network or on this machine, where no pictures are fetched: ` +
      "pass the file's path, or an address that everybody can reach",
  );
}

function refused(message: string): ImageError {
  return new ImageError("invalid_parameters", message);
}

function placeOf(text: string): string {
  return URL.parse(text)?.host ?? shown(text);
}
