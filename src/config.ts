/**
 * The server's own settings: where they come from, what they may be, and every
 * mistake in them at once. Providers declare theirs in their own files.
 */

import { posix, win32 } from "node:path";
import { type EnvFile, parseEnvFile } from "./env_file.ts";
import { messageOf } from "./errors.ts";
import { LOG_LEVELS } from "./log.ts";
import { type UnknownName, unknownNames } from "./unknown_names.ts";
import {
  address,
  choice,
  type Env,
  type EnvValue,
  flag,
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
  MCP_IMAGE_RECORD_TTL: integer("Seconds an image_id stays known; files are never deleted", {
    default: 86_400,
    minimum: 1,
    maximum: 100 * YEAR,
  }),
  MCP_GET_IMAGE_DATA_MAX_BYTES: integer("The largest file get_image_data returns, in bytes", {
    default: 10_485_760,
    minimum: 1,
    maximum: GIGABYTE,
  }),
  MCP_INLINE_IMAGE: choice(
    "Whether results carry the picture itself: as fits the result limit, always, or never",
    ["auto", "always", "never"],
    { default: "auto" },
  ),
  MCP_MAX_RESULT_BYTES: integer(
    "The largest generate_image result, in bytes; clients drop more than 1 MiB",
    {
      default: 900_000,
      minimum: 20_000,
      maximum: GIGABYTE,
    },
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
  MCP_MAX_BODY_BYTES: integer("HTTP: the largest request body, in bytes", {
    default: 16_777_216,
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

/** Server settings that reload_config may change while the server runs; every provider's variables may, too. */
export const LIVE_SETTINGS: readonly (keyof Settings)[] = [
  "MCP_DEFAULT_PROVIDER",
  "MCP_ENABLE_PLACEHOLDER",
  "MCP_PROVIDER_ORDER",
  "MCP_FAILOVER",
  "MCP_PROVIDER_TIMEOUT",
  "MCP_IMAGE_RECORD_TTL",
  "MCP_GET_IMAGE_DATA_MAX_BYTES",
  "MCP_INLINE_IMAGE",
  "MCP_MAX_RESULT_BYTES",
  "MCP_MAX_WAIT",
  "MCP_DEDUPE",
  "MCP_PUBLIC_BASE_URL",
];

/** The outside world as configuration needs it. */
export interface Surroundings {
  /** A variable of the process environment, or undefined where it is unset or may not be read. */
  readonly environment: (name: string) => string | undefined;
  /** Every name in the process environment; empty where they may not be listed. */
  readonly names: () => readonly string[];
  readonly workingDirectory: string;
  readonly os: typeof Deno.build.os;
  readonly readTextFile: (path: string) => string;
  /** Whether files can be made in a folder. */
  readonly isWritable: (folder: string) => boolean;
}

export interface EnvironmentSnapshot {
  readonly env: Env;
  /** The .env file that was read, if one was. */
  readonly envFile?: string;
  /** Every place a .env file was looked for, in order. */
  readonly searched: readonly string[];
  /** The places where a file may be and could not be read. */
  readonly unreadable: readonly UnreadableFile[];
  /** The lines of the file, counted from 1, that mean nothing. */
  readonly oddLines: readonly number[];
  /** Variables that count as unset because of what they hold. */
  readonly placeholders: readonly Placeholder[];
  /** Names that look like this server's and are not. */
  readonly unknown: readonly UnknownName[];
}

export interface UnreadableFile {
  readonly path: string;
  readonly reason: string;
  /** Whether this process may not even look, so that nobody knows whether there is a file. */
  readonly isForbidden: boolean;
}

export interface Placeholder {
  readonly name: string;
  readonly source: string;
  /** What `.env.example` shows, or a reference such as ${env:NAME} that a client did not resolve. */
  readonly kind: PlaceholderKind;
}

export type PlaceholderKind = "example" | "reference";

/**
 * Takes one snapshot of all `names`: the command line over the process
 * environment over the first .env file found. With `preferFile` the file wins
 * over the process environment for those names.
 */
export function readEnvironment(
  names: Iterable<string>,
  commandLine: Env,
  surroundings: Surroundings,
  problems: Problem[],
  preferFile: ReadonlySet<string> = new Set(),
): EnvironmentSnapshot {
  const named = commandLine.get("MCP_ENV_FILE")?.value ?? surroundings.environment("MCP_ENV_FILE");
  const searched = named ? [named] : envFilePlaces(surroundings);
  const { file, unreadable } = readFirst(searched, surroundings, named !== undefined, problems);
  const known = [...names];
  const env = new Map<string, EnvValue>();
  const placeholders: Placeholder[] = [];
  for (const name of known) {
    const inProcess = { value: surroundings.environment(name), source: ENVIRONMENT };
    const inFile = { value: file?.values[name], source: file?.path ?? "" };
    const order = preferFile.has(name) ? [inFile, inProcess] : [inProcess, inFile];
    const given = [commandLine.get(name), ...order].filter(isGiven);
    const found = given.find(({ value }) => placeholderKind(value) === undefined);
    if (found) env.set(name, found);
    else if (given[0]) placeholders.push(placeholder(name, given[0]));
  }
  const { path: envFile, oddLines = [] } = file ?? {};
  return {
    env,
    envFile,
    searched,
    unreadable,
    oddLines,
    placeholders,
    // Looked for when asked, since choosing the transport comes before the first answer.
    get unknown() {
      const unset = known.filter((name) => !env.has(name));
      return unknownNames(known, unset, [
        { source: file?.path ?? "", names: Object.keys(file?.values ?? {}), isOurs: true },
        { source: ENVIRONMENT, names: surroundings.names(), isOurs: false },
      ]);
    },
  };
}

/** Reads the server's settings out of a snapshot; mistakes are added to `problems`. */
export function readSettings(env: Env, problems: Problem[]): Settings {
  const settings = readVariables(serverVariables, env, problems);
  return settings.MCP_DEBUG ? { ...settings, MCP_LOG_LEVEL: "debug" } : settings;
}

/** The server's settings alone, without a look at providers or mistakes: enough to choose the transport. */
export function readServerSettings(commandLine: Env, surroundings: Surroundings): Settings {
  const names = Object.keys(serverVariables);
  return readSettings(readEnvironment(names, commandLine, surroundings, []).env, []);
}

/** The user's folder for configuration files of this server, or undefined without a home. */
export function userConfigDirectory(
  { environment, os }: Pick<Surroundings, "environment" | "os">,
): string | undefined {
  const home = homeDirectory({ environment });
  const folders = {
    windows: environment("APPDATA") || (home && join(os, home, "AppData", "Roaming")),
    darwin: home && join(os, home, "Library", "Application Support"),
    other: environment("XDG_CONFIG_HOME") || (home && join(os, home, ".config")),
  };
  const folder = os === "windows" || os === "darwin" ? folders[os] : folders.other;
  return folder && join(os, folder, "mcp-image-server");
}

/** The user's home folder, if the environment names one. */
export function homeDirectory(
  { environment }: Pick<Surroundings, "environment">,
): string | undefined {
  return environment("HOME") || environment("USERPROFILE") || undefined;
}

function envFilePlaces(surroundings: Surroundings): readonly string[] {
  const folders = [surroundings.workingDirectory, userConfigDirectory(surroundings)];
  return folders.flatMap((folder) => folder ? [join(surroundings.os, folder, ".env")] : []);
}

function readFirst(
  paths: readonly string[],
  { readTextFile }: Surroundings,
  isNamed: boolean,
  problems: Problem[],
): { readonly file?: EnvFile; readonly unreadable: readonly UnreadableFile[] } {
  const unreadable: UnreadableFile[] = [];
  for (const path of paths) {
    try {
      return { file: parseEnvFile(path, readTextFile(path)), unreadable };
    } catch (error) {
      if (!isNamed && isAbsent(error)) continue;
      const isForbidden = error instanceof Deno.errors.NotCapable;
      if (!isNamed) unreadable.push({ path, reason: messageOf(error), isForbidden });
      else problems.push(unreadableProblem(path, error));
    }
  }
  return { unreadable };
}

function unreadableProblem(path: string, error: unknown): Problem {
  const message = `Cannot read the .env file '${path}': ${messageOf(error)}`;
  return { variable: "MCP_ENV_FILE", message };
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

/** Empty values count as unset. */
function isGiven(found: { readonly value?: string } | undefined): found is EnvValue {
  return found?.value !== undefined && found.value.trim() !== "";
}

function placeholder(name: string, { value, source }: EnvValue): Placeholder {
  return { name, source, kind: placeholderKind(value)! };
}

/** Such values count as unset; undefined for any other. */
function placeholderKind(value: string): PlaceholderKind | undefined {
  return PLACEHOLDERS.find(({ sign }) => sign.test(value.trim()))?.kind;
}

const PLACEHOLDERS: readonly { readonly sign: RegExp; readonly kind: PlaceholderKind }[] = [
  { sign: /^your_[a-z_]+$/, kind: "example" },
  { sign: /^\$\{.*\}$/, kind: "reference" },
];

/** The source of values of the process environment. */
const ENVIRONMENT = "the environment";

function join(os: Surroundings["os"], ...parts: readonly string[]): string {
  return (os === "windows" ? win32 : posix).join(...parts);
}
