/** Which .env files there are to read, and how far each is trusted. */

import { messageOf } from "../errors.ts";
import { type EnvFile, parseEnvFile } from "./env_file.ts";
import { placeholderKind } from "./placeholders.ts";
import type { Env, Problem } from "./variables.ts";

/** The outside world as configuration needs it. */
export interface Runtime {
  /** A variable of the process environment, or undefined where it is unset or may not be read. */
  readonly environment: (name: string) => string | undefined;
  /** Every name in the process environment; empty where they may not be listed. */
  readonly names: () => readonly string[];
  readonly workingDirectory: string;
  readonly os: typeof Deno.build.os;
  /** Where nobody named the path it must be a plain file: a pipe would be waited for without end. */
  readonly readTextFile: (path: string, isNamed: boolean) => string;
  /** Whether files can be made in a folder. */
  readonly isWritable: (folder: string) => boolean;
  /** Whether a client chose the working directory, and no person who knows what lies there. */
  readonly isStartedByClient?: boolean;
}

export interface UnreadableFile {
  readonly path: string;
  readonly reason: string;
  /** Whether this process may not even look, so that nobody knows whether there is a file. */
  readonly isForbidden: boolean;
}

export interface EnvFiles {
  /** The one that a person named, or keeps where only they write. */
  readonly own?: EnvFile;
  /** The one in a working directory that a client chose: anybody may have written it. */
  readonly foreign?: EnvFile;
  /** Whether `own` lies in the working directory and was not named. */
  readonly isOfFolder: boolean;
  /** Every place that was looked at, in order. */
  readonly searched: readonly string[];
  /** The places where a file may be and could not be read. */
  readonly unreadable: readonly UnreadableFile[];
  readonly problems: readonly Problem[];
}

/** Reads the .env files, each once. */
export function findEnvFiles(commandLine: Env, runtime: Runtime): EnvFiles {
  const named = commandLine.get("MCP_ENV_FILE")?.value ?? runtime.environment("MCP_ENV_FILE");
  if (named && placeholderKind("MCP_ENV_FILE", named) === undefined) {
    return readNamed(named, runtime);
  }
  const { folder, personal } = placesOf(runtime);
  const looked = new Look(runtime);
  if (!runtime.isStartedByClient) {
    const here = looked.at(folder);
    return looked.found({ own: here ?? looked.at(personal), isOfFolder: here !== undefined });
  }
  const own = looked.at(personal);
  // A transport that a person chose is no client's: the service was set up in that folder.
  const transport = commandLine.get("MCP_TRANSPORT")?.value ??
    runtime.environment("MCP_TRANSPORT") ?? own?.values.MCP_TRANSPORT;
  const isOwnFolder = transport?.trim().toLowerCase() === "http";
  const here = looked.at(folder);
  return isOwnFolder
    ? looked.found({ own: here ?? own, isOfFolder: here !== undefined })
    : looked.found({ own, foreign: here, isOfFolder: false });
}

/** Where .env files lie when none is named. */
export function placesOf(
  runtime: Runtime,
): { readonly folder: string; readonly personal: string | undefined } {
  const personal = userConfigDirectory(runtime);
  return {
    folder: joinPath(runtime.os, runtime.workingDirectory, ".env"),
    personal: personal && joinPath(runtime.os, personal, ".env"),
  };
}

/** The user's folder for configuration files of this server, or undefined without a home. */
export function userConfigDirectory(
  { environment, os }: Pick<Runtime, "environment" | "os">,
): string | undefined {
  const home = homeDirectory({ environment });
  const folders = {
    windows: environment("APPDATA") || (home && joinPath(os, home, "AppData", "Roaming")),
    darwin: home && joinPath(os, home, "Library", "Application Support"),
    other: environment("XDG_CONFIG_HOME") || (home && joinPath(os, home, ".config")),
  };
  const folder = os === "windows" || os === "darwin" ? folders[os] : folders.other;
  return folder && joinPath(os, folder, "mcp-image-server");
}

/** The user's home folder, if the environment names one. */
export function homeDirectory(
  { environment }: Pick<Runtime, "environment">,
): string | undefined {
  return environment("HOME") || environment("USERPROFILE") || undefined;
}

/** A search for files that need not be there. */
class Look {
  readonly searched: string[] = [];
  readonly unreadable: UnreadableFile[] = [];
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  found(files: Pick<EnvFiles, "own" | "foreign" | "isOfFolder">): EnvFiles {
    return { ...files, searched: this.searched, unreadable: this.unreadable, problems: [] };
  }

  at(path: string | undefined): EnvFile | undefined {
    if (path === undefined) return undefined;
    this.searched.push(path);
    try {
      return parseEnvFile(path, this.#runtime.readTextFile(path, false));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      const isForbidden = error instanceof Deno.errors.NotCapable;
      this.unreadable.push({ path, reason: messageOf(error), isForbidden });
    }
  }
}

function readNamed(path: string, { readTextFile }: Runtime): EnvFiles {
  const looked = { isOfFolder: false, searched: [path], unreadable: [] };
  try {
    return { own: parseEnvFile(path, readTextFile(path, true)), problems: [], ...looked };
  } catch (error) {
    const message = `Cannot read the .env file '${path}': ${messageOf(error)}`;
    return { problems: [{ variable: "MCP_ENV_FILE", message }], ...looked };
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

/** By hand, since `node:path` would load Node's half of Deno before the first answer. */
/** By hand, since `node:path` would load Node's half of Deno before the first answers. */
export function joinPath(os: Runtime["os"], folder: string, ...names: readonly string[]): string {
  const { separator, atEnd } = os === "windows" ? WINDOWS : POSIX;
  return [folder.replace(atEnd, ""), ...names].join(separator);
}

const WINDOWS = { separator: "\\", atEnd: /[\\/]+$/ };
const POSIX = { separator: "/", atEnd: /\/+$/ };
