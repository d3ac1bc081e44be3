/** The studio page: its document, its script and style, who may see it, and its data. */

import { createHash } from "node:crypto";
import { json, pageAnswer } from "../answers.ts";
import type { HttpDependencies, IncomingRequest } from "../dependencies.ts";
import { createRateLimits } from "../limits/rate_limit.ts";
import { readUpload } from "../uploads/body.ts";
import { languageOf } from "../uploads/texts.ts";
import { createPageData } from "./data.ts";
import type { ServerDependencies } from "../../mcp/dependencies.ts";
import { pageDocument, type PageParts, type WaysIn } from "./document.ts";
import { unpack } from "../../images/svg/packed.ts";
import script from "./page_script.txt" with { type: "text" };
import style from "./page_style.css" with { type: "text" };
import type { SignIn } from "./sign_in.ts";

export interface PageHandlers {
  /** The page at "/", which holds no data; `?key=` signs in with a key that works once. People with a password are asked for it first. */
  document(visit: IncomingRequest): Promise<Response>;
  /** What follows "/page/": a part of the page, or signing in and out. */
  part(visit: IncomingRequest, name: string): Promise<Response>;
  /** What follows "/page/data/", for somebody who has signed in. */
  data(visit: IncomingRequest, path: string): Promise<Response>;
}

/** The handlers of one server. */
export function createPageHandlers(
  dependencies: HttpDependencies,
  page: ServerDependencies,
  signIn: SignIn,
): PageHandlers {
  const { settings, uploads, oneTimeKey, authorizationServer } = dependencies;
  const waysIn = waysInOf(dependencies);
  const guess = createRateLimits(dependencies)({ of: "page tokens", most: MOST_GUESSES });
  const answerData = createPageData(page, uploads, readUpload);
  // A page with a key of its own is for this machine alone, whatever else is published.
  const isPublishedSafely = !oneTimeKey &&
    (settings.MCP_PUBLIC_BASE_URL?.startsWith("https:") ?? false);
  const isSecure = (url: URL) => url.protocol === "https:" || isPublishedSafely;

  async function document({ request, url }: IncomingRequest): Promise<Response> {
    const key = url.searchParams.get("key");
    if (key !== null) {
      const cookie = signIn.enter(key, isSecure(url));
      const headers = { Location: "./", "Cache-Control": "no-store", ...cookieHeader(cookie) };
      return new Response(null, { status: 303, headers });
    }
    const mayHavePassword = authorizationServer && !url.searchParams.has("token");
    if (mayHavePassword && await signIn.visitorOf(request) === undefined) {
      const headers = { Location: "sign_in", "Cache-Control": "no-store" };
      return new Response(null, { status: 303, headers });
    }
    const language = languageOf(request, url);
    const html = request.method === "HEAD" ? null : pageDocument(language, PARTS, waysIn);
    return pageAnswer(html, { language, policy: POLICY, vary: "Accept-Language" });
  }

  async function part(visit: IncomingRequest, name: string): Promise<Response> {
    const { request, url } = visit;
    if (request.method === "POST") {
      if (name === "sign_in") return await enter(visit);
      if (name === "sign_out") return json({}, 200, cookieHeader(signIn.leave()));
    } else if (Object.hasOwn(ASSETS, name)) {
      return await asset(request, url, name);
    }
    return json({ error: { code: "not_found", message: "The page has no such part" } }, 404);
  }

  async function enter({ request, url, address }: IncomingRequest): Promise<Response> {
    const wait = await guess(address);
    if (wait > 0) return problem("guesses", 429, { "Retry-After": String(wait) });
    const token = (await textOf(request))?.trim() ?? "";
    const cookie = signIn.enter(token, isSecure(url)) ??
      await signIn.enterWithAccessToken(token, isSecure(url));
    return cookie ? json({}, 200, cookieHeader(cookie)) : problem("token", 403);
  }

  async function data(visit: IncomingRequest, path: string): Promise<Response> {
    const response = await answerData(visit, path);
    response.headers.set("Cross-Origin-Resource-Policy", "same-origin");
    response.headers.set("X-Content-Type-Options", "nosniff");
    return response;
  }

  return { document, part, data };
}

/** A page with a key of its own opens with that alone. */
function waysInOf(
  { settings, oneTimeKey, authorizationServer, issuers = [] }: HttpDependencies,
): WaysIn {
  const hasKey = oneTimeKey !== undefined;
  const others = issuers.filter((each) => each !== authorizationServer?.accessTokens);
  return {
    hasToken: !hasKey && settings.MCP_AUTH_TOKEN !== undefined,
    hasKey,
    hasPassword: authorizationServer !== undefined,
    issuers: others.map(({ issuer }) => issuer),
  };
}

/** A token as the body of a request; undefined where it is longer than any. */
async function textOf(request: Request): Promise<string | undefined> {
  const bytes = await readUpload(request, TOKEN_TIME);
  return typeof bytes === "string" || bytes.length > LONGEST_TOKEN
    ? undefined
    : new TextDecoder().decode(bytes);
}

function cookieHeader(cookie: string | undefined): Record<string, string> {
  return cookie === undefined ? {} : { "Set-Cookie": cookie };
}

function problem(code: keyof typeof MESSAGES, status: number, headers = {}): Response {
  return json({ error: { code, message: MESSAGES[code] } }, status, headers);
}

const MESSAGES = {
  token: "That opens nothing here: it is wrong, or has ended",
  guesses: "Too many tokens were tried; wait a minute",
} as const;

/** Compressed at its first use, and kept: it never changes while the server runs. */
async function asset(request: Request, url: URL, name: string): Promise<Response> {
  const { type, read, version } = ASSETS[name]!;
  const isNamedExactly = url.search === `?${version}`;
  const isCompressed = /\bgzip\b/.test(request.headers.get("accept-encoding") ?? "");
  const body = isCompressed ? await (compressed[name] ??= gzip(await read())) : await read();
  return new Response(request.method === "HEAD" ? null : body, {
    headers: {
      "Content-Type": type,
      "Cache-Control": isNamedExactly ? FOR_EVER : "no-cache",
      "Cross-Origin-Resource-Policy": "same-origin",
      "Vary": "Accept-Encoding",
      "X-Content-Type-Options": "nosniff",
      ...isCompressed ? { "Content-Encoding": "gzip" } : {},
    },
  });
}

const compressed: Record<string, Promise<Uint8Array<ArrayBuffer>>> = {};

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return await new Response(stream).bytes();
}

interface Asset {
  readonly type: string;
  readonly read: () => Promise<string>;
  /** Another one where it reads otherwise. */
  readonly version: string;
}

function versionOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 12);
}

const ASSETS: Readonly<Record<string, Asset>> = {
  "page.js": {
    type: "text/javascript; charset=utf-8",
    read: async () => new TextDecoder().decode(await unpack(script)),
    version: versionOf(script),
  },
  "page.css": {
    type: "text/css; charset=utf-8",
    read: () => Promise.resolve(style),
    version: versionOf(style),
  },
};

const addressOf = (name: string) => `page/${name}?${ASSETS[name]!.version}`;
const PARTS: PageParts = { script: addressOf("page.js"), style: addressOf("page.css") };

/** Nothing but the page's own script and style, the server's pictures and those not sent yet. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
  "img-src 'self' blob: data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

const FOR_EVER = "public, max-age=31536000, immutable";
/** Of one address, in a minute. */
const MOST_GUESSES = 20;
const LONGEST_TOKEN = 16_384;
/** In milliseconds. */
const TOKEN_TIME = 10_000;
