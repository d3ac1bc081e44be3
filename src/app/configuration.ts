/** Everything there is to configure, read at once with every mistake in it. */

import { LIVE_SETTINGS } from "../config/live_settings.ts";
import { readSettings, serverVariables, type Settings } from "../config/settings.ts";
import { type EnvFiles, findEnvFiles, type Runtime } from "../config/env_files.ts";
import { type EnvironmentSnapshot, readEnvironment } from "../config/environment.ts";
import { placeholderMessage, whyUnset } from "../config/notices.ts";
import type { Env, Problem, Variables } from "../config/variables.ts";
import { nearest, oneOf } from "../errors.ts";
import type { EnginesFound } from "../providers/local_engines.ts";
import {
  namingVariables,
  type OpenedProviders,
  openProviders,
  providersIn,
  variablesOf,
} from "../providers/registry.ts";
import { resolveHost } from "../providers/resolve.ts";
import { vendorFetch } from "../providers/vendor_fetch.ts";
import { engineProblems, engineSearch } from "./engine_search.ts";
import { imageStoreProblems } from "./image_stores.ts";

export interface Configuration {
  readonly settings: Settings;
  readonly snapshot: EnvironmentSnapshot;
  readonly providers: OpenedProviders;
  /** Every mistake found; a server starts only without any. */
  readonly problems: readonly Problem[];
  /** Where nothing is configured: what engines on this machine make of that; looks once. */
  readonly lookForEngines?: () => Promise<OpenedProviders>;
}

/**
 * Reads everything there is to configure, and collects every mistake. The .env files are read now
 * unless they are given as `files`.
 */
export function loadConfiguration(
  runtime: Runtime,
  commandLine: Env,
  { preferFile = false, files }: {
    readonly preferFile?: boolean;
    readonly files?: EnvFiles;
  } = {},
): Configuration {
  const problems: Problem[] = [];
  const found = files ?? findEnvFiles(commandLine, runtime);
  const read = (names: readonly string[], problems: Problem[]) =>
    readEnvironment(names, commandLine, runtime, problems, {
      preferFile: new Set(preferFile ? names.filter(isLive) : []),
      files: found,
    });
  // Variables may name providers, and these have variables of their own.
  const { env } = read(Object.keys(namingVariables), []);
  const ofProviders = Object.keys(variablesOf(providersIn(env)));
  const snapshot = read([...Object.keys(serverVariables), ...ofProviders], problems);
  const settings = readSettings(snapshot.env, problems);
  const outside = { fetch: vendorFetch, now: Date.now, resolve: resolveHost };
  const openOptions = {
    enablePlaceholder: settings.MCP_ENABLE_PLACEHOLDER,
    toPlaceholder: whyUnset(snapshot, new Set(ofProviders)),
  };
  const providers = openProviders(snapshot.env, outside, problems, openOptions);
  problems.push(...providerNameProblems(settings, snapshot.env, providers));
  problems.push(...engineProblems(settings, snapshot.env));
  problems.push(...tokenProblems(settings, snapshot));
  problems.push(...imageStoreProblems(settings, snapshot));
  const open = (found: EnginesFound) =>
    openProviders(snapshot.env, outside, [], { ...openOptions, found });
  return {
    settings,
    snapshot,
    providers,
    problems,
    lookForEngines: engineSearch(settings, providers, open),
  };
}

/** Whether a variable may change while the server runs: all but most of the server's own. */
function isLive(name: string): boolean {
  return !(name in serverVariables) || (LIVE_SETTINGS as readonly string[]).includes(name);
}

/** Every value that must never be shown, the parts of lists among them. */
export function secretsOf({ snapshot: { env }, providers }: Configuration): readonly string[] {
  const tables: Variables = { ...serverVariables, ...variablesOf(providers.definitions) };
  return Object.entries(tables)
    .filter(([, variable]) => variable.secret)
    .flatMap(([name]) => env.get(name)?.value ?? [])
    .flatMap((value) => [value, ...secretsWithin(value)]);
}

/** The password of an address, or the values of a list. */
function secretsWithin(value: string): readonly string[] {
  const password = URL.parse(value)?.password;
  if (password) return [password, decodeURIComponent(password)];
  return value.split(",").map((item) => item.split("=").at(-1)!.trim());
}

function providerNameProblems(
  settings: Settings,
  env: Env,
  { definitions, on, off }: OpenedProviders,
): readonly Problem[] {
  const known = definitions.map(({ name }) => name);
  const problems: Problem[] = [];
  const check = (variable: string, name: string, mustBeOn: boolean) => {
    const source = env.get(variable)?.source;
    const missing = off.get(name.toLowerCase());
    if (!known.includes(name.toLowerCase())) {
      const guess = nearest(name, known);
      const hint = guess ? `; did you mean '${guess}'?` : "";
      const message = `${variable} must name ${oneOf(known)}, current value is '${name}'${hint}`;
      problems.push({ variable, message: `${message} (from ${source})` });
    } else if (mustBeOn && missing && !on.has(name.toLowerCase())) {
      const message = `${variable} is '${name}', which is not configured: set ${
        missing.join(", ")
      }`;
      problems.push({ variable, message: `${message} (from ${source})` });
    }
  };
  const { MCP_DEFAULT_PROVIDER: chosen, MCP_PROVIDER_ORDER: order } = settings;
  if (chosen && chosen.toLowerCase() !== "auto") check("MCP_DEFAULT_PROVIDER", chosen, true);
  for (const name of order) check("MCP_PROVIDER_ORDER", name, false);
  return problems;
}

/** Whoever wrote a token or a provider of identities down, if only an example's, does not mean to let everybody in. */
function tokenProblems(
  { MCP_TRANSPORT }: Settings,
  { placeholders }: EnvironmentSnapshot,
): readonly Problem[] {
  if (MCP_TRANSPORT !== "http") return [];
  return placeholders.flatMap((placeholder) => {
    const { name: variable } = placeholder;
    const instead = INSTEAD[variable];
    return instead ? [{ variable, message: `${placeholderMessage(placeholder)}: ${instead}` }] : [];
  });
}

const INSTEAD: Readonly<Record<string, string>> = {
  MCP_AUTH_TOKEN: "give it a token of your own, or leave it out to ask for none",
  MCP_OAUTH_ISSUER: "name your identity provider, or leave it out to have nobody sign in",
  MCP_USERS: "make an entry with 'user add NAME', or leave it out to have nobody sign in",
};
