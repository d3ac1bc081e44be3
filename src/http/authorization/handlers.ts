/** Answers people and clients at the addresses of the authorization server. */

import { RefusedRequest } from "../../authorization/authorization_request.ts";
import type { AuthorizationServer } from "../../authorization/authorization_server.ts";
import { OAuthError, type OAuthErrorCode } from "../../authorization/oauth_error.ts";
import type { Logger } from "../../log.ts";
import { json } from "../answers.ts";
import type { HttpDependencies, IncomingRequest } from "../dependencies.ts";
import type { SignIn } from "../page/sign_in.ts";
import { createRateLimits } from "../limits/rate_limit.ts";
import { languageOf } from "../uploads/texts.ts";
import frame from "../uploads/page_style.css" with { type: "text" };
import { readForm, readJson } from "./body.ts";
import { createLogin } from "./login.ts";
import {
  consentPage,
  type Filled,
  onwardPage,
  type PageContext,
  problemPage,
  signInPage,
} from "./page.ts";
import style from "./page_style.css" with { type: "text" };
import { type Problem, PROBLEMS } from "./texts.ts";

export interface AuthorizationHandlers {
  /** The page that asks the person, and what the person answers there. */
  authorize(visit: IncomingRequest): Promise<Response>;
  /** Where somebody signs in to the page of pictures. */
  enter(visit: IncomingRequest): Promise<Response>;
  style(visit: IncomingRequest): Response;
  token(visit: IncomingRequest): Promise<Response>;
  register(visit: IncomingRequest): Promise<Response>;
  revoke(visit: IncomingRequest): Promise<Response>;
  publicKeys(): Promise<Response>;
}

export interface AuthorizationHandlersOptions extends Pick<HttpDependencies, "common" | "now"> {
  readonly server: AuthorizationServer;
  /** Makes cookies for the page of pictures. */
  readonly signIn: Pick<SignIn, "enterAs">;
  /** Whether there are tokens that open it, too. */
  readonly hasToken: boolean;
  readonly log: Logger;
}

/** The handlers of one server. */
export function createAuthorizationHandlers(
  { server, signIn, hasToken, log, common, now }: AuthorizationHandlersOptions,
): AuthorizationHandlers {
  const limit = createRateLimits({ common, now });
  const login = createLogin(server, { log, limit });
  const registrationOf = limit({ of: "registrations", most: MOST_REGISTRATIONS });

  async function authorize({ request, url, address }: IncomingRequest): Promise<Response> {
    const parameters = url.searchParams;
    const context: PageContext = { language: languageOf(request, url), parameters };
    try {
      const asked = await server.readRequest(parameters);
      if (request.method !== "POST") return asPage(consentPage(context, asked), 200, request);
      const form = await readForm(request);
      if (form.get("decision") === "deny") {
        return asPage(onwardPage(context, server.deny(asked)), 200, request);
      }
      const person = await login(form, address);
      const again = (problem: Problem) => {
        const filled = { problem, name: form.get("name") ?? "" };
        return asPage(consentPage(context, asked, filled), PROBLEMS[problem], request);
      };
      if (typeof person === "string") return again(person);
      const redirect = await server.allow(asked, person);
      if (redirect === undefined) return again("scope");
      log.info("client let in", { client: asked.client.id, user: person.name });
      return asPage(onwardPage(context, redirect), 200, request);
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      const back = error instanceof RefusedRequest ? server.tell(error) : undefined;
      const problem = back === undefined ? "client" : "request";
      const page = problemPage(context, problem, error.message, back);
      return asPage(page, PROBLEMS[problem], request);
    }
  }

  async function enter({ request, url, address }: IncomingRequest): Promise<Response> {
    const context = { language: languageOf(request, url), parameters: url.searchParams };
    const filled = (filled: Filled, status: number) =>
      asPage(signInPage(context, { filled, hasToken }), status, request);
    if (request.method !== "POST") return filled({}, 200);
    const form = await readForm(request).catch(() => new URLSearchParams());
    const person = await login(form, address);
    if (typeof person === "string") {
      return filled({ problem: person, name: form.get("name") ?? "" }, PROBLEMS[person]);
    }
    const cookie = signIn.enterAs(person, server.issuer.startsWith("https:")) ?? "";
    const headers = { "Location": "./", "Set-Cookie": cookie, "Cache-Control": "no-store" };
    return new Response(null, { status: 303, headers });
  }

  async function register({ request, address }: IncomingRequest): Promise<Response> {
    const wait = await registrationOf(address);
    if (wait > 0) {
      const error = new OAuthError("temporarily_unavailable", `Register again in ${wait} s`);
      return refusalOf(error, { "Retry-After": String(wait) });
    }
    return await answering(async () => json(await server.register(await readJson(request)), 201));
  }

  return {
    authorize,
    enter,
    register,
    style: ({ request }) => asset(request),
    token: ({ request }) =>
      answering(async () => json(await server.token(await readForm(request)), 200, NO_CACHE)),
    revoke: ({ request }) =>
      answering(async () => {
        await server.revoke(await readForm(request));
        return json({});
      }),
    async publicKeys() {
      return json(await server.publicKeys(), 200, { "Cache-Control": "public, max-age=300" });
    },
  };
}

async function answering(work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return refusalOf(error);
  }
}

/** A refusal as clients read one (RFC 6749, 5.2). */
function refusalOf(
  { code, message }: Pick<OAuthError, "code" | "message">,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const status = STATUSES[code] ?? 400;
  return json({ error: code, error_description: message }, status, { ...NO_CACHE, ...headers });
}

/** Clients register again where theirs is unknown, for which Claude waits for just this status. */
const STATUSES: Readonly<Partial<Record<OAuthErrorCode, number>>> = {
  invalid_client: 401,
  temporarily_unavailable: 503,
};

/** The page is not kept apart from its opener: a client may have opened it, and waits to hear of the end. */
function asPage(html: string, status: number, { method }: Request): Response {
  return new Response(method === "HEAD" ? null : html, {
    status,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": POLICY,
      "X-Frame-Options": "DENY",
      "Cache-Control": "no-store",
      "Cross-Origin-Resource-Policy": "same-origin",
      // Without any, browsers hide from this page's own form where it comes from.
      "Referrer-Policy": "same-origin",
      "Vary": "Accept-Language",
      "X-Content-Type-Options": "nosniff",
    },
  });
}

function asset({ method }: Request): Response {
  return new Response(method === "HEAD" ? null : `${frame}${style}`, {
    headers: {
      "Content-Type": "text/css; charset=utf-8",
      "Cache-Control": "public, max-age=300",
      "Cross-Origin-Resource-Policy": "same-origin",
      "X-Content-Type-Options": "nosniff",
    },
  });
}

/** No script, nothing of others, in no frame; its form goes here alone. */
const POLICY = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; " +
  "base-uri 'none'; frame-ancestors 'none'";
const NO_CACHE = { "Pragma": "no-cache" };

/** Of one address, in a minute. */
const MOST_REGISTRATIONS = 60;
