import { LIVE_SETTINGS } from "../../config/live_settings.ts";
import { serverVariables, type Settings } from "../../config/settings.ts";
import { isAdmin } from "../../config/tokens.ts";
import { ImageError, SETTINGS_FILE } from "../../errors.ts";
import { type OpenedProviders, variablesOf } from "../../providers/registry.ts";
import type { Variables } from "../../config/variables.ts";
import type { ConfigurationView, ServerDependencies } from "../dependencies.ts";
import { ownerOf } from "../caller.ts";
import type { RequestContext } from "../context.ts";
import { success } from "../results/result.ts";
import { RELOAD_CONFIG } from "../declarations/tools.ts";
import { defineTool } from "./tool.ts";

export const reloadConfig = defineTool({
  ...RELOAD_CONFIG,
  handle({ dotenv_override = true }, context, dependencies) {
    demandAdmin(context, dependencies.settings());
    const { before, after, apply } = dependencies.reload(dotenv_override);
    const lost = lostFile(before, after);
    if (lost) throw lost;
    if (after.problems.length > 0) throw invalidConfig(after);
    const changed = changedVariables(before, after);
    const needRestart = changed.filter((name) => !isLive(name));
    if (needRestart.length > 0) throw restartRequired(changed, needRestart, before, after);
    apply();
    return Promise.resolve(success({ result: summary(changed, after, dependencies) }));
  },
});

/** What changes for everybody is not everybody's to change. @throws {ImageError} `not_allowed` */
function demandAdmin(context: RequestContext, settings: Settings): void {
  const owner = ownerOf(context);
  if (settings.MCP_TRANSPORT === "stdio" || isAdmin(owner, settings)) return;
  if (context.http?.authInfo?.scopes.includes("images:admin")) return;
  throw new ImageError(
    "not_allowed",
    `The token of '${owner}' may not reload the configuration, which concerns everybody here: ` +
      "whoever runs the server names it in MCP_ADMINS",
    { owner },
  );
}

function summary(
  changed: readonly string[],
  after: ConfigurationView,
  dependencies: ServerDependencies,
) {
  const providers = dependencies.providers();
  const [first] = dependencies.imageService.settings.providers.on.keys();
  return {
    changed_fields: changed.map(fieldName).sort(),
    providers: [...providers.on.keys()],
    default_provider: first ?? null,
    provider_models: modelsOf(providers, after),
    restart_required_fields: [],
    message: changed.length > 0
      ? `Changed: ${changed.join(", ")}`
      : nothingChanged(after, dependencies),
  };
}

function nothingChanged(
  { snapshot }: ConfigurationView,
  { settingsFile }: ServerDependencies,
): string {
  const file = settingsFile() ?? SETTINGS_FILE;
  return snapshot.envFile === undefined
    ? `Nothing changed: no .env file was found. Keys belong into ${file}`
    : `Nothing changed: ${file} and the environment say what they said before`;
}

/** What each provider that is on draws with: its model, and any other that a variable names. */
function modelsOf({ definitions, on }: OpenedProviders, configuration: ConfigurationView) {
  const entries = definitions.flatMap(({ name, variables }) => {
    const provider = on.get(name);
    if (!provider) return [];
    const named = Object.keys(variables).filter((variable) => variable.endsWith("_MODEL"))
      .map((variable) => [roleOf(variable), valueOf(variable, configuration) ?? null]);
    return [[name, { ...Object.fromEntries(named), model: provider.models[0] ?? null }]];
  });
  return Object.fromEntries(entries);
}

/** "…_FALLBACK_MODEL" of a provider → "fallback_model". */
function roleOf(variable: string): string {
  return variable.replace(/^[^_]+_/, "").toLowerCase();
}

/** A file that was read before and cannot be read now would count as one that holds nothing. */
function lostFile(before: ConfigurationView, after: ConfigurationView): ImageError | undefined {
  const { envFile } = before.snapshot;
  const lost = after.snapshot.unreadable.find(({ path }) => path === envFile);
  return lost && new ImageError(
    "reload_failed",
    `The .env file '${lost.path}' cannot be read any more, so the old configuration stays: ${lost.reason}`,
    { file: lost.path },
  );
}

function invalidConfig({ problems }: ConfigurationView): ImageError {
  const messages = problems.map(({ message }) => message);
  return new ImageError(
    "invalid_config",
    `The new configuration has mistakes, so the old one stays: ${messages.join("; ")}`,
    { problems: messages },
  );
}

function restartRequired(
  changed: readonly string[],
  needRestart: readonly string[],
  before: ConfigurationView,
  after: ConfigurationView,
): ImageError {
  const diffs = changed.map((name) => [
    fieldName(name),
    { before: shownValue(name, before), after: shownValue(name, after) },
  ]);
  return new ImageError(
    "restart_required",
    `Nothing was changed, since ${
      needRestart.join(", ")
    } can only change with a restart of the server`,
    {
      changed_fields: changed.map(fieldName).sort(),
      restart_required_fields: needRestart.map(fieldName).sort(),
      field_diffs: Object.fromEntries(diffs),
    },
  );
}

function changedVariables(before: ConfigurationView, after: ConfigurationView): readonly string[] {
  const names = new Set([before, after].flatMap((view) => Object.keys(variablesIn(view))));
  return [...names].filter((name) =>
    JSON.stringify(valueOf(name, before)) !== JSON.stringify(valueOf(name, after))
  );
}

/** Whatever is no setting of the server's own belongs to a provider, which is opened anew. */
function isLive(name: string): boolean {
  return !Object.hasOwn(serverVariables, name) ||
    (LIVE_SETTINGS as readonly string[]).includes(name);
}

/** What a variable means now: its value, or the default when it is unset; undefined where nothing reads it. */
function valueOf(name: string, view: ConfigurationView): unknown {
  const variable = variablesIn(view)[name];
  const found = view.snapshot.env.get(name);
  return found ? variable?.parse(found.value.trim()) : variable?.whenUnset;
}

/** Every variable that a configuration reads. */
function variablesIn({ providers }: ConfigurationView): Variables {
  return { ...serverVariables, ...variablesOf(providers.definitions) };
}

function shownValue(name: string, configuration: ConfigurationView): unknown {
  const value = valueOf(name, configuration);
  if (!variablesIn(configuration)[name]?.secret) return value ?? null;
  return value === undefined ? null : "<set>";
}

/** The predecessor's name of a setting: "MCP_PUBLIC_BASE_URL" → "public_base_url". */
function fieldName(variable: string): string {
  return variable.replace(/^MCP_/, "").toLowerCase();
}
