/** Where settings come from: the command line, the process environment and .env files. */

import { type EnvFiles, findEnvFiles, type Runtime, type UnreadableFile } from "./env_files.ts";
import { type Placeholder, placeholderKind } from "./placeholders.ts";
import { trustNeeded } from "./trust.ts";
import { type UnknownName, unknownNames } from "./unknown_names.ts";
import type { Env, EnvValue, Problem } from "./variables.ts";

export interface EnvironmentSnapshot {
  readonly env: Env;
  /** The .env file that was read and is trusted like its owner, if one was. */
  readonly envFile?: string;
  /** The .env file of a folder that a client chose, if there was one. */
  readonly foreignFile?: string;
  /** What stands in that file and does not count, since anybody may have written it. */
  readonly leftOut: readonly string[];
  /** Every place a .env file was looked for, in order. */
  readonly searched: readonly string[];
  /** The places where a file may be and could not be read. */
  readonly unreadable: readonly UnreadableFile[];
  /** What a server that a client starts here would leave out of `envFile`. */
  readonly leftOutForClients: readonly string[];
  /** The lines of `envFile`, else of `foreignFile`, counted from 1, that mean nothing. */
  readonly oddLines: readonly number[];
  /** Variables that count as unset because of what they hold. */
  readonly placeholders: readonly Placeholder[];
  /** Names that look like this server's and are not. */
  readonly unknown: readonly UnknownName[];
}

export interface EnvironmentOptions {
  /** Variables for which the trusted file wins over the process environment. */
  readonly preferFile?: ReadonlySet<string>;
  /** What `findEnvFiles` found; read now where it is absent. */
  readonly files?: EnvFiles;
}

/**
 * Takes one snapshot of all `names`: the command line over the process environment over the
 * trusted .env file, and last what a folder's own file may say.
 */
export function readEnvironment(
  names: Iterable<string>,
  commandLine: Env,
  runtime: Runtime,
  problems: Problem[],
  { preferFile = new Set(), files = findEnvFiles(commandLine, runtime) }: EnvironmentOptions = {},
): EnvironmentSnapshot {
  const { own, foreign, searched, unreadable } = files;
  problems.push(...files.problems);
  const known = [...names];
  const env = new Map<string, EnvValue>();
  const placeholders: Placeholder[] = [];
  for (const name of known) {
    const inProcess = { value: runtime.environment(name), source: ENVIRONMENT };
    const inFile = { value: own?.values[name], source: own?.path ?? "" };
    const order = preferFile.has(name) ? [inFile, inProcess] : [inProcess, inFile];
    const inFolder = trustNeeded(name) === "folder"
      ? [{ value: foreign?.values[name], source: foreign?.path ?? "" }]
      : [];
    const given = [commandLine.get(name), ...order, ...inFolder].filter(isGiven);
    const found = given.find(({ value }) => placeholderKind(name, value) === undefined);
    if (found) env.set(name, found);
    else if (given[0]) placeholders.push(placeholderOf(name, given[0]));
  }
  const personal = known.filter((name) => trustNeeded(name) === "person");
  return {
    env,
    envFile: own?.path,
    foreignFile: foreign?.path,
    leftOut: personal.filter((name) => isMeant(name, foreign)),
    searched,
    unreadable,
    leftOutForClients: files.isOfFolder ? personal.filter((name) => isMeant(name, own)) : [],
    oddLines: (own ?? foreign)?.oddLines ?? [],
    placeholders,
    // Looked for when asked, since choosing the transport comes before the first answer.
    get unknown() {
      const unset = known.filter((name) => !env.has(name));
      return unknownNames(known, unset, [
        ...[own, foreign].filter((file) => file !== undefined)
          .map(({ path, values }) => ({ source: path, names: Object.keys(values), isOurs: true })),
        { source: ENVIRONMENT, names: runtime.names(), isOurs: false },
      ]);
    },
  };
}

/** Empty values count as unset. */
function isGiven(found: { readonly value?: string } | undefined): found is EnvValue {
  return found?.value !== undefined && found.value.trim() !== "";
}

/** Whether a file holds a value of its own for a variable. */
function isMeant(name: string, file: EnvFiles["foreign"]): boolean {
  const value = file?.values[name];
  return isGiven({ value }) && placeholderKind(name, value!) === undefined;
}

function placeholderOf(name: string, { value, source }: EnvValue): Placeholder {
  return { name, source, kind: placeholderKind(name, value)! };
}

/** The source of values of the process environment. */
const ENVIRONMENT = "the environment";
