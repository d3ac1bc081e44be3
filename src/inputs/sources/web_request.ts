/** One GET, to addresses that were looked at before. */

import { readBody } from "../../providers/read_body.ts";
import { withReceiveLimit } from "../../providers/receive_limit.ts";
import { VERSION } from "../../version.ts";
import { MAX_INPUT_BYTES } from "../picture_source.ts";

export interface WebAnswer {
  readonly status: number;
  /** Where else to ask, as the answer has it. */
  readonly location?: string;
  /** The body of a good answer. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** How long a good answer may be kept, and what it is, as its headers say. */
  readonly headers?: Headers;
}

export interface WebRequestOptions {
  /** The only ones to connect to; where there are none, the system or a proxy finds out. */
  readonly addresses: readonly string[];
  readonly signal: AbortSignal;
  /** What is wanted, as the Accept header says it; a picture where it is absent. */
  readonly accept?: string;
  /** The most bytes of a body. */
  readonly limit?: number;
}

/** @throws {ImageError} where the body is longer than `limit`; whatever the connection throws. */
export async function ask(
  url: URL,
  { addresses, signal, accept = PICTURE, limit = MAX_INPUT_BYTES }: WebRequestOptions,
): Promise<WebAnswer> {
  const headers = { ...HEADERS, accept };
  const isPinned = addresses.length > 0 && addresses.every((address) => mayConnect(address, url));
  const response = isPinned
    ? await askAt(addresses, url, signal, headers)
    : await fetch(url, { headers, redirect: "manual", signal });
  if (!response.ok) {
    await response.body?.cancel();
    return {
      status: response.status,
      location: response.headers.get("location") ?? undefined,
    };
  }
  const limits = { title: url.host, limit };
  const bytes = await withReceiveLimit(() => readBody(unpacked(response), limits));
  return { status: response.status, bytes: bytes.slice(), headers: response.headers };
}

/** Where only names of hosts were allowed (--allow-net), no address of theirs may be connected to. */
function mayConnect(address: string, { protocol, port }: URL): boolean {
  const literal = address.includes(":") ? `[${address}]` : address;
  const host = `${literal}:${port || (protocol === "https:" ? 443 : 80)}`;
  return Deno.permissions.querySync({ name: "net", host }).state === "granted";
}

/** As `fetch`, but that no name is looked up again: what it leads to may change meanwhile. */
async function askAt(
  addresses: readonly string[],
  url: URL,
  signal: AbortSignal,
  asked: Readonly<Record<string, string>>,
): Promise<Response> {
  const { get } = url.protocol === "https:"
    ? await import("node:https")
    : await import("node:http");
  const { Readable } = await import("node:stream");
  const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  const lookup: LookupFunction = (_name, { all }, done) =>
    all ? done(null, found) : done(null, found[0]!.address, found[0]!.family);
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  get(url, { lookup, signal, headers: asked, agent: false }, (answer) => {
    const status = answer.statusCode ?? 0;
    const headers = new Headers();
    for (const name of KEPT_HEADERS) {
      if (answer.headers[name] !== undefined) headers.set(name, answer.headers[name]);
    }
    const isGood = status >= 200 && status < 300 && status !== 204;
    if (!isGood) answer.destroy();
    const body = isGood ? Readable.toWeb(answer) as ReadableStream<Uint8Array> : null;
    resolve(new Response(body, { status: status < 200 ? 502 : status, headers }));
  }).on("error", (error) => reject(signal.aborted ? signal.reason : error));
  return await promise;
}

type LookupFunction = import("node:net").LookupFunction;

/** Some pack although nobody asked for it; `fetch` has taken it apart already, and says so no more. */
function unpacked(response: Response): Response {
  const encoding = response.headers.get("content-encoding");
  if (response.body === null || (encoding !== "gzip" && encoding !== "deflate")) return response;
  return new Response(response.body.pipeThrough(new DecompressionStream(encoding)));
}

/** Some hosts answer nobody who does not say who asks. */
const HEADERS = {
  "accept-encoding": "identity",
  "user-agent": `mcp-image-server/${VERSION}`,
};

const PICTURE = "image/png, image/jpeg, image/webp, image/*;q=0.8";
const KEPT_HEADERS = [
  "location",
  "content-encoding",
  "content-type",
  "cache-control",
  "age",
] as const;
