import { SETTINGS_FILE } from "../../errors.ts";
import type { CallToolResult } from "../../dependencies/mcp_server.ts";
import type { ServerDependencies } from "../dependencies.ts";
import type {
  Capabilities,
  ImageProvider,
  OptionRule,
  ProviderDefinition,
} from "../../providers/provider.ts";
import type { Trainer } from "../../providers/training.ts";
import { offeredOptions } from "../../requests/conversion.ts";
import { ownerOf } from "../caller.ts";
import { byteLength, success } from "../results/result.ts";
import { LIST_PROVIDERS } from "../declarations/tools.ts";
import { hiddenTools, shownHere } from "../shown_tools.ts";
import { defineTool } from "./tool.ts";

export const listProviders = defineTool({
  ...LIST_PROVIDERS,
  async handle(_args, context, dependencies) {
    const shown = shownHere(dependencies);
    // Where nobody draws with any, the records need not be asked for them.
    const trained = shown.trains ? await trainedModels(ownerOf(context), dependencies) : "";
    const { definitions, on, off, found, mayLookForEngines } = dependencies.providers();
    const facts = on.values().flatMap((each) => [each.models, each.capabilities()]);
    const { MCP_MAX_RESULT_BYTES: limit } = dependencies.settings();
    const file = dependencies.settingsFile();
    const known = [definitions, on, off, found, mayLookForEngines, file, limit];
    const madeOf = [...known, trained, ...Object.values(shown), ...facts];
    if (!isSame(madeOf, last?.madeOf)) {
      last = { madeOf, result: fittingAnswer(dependencies, trained, hiddenTools(shown)) };
    }
    return last!.result;
  },
});

/** The newest answer, which is the next one as long as nothing that it is made of has changed. */
let last: { readonly madeOf: readonly unknown[]; readonly result: CallToolResult } | undefined;

function isSame(one: readonly unknown[], other: readonly unknown[] | undefined): boolean {
  return one.length === other?.length && one.every((member, index) => member === other[index]);
}

/** Everything that is known, where it stays under the limit of a result; else in fewer words. */
function fittingAnswer(
  dependencies: ServerDependencies,
  trained: string,
  hidden: string,
): CallToolResult {
  const { definitions, on, off, found, mayLookForEngines } = dependencies.providers();
  const [first] = dependencies.imageService.settings.providers.on.keys();
  const providers = definitions.map((definition) => {
    const provider = on.get(definition.name);
    return provider ? describe(definition, provider) : absence(definition, off);
  });
  const engines = mayLookForEngines ? [NOT_LOOKED_YET] : found?.sentences;
  const rest = {
    default_provider: first ?? null,
    ...engines ? { local_engines: engines } : {},
    ...trained ? { trained_models: trained } : {},
    ...hidden ? { hidden_tools: hidden } : {},
    next: off.size > 0 ? howToSwitchOn(dependencies) : undefined,
  };
  const { MCP_MAX_RESULT_BYTES: limit } = dependencies.settings();
  const shortened = providers.map(inShort);
  const answer = (whole: readonly unknown[], text: readonly unknown[]) =>
    success({ ...rest, providers: whole }, [], { ...rest, providers: text });
  for (const whole of [providers, shortened]) {
    const fitting = answer(whole, shortened);
    if (byteLength(fitting) <= limit) return fitting;
  }
  const brief = providers.map(inBrief);
  return answer(brief, brief);
}

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
    negative_prompt: can.negativePrompt !== "none",
    seed: can.seed ?? null,
    options: mapValues(offeredOptions(can.options), describeOption),
    ...can.modelOptions && { model_options: can.modelOptions },
    edits: describeEdits(can),
    ...provider.trainer && { trains: describeTrainer(provider.trainer) },
    max_prompt_length: can.maxPromptLength,
  };
}

/** What edit_image can pass; null where it takes no pictures. */
function describeEdits({ inputs, mask, strength }: Capabilities): string | null {
  if (!inputs) return null;
  const { maxImages, roles } = inputs;
  return [
    `${maxImages === 1 ? "1 image" : `${maxImages} images`} (${roles.join(", ")})`,
    ...mask ? ["mask"] : [],
    ...strength ? ["strength"] : [],
  ].join(", ");
}

function describeTrainer({ rules: { trainer, pictures } }: Trainer): string {
  const { minimum, maximum } = pictures;
  return `train_model with ${minimum} to ${maximum} pictures (${trainer}), for money`;
}

/** The models that this person has trained, each with who draws with it, in one line; "" for none. */
async function trainedModels(
  owner: string,
  { imageService }: ServerDependencies,
): Promise<string> {
  const models = await imageService.models.list(owner, MOST_MODELS);
  return models.map(({ name, provider, triggerWord }) =>
    `${name} (${provider}, trigger word ${triggerWord})`
  ).join(", ");
}

/** Of the answer, the newest first. */
const MOST_MODELS = 20;

function absence(
  { name, title }: ProviderDefinition,
  off: ReadonlyMap<string, readonly string[]>,
) {
  return { name, title, on: false, missing: off.get(name) ?? [] };
}

/** Styles and resolutions by their ids alone, which is what a model passes on. */
function inShort({ title: _, ...provider }: Readonly<Record<string, unknown>>) {
  const { styles, resolutions, on, any_resolution, model_options } = provider;
  if (!on) return provider;
  const withRange = any_resolution === null ? {} : { any_resolution };
  return {
    ...provider,
    styles: Object.keys(styles as object).join(", "),
    resolutions: Object.keys(resolutions as object).join(", "),
    ...withRange,
    ...typeof model_options === "object" && {
      model_options: Object.keys(model_options as object).join(", "),
    },
  };
}

/** What it takes to choose one; the resources tell its styles and resolutions. */
function inBrief({ name, on, missing, edits }: Readonly<Record<string, unknown>>) {
  return on ? { name, on, edits } : { name, on, missing };
}

function howToSwitchOn({ settingsFile }: ServerDependencies): string {
  return `To switch one on, set what is missing in ${settingsFile() ?? SETTINGS_FILE}, then call ` +
    "reload_config";
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
