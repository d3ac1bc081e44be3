/** The addresses of the built-in authorization server, which is loaded with its first visitor. */

import { json } from "../answers.ts";
import type { HttpDependencies, IncomingRequest } from "../dependencies.ts";
import type { SignIn } from "../page/sign_in.ts";
import type { Route } from "../route.ts";
import type { AuthorizationHandlers } from "./handlers.ts";
import { authorizationServerMetadata, openIdConfiguration } from "./metadata.ts";

/**
 * None where there is no such server. They lie at the root: claude.ai opens /authorize, /token and
 * /register there whatever the metadata says (reports of 2026-07 and 2026-08).
 */
export function authorizationRoutes(
  { authorizationServer: server, page, settings, log, common, now }: HttpDependencies,
  signIn: SignIn,
): readonly Route[] {
  if (server === undefined) return [];
  const hasToken = settings.MCP_AUTH_TOKEN !== undefined || settings.MCP_OAUTH_ISSUER !== undefined;
  const { issuer } = server;
  let handlers: Promise<AuthorizationHandlers> | undefined;
  const answerOf = (part: keyof AuthorizationHandlers) => async (visit: IncomingRequest) => {
    handlers ??= import("./handlers.ts").then((each) =>
      each.createAuthorizationHandlers({ server, signIn, hasToken, log, common, now })
    );
    return await (await handlers)[part](visit);
  };
  const document = (path: string, value: unknown): Route => ({
    path,
    methods: ["GET", "HEAD"],
    access: "public",
    answer: () => json(value, 200, { "Cache-Control": "public, max-age=300" }),
  });
  const form = { methods: ["GET", "HEAD", "POST"], access: "link" as const };
  const endpoint = (path: string, part: keyof AuthorizationHandlers): Route => ({
    path,
    methods: ["POST"],
    access: "public",
    answer: answerOf(part),
    inItsForm,
  });
  const { pathname } = new URL(issuer);
  const metadata = authorizationServerMetadata(issuer);
  return [
    {
      path: "/authorize/page.css",
      methods: ["GET", "HEAD"],
      access: "public",
      answer: answerOf("style"),
    },
    { path: "/authorize", ...form, answer: answerOf("authorize") },
    ...page ? [{ path: "/sign_in", ...form, answer: answerOf("enter") }] : [],
    endpoint("/token", "token"),
    endpoint("/register", "register"),
    endpoint("/revoke", "revoke"),
    document("/.well-known/oauth-authorization-server", metadata),
    ...pathname === "/"
      ? []
      : [document(`/.well-known/oauth-authorization-server${pathname}`, metadata)],
    document("/.well-known/openid-configuration", openIdConfiguration(issuer)),
    {
      path: "/.well-known/jwks.json",
      methods: ["GET", "HEAD"],
      access: "public",
      answer: answerOf("publicKeys"),
    },
  ];
}

/** What is refused before it is looked at: too many requests, a wrong method, a server that stops. */
async function inItsForm(refused: Response): Promise<Response> {
  if (refused.ok) return refused; // a browser only asks for leave
  const { error } = await refused.json();
  const code = refused.status === 405 ? "invalid_request" : "temporarily_unavailable";
  const { status, headers } = refused;
  return new Response(JSON.stringify({ error: code, error_description: error.message }), {
    status,
    headers,
  });
}
