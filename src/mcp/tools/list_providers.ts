import type { ImageProvider, OptionRule, ProviderDefinition } from "../../providers/provider.ts";
import { success } from "../result.ts";
import { LIST_PROVIDERS } from "../declarations/tools.ts";
import { defineTool } from "./tool.ts";

export const listProviders = defineTool({
  ...LIST_PROVIDERS,
  handle(_args, _context, dependencies) {
    const { definitions, on, off, found, mayLookForEngines } = dependencies.providers();
    const [first] = dependencies.imageService.settings.providers.on.keys();
    const providers = definitions.map((definition) => {
      const provider = on.get(definition.name);
      return provider ? describe(definition, provider) : absence(definition, off);
    });
    const engines = mayLookForEngines ? [NOT_LOOKED_YET] : found?.sentences;
    return Promise.resolve(success({
      providers,
      default_provider: first ?? null,
      ...engines ? { local_engines: engines } : {},
    }));
  },
});

const NOT_LOOKED_YET =
  "Nothing is configured: the first request for a picture looks for engines on this machine";

function describe({ name, title }: ProviderDefinition, provider: ImageProvider) {
  const can = provider.capabilities();
  return {
    name,
    title,
    on: true,
    models: provider.models,
    styles: mapValues(can.styles, ({ label }) => label),
    resolutions: can.sizes.listed,
    default_resolution: can.sizes.default,
    any_resolution: can.sizes.range ?? null,
    negative_prompt: true,
    seed: can.seed ?? null,
    options: mapValues(can.options, describeOption),
    max_prompt_length: can.maxPromptLength,
  };
}

function absence(
  { name, title }: ProviderDefinition,
  off: ReadonlyMap<string, readonly string[]>,
) {
  return { name, title, on: false, missing: off.get(name) ?? [] };
}

function describeOption(rule: OptionRule): string {
  return "values" in rule ? rule.values.join(", ") : `${rule.minimum} to ${rule.maximum}`;
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
