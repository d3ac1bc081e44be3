/**
 * The server's own settings: what they may be, and every mistake in them at once. Providers
 * declare theirs in their own files.
 */

import { findEnvFiles, type Runtime } from "./env_files.ts";
import { readEnvironment } from "./environment.ts";
import { LOG_LEVELS } from "../log.ts";
import { storeVariables } from "./store_variables.ts";
import {
  address,
  choice,
  choices,
  type Env,
  flag,
  identifier,
  integer,
  list,
  type Problem,
  readVariables,
  secret,
  text,
  type Values,
} from "./variables.ts";

const YEAR = 31_536_000;
const GIGABYTE = 1_073_741_824;

/** Groups of tools. */
const TOOLSETS = ["essential", "library", "batch", "exchange", "training"] as const;

export type Toolset = (typeof TOOLSETS)[number];

/** Those that are shown where nobody says which. */
export const SHOWN_TOOLSETS: readonly Toolset[] = ["essential", "library", "batch"];

export const serverVariables = {
  MCP_TRANSPORT: choice("How clients connect", ["stdio", "http"], { default: "stdio" }),
  MCP_ENV_FILE: text("The .env file to read instead of the ones looked for", {
    example: "/path/to/.env",
  }),

  MCP_DEFAULT_PROVIDER: text(
    "The provider used when a request names none; unset: the first that is on",
    {
      example: "hunyuan",
    },
  ),
  MCP_ENABLE_PLACEHOLDER: flag(
    "Whether the placeholder provider is on; unset: only when no other provider is",
  ),
  MCP_LOCAL_ENGINES: list(
    "Engines on this machine that draw when no provider is configured: auto (looked for at their " +
      "usual ports with the first request), off, or only those at name=http://127.0.0.1:PORT",
    { default: ["auto"], example: "sdwebui=http://127.0.0.1:7861" },
  ),
  MCP_PROVIDER_ORDER: list("The order in which other providers are tried when the first is down", {
    example: "hunyuan,doubao,openai",
  }),
  MCP_FAILOVER: flag("Try the next provider when the chosen one is down and none was named", {
    default: true,
  }),
  MCP_PROVIDER_TIMEOUT: integer("Seconds one picture may take at a vendor", {
    default: 300,
    minimum: 1,
    maximum: 3600,
  }),

  MCP_IMAGE_SAVE_DIR: text(
    "Where pictures and their records are kept; unset: generated_images in the working " +
      "directory, or in the home folder where that is / or not writable",
    { example: "/path/to/pictures" },
  ),
  MCP_SHARE_PICTURES: flag(
    "Let other users of this machine read the pictures; records stay private",
    { default: false },
  ),
  ...storeVariables,
  MCP_EMBED_METADATA: choice(
    "What is written into pictures when they are stored: full (prompt, model, seed and the IPTC's " +
      "mark of AI-made media), mark (that mark alone) or off",
    ["full", "mark", "off"],
    { default: "full" },
  ),
  MCP_SAVE_AS_DIRS: list(
    "stdio: the folders in which save_as may put a copy of a picture; unset: in none",
    { example: "~/Pictures,~/project/assets" },
  ),
  MCP_GET_IMAGE_DATA_MAX_BYTES: integer("The largest file get_image_data returns, in bytes", {
    default: 10_485_760,
    minimum: 1,
    maximum: GIGABYTE,
  }),
  MCP_INLINE_IMAGE: choice(
    "Whether results carry the picture itself: as fits the result limit, always where clients take " +
      "it (1 MiB), or never",
    ["auto", "always", "never"],
    { default: "auto" },
  ),
  MCP_RESULT_STYLE: choice(
    "What carries a picture's data: text and picture blocks alone, structured content beside them, or as the client is known to need it",
    ["auto", "blocks", "structured"],
    { default: "auto" },
  ),
  MCP_MAX_RESULT_BYTES: integer(
    "The largest result, in bytes; clients drop more than 1 MiB",
    {
      default: 900_000,
      minimum: 20_000,
      maximum: GIGABYTE,
    },
  ),

  MCP_INPUT_DIRS: list(
    "HTTP: folders whose pictures clients may name by their path; unset: none",
    { example: "/srv/pictures" },
  ),
  MCP_INPUT_HOSTS: list(
    "Hosts from which pictures are fetched over plain http, too, and inside your network if the " +
      "name or address lies there",
    { example: "intranet.example.com" },
  ),

  MCP_TOOLSETS: choices(
    "Groups of tools that clients are shown; the others can be called all the same",
    TOOLSETS,
    { default: SHOWN_TOOLSETS },
  ),

  MCP_MAX_WAIT: integer(
    "Seconds a call waits before it answers with a job id; 0: until the picture is there",
    {
      default: 50,
      minimum: 0,
      maximum: 3600,
    },
  ),
  MCP_DEDUPE: flag("Let a repeated request take over the running job whose caller has gone", {
    default: true,
  }),
  MCP_MAX_CONCURRENT: integer("Generations that run at once", {
    default: 8,
    minimum: 1,
    maximum: 1000,
  }),
  MCP_MAX_QUEUE: integer("Generations that wait for their turn before new ones are turned away", {
    default: 100,
    minimum: 0,
    maximum: 100_000,
  }),
  MCP_IMAGE_WORKERS: integer(
    "Pictures that are shrunk or converted at once; 0: as many as the processor has cores",
    { default: 0, minimum: 0, maximum: 64 },
  ),
  MCP_SHUTDOWN_GRACE: integer(
    "Seconds running generations may take to finish when the server stops",
    {
      default: 30,
      minimum: 0,
      maximum: 3600,
    },
  ),

  MCP_HOST: text("HTTP: the address to listen on", { default: "127.0.0.1" }),
  MCP_PORT: integer("HTTP: the port to listen on; 0 picks a free one", {
    default: 8000,
    minimum: 0,
    maximum: 65_535,
  }),
  MCP_PUBLIC_BASE_URL: address(
    "HTTP: the address clients reach this server at, for picture links",
    {
      example: "https://images.example.com",
    },
  ),
  MCP_AUTH_TOKEN: secret(
    "HTTP: the bearer token clients must send, or several as name=token,name=token",
    {
      example: "your_auth_token",
    },
  ),
  MCP_ADMINS: list(
    "HTTP: the names in MCP_AUTH_TOKEN and MCP_USERS who may reload the configuration and read /metrics; with one token and no sign-in, or one user, everybody",
    { example: "ann" },
  ),
  MCP_OAUTH_ISSUER: identifier(
    "HTTP: the identity provider whose access tokens are good here, to the letter as its metadata " +
      "names it; needs MCP_PUBLIC_BASE_URL",
    { example: "https://id.example.com/realms/main" },
  ),
  MCP_OAUTH_AUDIENCE: list(
    "HTTP: what its access tokens must be for (aud), one of these; unset: MCP_PUBLIC_BASE_URL " +
      "with /mcp behind it",
    { example: "https://images.example.com/mcp" },
  ),
  MCP_USERS: secret(
    "HTTP: who signs in at this server itself, as name=hash,name=hash; 'user add NAME' makes an " +
      "entry; needs MCP_PUBLIC_BASE_URL",
    { example: "your_users" },
  ),
  MCP_ALLOW_UNAUTHENTICATED: flag("HTTP: allow listening beyond this machine without a token", {
    default: false,
  }),
  MCP_ALLOWED_HOSTS: list("HTTP: further Host names accepted on a loopback address", {
    example: "images.example.com",
  }),
  MCP_ALLOWED_ORIGINS: list(
    "HTTP: browser origins accepted; unset: the server's own and loopback ones; * in a host matches one or more labels",
    { example: "https://*.example.com" },
  ),
  MCP_ENABLE_SESSIONS: flag("HTTP: keep sessions for clients of 2025-11-25 and older", {
    default: true,
  }),
  MCP_SESSION_TIMEOUT: integer("HTTP: seconds until an idle session ends", {
    default: 3600,
    minimum: 1,
    maximum: YEAR,
  }),
  MCP_SESSION_CLEANUP_INTERVAL: integer("HTTP: seconds between looks for idle sessions", {
    default: 300,
    minimum: 1,
    maximum: 86_400,
  }),
  MCP_MAX_SESSIONS: integer("HTTP: sessions kept at once", {
    default: 1000,
    minimum: 1,
    maximum: 1_000_000,
  }),
  MCP_ENABLE_SSE: flag("HTTP: offer the event stream on GET", { default: true }),
  MCP_SSE_KEEPALIVE: integer("HTTP: seconds between the comments that keep event streams alive", {
    default: 15,
    minimum: 1,
    maximum: 3600,
  }),
  MCP_MAX_BODY_BYTES: integer("HTTP: the largest request body without pictures, in bytes", {
    default: 1_048_576,
    minimum: 1024,
    maximum: GIGABYTE,
  }),
  MCP_REQUEST_TIMEOUT: integer("HTTP: seconds a request body may take to arrive", {
    default: 30,
    minimum: 1,
    maximum: 3600,
  }),
  MCP_RATE_LIMIT: integer(
    "HTTP: requests a minute per token, or per address without one; 0: no limit",
    {
      default: 0,
      minimum: 0,
      maximum: 1_000_000,
    },
  ),
  MCP_PRIVATE_IMAGES: flag("HTTP: ask for the token at /images/ too", { default: false }),
  MCP_EXPOSE_LOCAL_PATH: flag("HTTP: tell clients the path of a picture on this machine", {
    default: false,
  }),

  MCP_LOG_LEVEL: choice("The least important events that are logged on stderr", LOG_LEVELS, {
    default: "info",
  }),
  MCP_LOG_FORMAT: choice("How log lines are written", ["text", "json"], { default: "text" }),
  MCP_DEBUG: flag("The same as MCP_LOG_LEVEL=debug", { default: false }),
};

/** The server's settings, by the name of their variable. */
export type Settings = Values<typeof serverVariables>;

/** How long the id of a picture stays known, in seconds. */
export function recordSeconds({ MCP_IMAGE_RECORD_TTL: seconds }: Settings): number {
  return seconds === 0 ? Infinity : seconds;
}

/** Reads the server's settings out of a snapshot; mistakes are added to `problems`. */
export function readSettings(env: Env, problems: Problem[]): Settings {
  const settings = readVariables(serverVariables, env, problems);
  return settings.MCP_DEBUG ? { ...settings, MCP_LOG_LEVEL: "debug" } : settings;
}

/** The server's settings alone, without a look at providers or mistakes: enough to choose the transport. */
export function readServerSettings(
  commandLine: Env,
  runtime: Runtime,
  files = findEnvFiles(commandLine, runtime),
): Settings {
  const names = Object.keys(serverVariables);
  return readSettings(readEnvironment(names, commandLine, runtime, [], { files }).env, []);
}
