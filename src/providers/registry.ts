/** The list of providers, and which of them are switched on. */

import type { Env, Problem, Variables } from "../config/variables.ts";
import { comfyui } from "./comfyui/provider.ts";
import { doubao } from "./doubao/provider.ts";
import { flux } from "./flux/provider.ts";
import { gemini } from "./gemini/provider.ts";
import { hunyuan } from "./hunyuan/provider.ts";
import { openai } from "./openai/provider.ts";
import { definePlaceholder } from "./placeholder/provider.ts";
import { qwen } from "./qwen/provider.ts";
import { stability } from "./stability/provider.ts";
import type { ImageProvider, ProviderDefinition, ProviderDependencies } from "./provider.ts";

/** The vendors, in the order in which the first that is on becomes the default. */
const VENDORS: readonly ProviderDefinition[] = [
  hunyuan,
  openai,
  doubao,
  flux,
  stability,
  gemini,
  qwen,
  comfyui,
];

const placeholder = definePlaceholder(howToEnableVendors);

/** Every provider there is; adding one is its file and its name here. */
export const PROVIDERS: readonly ProviderDefinition[] = [...VENDORS, placeholder];

/** Every variable of every provider, by name. */
export const providerVariables: Variables = Object.assign(
  {},
  ...PROVIDERS.map(({ variables }) => variables),
);

export interface OpenedProviders {
  /** By name, in the registry's order. */
  readonly on: ReadonlyMap<string, ImageProvider>;
  /** Names that are off, with what each is missing. */
  readonly off: ReadonlyMap<string, readonly string[]>;
  /** Sentences for the start-up log. */
  readonly warnings: readonly string[];
}

/**
 * Opens every provider that has what it needs. The placeholder is on when
 * `enablePlaceholder` says so, or when it is undefined and nothing else is on; `whyUnset` then
 * tells whoever gets its pictures why what they set does not count.
 */
export function openProviders(
  env: Env,
  outside: ProviderDependencies,
  enablePlaceholder: boolean | undefined,
  problems: Problem[],
  whyUnset: readonly string[] = [],
): OpenedProviders {
  const on = new Map<string, ImageProvider>();
  const off = new Map<string, readonly string[]>();
  const warnings: string[] = [];
  const open = (definition: ProviderDefinition, more: readonly string[] = []) => {
    const opened = definition.open(env, outside, problems);
    if (!opened.on) return off.set(definition.name, opened.missing);
    on.set(definition.name, withWarnings(opened.provider, more));
    warnings.push(...opened.warnings);
  };
  for (const vendor of VENDORS) open(vendor);
  if (enablePlaceholder ?? on.size === 0) open(placeholder, whyUnset);
  else off.set(placeholder.name, ["MCP_ENABLE_PLACEHOLDER=true"]);
  return { on, off, warnings };
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

/** "THIS_KEY for One Vendor; THAT_KEY for Another": the variables that switch each vendor on. */
export function howToEnableVendors(): string {
  return VENDORS.map(({ title, open }) => {
    const opened = open(new Map(), { fetch, now: Date.now }, []);
    return `${opened.on ? "" : opened.missing.join(" or ")} for ${title}`;
  }).join("; ");
}
