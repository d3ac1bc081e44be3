/** Where settings come from: the command line, the process environment and a .env file. */

import { type EnvFile, parseEnvFile } from "./env_file.ts";
import { messageOf } from "../errors.ts";
import { type UnknownName, unknownNames } from "./unknown_names.ts";
import type { Env, EnvValue, Problem } from "./variables.ts";

/** The outside world as configuration needs it. */
export interface Runtime {
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
  runtime: Runtime,
  problems: Problem[],
  preferFile: ReadonlySet<string> = new Set(),
): EnvironmentSnapshot {
  const named = commandLine.get("MCP_ENV_FILE")?.value ?? runtime.environment("MCP_ENV_FILE");
  const searched = named ? [named] : envFilePlaces(runtime);
  const { file, unreadable } = readFirst(searched, runtime, named !== undefined, problems);
  const known = [...names];
  const env = new Map<string, EnvValue>();
  const placeholders: Placeholder[] = [];
  for (const name of known) {
    const inProcess = { value: runtime.environment(name), source: ENVIRONMENT };
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
        { source: ENVIRONMENT, names: runtime.names(), isOurs: false },
      ]);
    },
  };
}

/** The user's folder for configuration files of this server, or undefined without a home. */
export function userConfigDirectory(
  { environment, os }: Pick<Runtime, "environment" | "os">,
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
  { environment }: Pick<Runtime, "environment">,
): string | undefined {
  return environment("HOME") || environment("USERPROFILE") || undefined;
}

function envFilePlaces(runtime: Runtime): readonly string[] {
  const folders = [runtime.workingDirectory, userConfigDirectory(runtime)];
  return folders.flatMap((folder) => folder ? [join(runtime.os, folder, ".env")] : []);
}

function readFirst(
  paths: readonly string[],
  { readTextFile }: Runtime,
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

/** By hand, since `node:path` would load Node's half of Deno before the first answer. */
function join(os: Runtime["os"], folder: string, ...names: readonly string[]): string {
  const { separator, atEnd } = os === "windows" ? WINDOWS : POSIX;
  return [folder.replace(atEnd, ""), ...names].join(separator);
}

const WINDOWS = { separator: "\\", atEnd: /[\\/]+$/ };
const POSIX = { separator: "/", atEnd: /\/+$/ };
