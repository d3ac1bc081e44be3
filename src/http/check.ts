import type { Settings } from "../config/settings.ts";
import { someOf } from "../errors.ts";
import type { Problem } from "../config/variables.ts";
import { isSafeAddress } from "../authorization/remote_issuer.ts";
import { hostnameOf, isLoopback } from "./hosts.ts";
import { parseOriginPattern } from "./origins.ts";
import { hasSignIn, isGuarded, parseTokens } from "../config/tokens.ts";
import { parseUsers } from "../config/users.ts";

/** Every mistake in the HTTP settings that a single variable's own rule cannot see. */
export function checkHttpSettings(settings: Settings): Problem[] {
  return [
    ...checkTokens(settings),
    ...checkReach(settings),
    ...checkUsers(settings),
    ...checkAdmins(settings),
    ...checkSignIn(settings),
    ...checkEach(
      "MCP_ALLOWED_ORIGINS",
      settings.MCP_ALLOWED_ORIGINS,
      (origin) => parseOriginPattern(origin) !== undefined,
      "whole origins such as 'https://example.com' or 'https://*.example.com', or '*' for all",
    ),
    ...checkEach(
      "MCP_ALLOWED_HOSTS",
      settings.MCP_ALLOWED_HOSTS,
      (host) => hostnameOf(host) !== undefined && !host.includes("*"),
      "host names such as 'images.example.com', without a scheme or path",
    ),
  ];
}

function checkTokens({ MCP_AUTH_TOKEN }: Settings): Problem[] {
  if (parseTokens(MCP_AUTH_TOKEN) !== undefined) return [];
  return [{
    variable: "MCP_AUTH_TOKEN",
    message: "MCP_AUTH_TOKEN must be one token, or several as name=token,name=token with " +
      "different names; tokens are visible ASCII characters without spaces",
  }];
}

function checkUsers({ MCP_USERS, MCP_PUBLIC_BASE_URL: address }: Settings): Problem[] {
  if (MCP_USERS === undefined) return [];
  const problems = [];
  if (parseUsers(MCP_USERS) === undefined) {
    problems.push({
      variable: "MCP_USERS",
      message: "MCP_USERS must be name=hash,name=hash with different names, each as " +
        "'mcp-image-server user add NAME' prints it",
    });
  }
  if (address !== undefined && !isSafeAddress(address)) {
    problems.push({
      variable: "MCP_PUBLIC_BASE_URL",
      message: `MCP_PUBLIC_BASE_URL must begin with https, or name this machine, for people to ` +
        `sign in with a password: at '${address}' it could be read on its way`,
    });
  }
  return problems;
}

function checkAdmins({ MCP_ADMINS, MCP_AUTH_TOKEN, MCP_USERS }: Settings): Problem[] {
  const people = [...parseTokens(MCP_AUTH_TOKEN) ?? [], ...parseUsers(MCP_USERS) ?? []];
  const names = people.map(({ name }) => name);
  const unknown = MCP_ADMINS.filter((name) => !names.includes(name));
  if (unknown.length === 0) return [];
  const message = "MCP_ADMINS must hold names of MCP_AUTH_TOKEN or MCP_USERS; found " +
    someOf(unknown);
  return [{ variable: "MCP_ADMINS", message }];
}

/** An access token is for one address, which clients must be told. */
function checkSignIn(settings: Settings): Problem[] {
  const { MCP_OAUTH_ISSUER: issuer, MCP_OAUTH_AUDIENCE: audience } = settings;
  const { MCP_PUBLIC_BASE_URL: address } = settings;
  const problem = (variable: string, message: string) => ({ variable, message });
  return [
    ...issuer !== undefined && !isSafeAddress(issuer)
      ? [
        problem(
          "MCP_OAUTH_ISSUER",
          `MCP_OAUTH_ISSUER must begin with https, or name this machine: ` +
            `'${issuer}' could be changed on its way`,
        ),
      ]
      : [],
    ...hasSignIn(settings) && address === undefined
      ? [problem(
        "MCP_PUBLIC_BASE_URL",
        "MCP_PUBLIC_BASE_URL must be set for people to sign in, " +
          "since their access tokens are for that address",
      )]
      : [],
    ...issuer === undefined && audience.length > 0
      ? [
        problem(
          "MCP_OAUTH_AUDIENCE",
          "MCP_OAUTH_AUDIENCE is of use with MCP_OAUTH_ISSUER alone: " +
            "set that, or leave it out",
        ),
      ]
      : [],
  ];
}

function checkReach(settings: Settings): Problem[] {
  const { MCP_HOST, MCP_ALLOW_UNAUTHENTICATED } = settings;
  if (isLoopback(MCP_HOST) || isGuarded(settings) || MCP_ALLOW_UNAUTHENTICATED) return [];
  return [{
    variable: "MCP_AUTH_TOKEN",
    message: `MCP_AUTH_TOKEN must be set to listen on '${MCP_HOST}', where other machines can ` +
      "spend your credits, or MCP_OAUTH_ISSUER or MCP_USERS for people to sign in; or set " +
      "MCP_ALLOW_UNAUTHENTICATED=true to let everybody in",
  }];
}

/** What works and deserves a word in the log at start. */
export function httpWarnings(settings: Settings): readonly string[] {
  const { MCP_PUBLIC_BASE_URL: address, MCP_ALLOWED_HOSTS: hosts } = settings;
  const { MCP_ALLOW_UNAUTHENTICATED } = settings;
  const published = [address && new URL(address).hostname, ...hosts]
    .filter((host) => host !== undefined && !isLoopback(host));
  if (published.length === 0 || isGuarded(settings) || MCP_ALLOW_UNAUTHENTICATED) return [];
  return [
    `Everybody who reaches ${
      published.join(", ")
    } can spend your credits: set MCP_AUTH_TOKEN, or ` +
    "MCP_ALLOW_UNAUTHENTICATED=true where that is meant",
  ];
}

function checkEach(
  variable: string,
  values: readonly string[],
  isLegal: (value: string) => boolean,
  legal: string,
): Problem[] {
  const illegal = values.filter((value) => !isLegal(value));
  if (illegal.length === 0) return [];
  return [{ variable, message: `${variable} must hold ${legal}; found ${someOf(illegal)}` }];
}
