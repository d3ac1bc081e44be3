/** The list of providers, and which of them are switched on. */

import { SETTINGS_FILE } from "../errors.ts";
import type { Env, EnvValue, Problem, Variables } from "../config/variables.ts";
import { comfyui } from "./comfyui/provider.ts";
import { doubao } from "./doubao/provider.ts";
import { fal } from "./fal/provider.ts";
import { flux } from "./flux/provider.ts";
import { gemini } from "./gemini/provider.ts";
import { hunyuan } from "./hunyuan/provider.ts";
import { openai } from "./openai/provider.ts";
import { definePlaceholder } from "./placeholder/provider.ts";
import { qwen } from "./qwen/provider.ts";
import { replicate } from "./replicate/provider.ts";
import { sdwebui } from "./sdwebui/provider.ts";
import { stability } from "./stability/provider.ts";
import type { EngineOfProvider, EngineSettings, EnginesFound } from "./local_engines.ts";
import type {
  ImageProvider,
  OpenedProvider,
  ProviderDefinition,
  ProviderDependencies,
} from "./provider.ts";
import { fetchAt } from "./vendor_fetch.ts";

/** The vendors, in the order in which the first that is on becomes the default. */
const VENDORS: readonly ProviderDefinition[] = [
  hunyuan,
  openai,
  doubao,
  flux,
  stability,
  gemini,
  qwen,
  fal,
  replicate,
  sdwebui,
  comfyui,
];

const placeholder = definePlaceholder(howToEnableOne);

/** Every provider there is; adding one is its file and its name here. */
export const PROVIDERS: readonly ProviderDefinition[] = [...VENDORS, placeholder];

/** Every engine that may be found on this machine, in the order of their providers. */
export const LOCAL_ENGINES: readonly EngineOfProvider[] = VENDORS.flatMap((
  { name, localEngines },
) => localEngines.map((engine) => ({ provider: name, engine })));

/** Every variable of every provider, by name. */
export const providerVariables: Variables = variablesOf(PROVIDERS);

/** The variables that may name further providers, and those that are read with them. */
export const namingVariables: Variables = variablesOf(PROVIDERS.filter(({ further }) => further));

/** Every variable of some providers, by name. */
export function variablesOf(definitions: readonly ProviderDefinition[]): Variables {
  return Object.assign({}, ...definitions.map(({ variables }) => variables));
}

/**
 * Every provider there is and those that `env` names beside them, the placeholder last; a name or
 * a variable that is taken is a problem.
 */
export function providersIn(env: Env, problems: Problem[] = []): readonly ProviderDefinition[] {
  const definitions = [...VENDORS];
  for (const { further } of VENDORS) {
    for (const named of further?.definitions(env) ?? []) {
      const taken = takenBy(named, [...definitions, placeholder]);
      if (taken === undefined) definitions.push(named);
      else problems.push(takenName(further!.variable, named.name, taken, env));
    }
  }
  return [...definitions, placeholder];
}

/** What of a provider another one has already, as the end of a sentence. */
function takenBy(
  { name, variables }: ProviderDefinition,
  others: readonly ProviderDefinition[],
): string | undefined {
  if (name === EVERY_PROVIDER || others.some((other) => other.name === name)) {
    return "which is another provider's name";
  }
  const shared = Object.keys(variables).find((variable) =>
    others.some((other) => variable in other.variables)
  );
  return shared && `whose variable ${shared} another provider has`;
}

/** The word that leaves the choice of a provider to the server. */
const EVERY_PROVIDER = "auto";

function takenName(variable: string, name: string, taken: string, env: Env): Problem {
  const source = env.get(variable)?.source;
  const message = `${variable} names '${name}', ${taken}: choose another name (from ${source})`;
  return { variable, source, message };
}

export interface OpenedProviders {
  /** All of them, in the registry's order. */
  readonly definitions: readonly ProviderDefinition[];
  /** By name, in the registry's order. */
  readonly on: ReadonlyMap<string, ImageProvider>;
  /** Names that are off, with what each is missing. */
  readonly off: ReadonlyMap<string, readonly string[]>;
  /** Sentences for the start-up log. */
  readonly warnings: readonly string[];
  /** What a look for engines on this machine brought; absent where nobody has looked. */
  readonly found?: EnginesFound;
}

export interface OpenOptions {
  /** Whether the placeholder is on; undefined: when nothing else is. */
  readonly enablePlaceholder?: boolean;
  /** What whoever gets a placeholder should know, such as why what they set does not count. */
  readonly toPlaceholder?: readonly string[];
  /** Engines of this machine; absent where nobody has looked for any. */
  readonly found?: EnginesFound;
}

/** Opens every provider that has what it needs, or an engine that was found. */
export function openProviders(
  env: Env,
  outside: ProviderDependencies,
  problems: Problem[],
  { enablePlaceholder, toPlaceholder = [], found }: OpenOptions = {},
): OpenedProviders {
  const on = new Map<string, ImageProvider>();
  const off = new Map<string, readonly string[]>();
  const warnings: string[] = [];
  const open = (definition: ProviderDefinition, more: readonly string[] = []) => {
    const engine = found?.engines.get(definition.name);
    const opened = engine
      ? openWithEngine(definition, engine, env, outside)
      : definition.open(env, outside, problems);
    if (!opened.on) return off.set(definition.name, opened.missing);
    on.set(definition.name, withWarnings(opened.provider, more));
    warnings.push(...opened.warnings);
  };
  const definitions = providersIn(env, problems);
  for (const definition of definitions) if (definition !== placeholder) open(definition);
  if (enablePlaceholder ?? on.size === 0) {
    open(placeholder, [...toPlaceholder, ...found?.advice ?? []]);
  } else off.set(placeholder.name, ["MCP_ENABLE_PLACEHOLDER=true"]);
  return { definitions, on, off, warnings, found };
}

/** Whether anybody but the placeholder draws. */
export function isAnyVendorOn({ on }: OpenedProviders): boolean {
  return [...on.keys()].some((name) => name !== placeholder.name);
}

/** A provider with the settings of an engine, which it reaches past every proxy. */
function openWithEngine(
  { open }: ProviderDefinition,
  { url, settings }: EngineSettings,
  env: Env,
  outside: ProviderDependencies,
): OpenedProvider {
  const source = `the engine found at ${url}`;
  const entries = Object.entries(settings)
    .map(([name, value]): [string, EnvValue] => [name, { value, source }]);
  return open(new Map([...env, ...entries]), { ...outside, fetch: fetchAt(url) }, []);
}

/** The same provider, saying more with every picture. */
function withWarnings(provider: ImageProvider, more: readonly string[]): ImageProvider {
  if (more.length === 0) return provider;
  return {
    ...provider,
    async generate(request, context) {
      const result = await provider.generate(request, context);
      return { ...result, warnings: [...result.warnings, ...more] };
    },
  };
}

/** One key for example, and where it goes: short, since it comes with every placeholder. */
function howToEnableOne(): string {
  const example = VENDORS.flatMap(missingOf).find((missing) => /^\w+$/.test(missing));
  return `a key like ${example} in ${SETTINGS_FILE} and reload_config`;
}

/** "THIS_KEY for One Vendor; THAT_KEY for Another": the variables that switch each vendor on. */
export function howToEnableVendors(): string {
  return VENDORS.map((vendor) => `${missingOf(vendor).join(" or ")} for ${vendor.title}`).join(
    "; ",
  );
}

/** What a vendor needs of a person who has set nothing. */
function missingOf({ open }: ProviderDefinition): readonly string[] {
  const opened = open(new Map(), { fetch, now: Date.now }, []);
  return opened.on ? [] : opened.missing;
}
