/** JSON documents of strangers on the web: one GET within bounds, and never to a place inside a network. */

import { isPrivateHost } from "../providers/download_address.ts";
import { resolveHost } from "../providers/resolve.ts";
import { ImageError, messageOf } from "../errors.ts";
import { parsedJson } from "../json.ts";
import { ask, type WebAnswer } from "./sources/web_request.ts";

export interface WebDocument {
  readonly value: unknown;
  /** Seconds that it may be kept, by its Cache-Control and Age (RFC 9111); undefined where it says nothing. */
  readonly freshSeconds?: number;
}

export interface WebDocumentOptions {
  /** The most bytes. */
  readonly limit: number;
  /** Whether the environment names a proxy, which then looks names up by itself. */
  readonly usesProxy?: boolean;
  /** Every address of a host name. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
  /** Asks; the network itself where it is absent. */
  readonly ask?: typeof ask;
}

/** Why there is no document, as a sentence about the address. */
export class WebDocumentError extends Error {
  override readonly name = "WebDocumentError";
}

/**
 * Reads the JSON document at an https address. Redirects are not followed, and the connection goes to
 * just the addresses that were looked at, unless a proxy makes it.
 * @throws {WebDocumentError}
 */
export async function readWebDocument(
  address: string,
  { limit, usesProxy = false, resolve = resolveHost, ask: request = ask }: WebDocumentOptions,
): Promise<WebDocument> {
  const url = URL.parse(address);
  if (url?.protocol !== "https:" || url.username !== "" || url.password !== "") {
    throw new WebDocumentError("is no https address without a password");
  }
  const addresses = await publicAddresses(url, resolve);
  if (addresses.length === 0 && !usesProxy) {
    throw new WebDocumentError("names a host that cannot be found");
  }
  const answer = await within(TIME_LIMIT, (signal) =>
    request(url, {
      addresses: usesProxy ? [] : addresses,
      signal,
      accept: "application/json, application/*+json;q=0.9",
      limit,
    }));
  return documentOf(answer);
}

function documentOf({ status, bytes, headers }: WebAnswer): WebDocument {
  if (status !== 200 || bytes === undefined) {
    throw new WebDocumentError(`answers with HTTP ${status} in place of 200`);
  }
  if (!/^application\/([\w.-]+\+)?json\b/i.test(headers?.get("content-type") ?? "")) {
    throw new WebDocumentError("answers with something else than application/json");
  }
  const value = parsedJson(new TextDecoder().decode(bytes));
  if (value === undefined) throw new WebDocumentError("answers with JSON that is not whole");
  return { value, freshSeconds: headers ? freshSeconds(headers) : undefined };
}

async function publicAddresses(
  { hostname }: URL,
  resolve: (hostname: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const host = hostname.replace(/^\[|\]$/g, "");
  const isAddress = host.includes(":") || /^\d+(\.\d+){3}$/.test(host);
  const addresses = isPrivateHost(host) ? [host] : isAddress ? [host] : await resolve(host);
  if (!addresses.some(isPrivateHost)) return addresses;
  throw new WebDocumentError("lies inside a private network or on this machine");
}

async function within(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<WebAnswer>,
): Promise<WebAnswer> {
  const signal = AbortSignal.timeout(milliseconds);
  try {
    return await work(signal);
  } catch (error) {
    if (error instanceof ImageError) throw new WebDocumentError("is too large");
    throw new WebDocumentError(
      signal.aborted
        ? `does not answer within ${milliseconds / 1000} seconds`
        : `cannot be fetched: ${messageOf(error).slice(0, 200)}`,
      { cause: error },
    );
  }
}

function freshSeconds(headers: Headers): number | undefined {
  const control = headers.get("cache-control") ?? "";
  if (/\bno-(store|cache)\b/i.test(control)) return 0;
  const [, seconds] = /\bmax-age="?(\d{1,9})/i.exec(control) ?? [];
  const age = Number(headers.get("age") ?? 0) || 0;
  return seconds === undefined ? undefined : Math.max(0, Number(seconds) - age);
}

/** In milliseconds; clients wait ten seconds for an answer that may need this one. */
const TIME_LIMIT = 5_000;
