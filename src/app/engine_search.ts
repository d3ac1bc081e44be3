/** Whether engines on this machine are looked for, and what becomes of it. */

import type { NamedPlace } from "../config/local_engines.ts";
import type { Settings } from "../config/settings.ts";
import type { Env, Problem } from "../config/variables.ts";
import { nearest, oneOf } from "../errors.ts";
import type { EnginesFound } from "../providers/local_engines.ts";
import { isAnyVendorOn, LOCAL_ENGINES, type OpenedProviders } from "../providers/registry.ts";

type EngineSettings = Pick<
  Settings,
  "MCP_LOCAL_ENGINES" | "MCP_ENABLE_PLACEHOLDER" | "MCP_DEFAULT_PROVIDER"
>;

/**
 * The look at this machine, which is made once, however often it is asked for; undefined where a
 * provider is configured already or a person wants none. `open` makes providers of what was found.
 */
export function engineSearch(
  settings: EngineSettings,
  providers: OpenedProviders,
  open: (found: EnginesFound) => OpenedProviders,
): (() => Promise<OpenedProviders>) | undefined {
  const { MCP_LOCAL_ENGINES: places, MCP_ENABLE_PLACEHOLDER, MCP_DEFAULT_PROVIDER } = settings;
  const isPlaceholderWanted = MCP_ENABLE_PLACEHOLDER === true || isName(MCP_DEFAULT_PROVIDER);
  if (places === "off" || (places === "auto" && isPlaceholderWanted)) return undefined;
  if (isAnyVendorOn(providers)) return undefined;
  let looking: Promise<OpenedProviders> | undefined;
  return () => looking ??= find(places === "auto" ? undefined : places).then(open);
}

/** Loaded where somebody looks: a server with a key never does. */
async function find(places: readonly NamedPlace[] | undefined): Promise<EnginesFound> {
  const { findLocalEngines } = await import("../providers/local_engines.ts");
  return await findLocalEngines(LOCAL_ENGINES, places);
}

/** Names in MCP_LOCAL_ENGINES that no engine has. */
export function engineNameProblems(settings: EngineSettings, env: Env): readonly Problem[] {
  const { MCP_LOCAL_ENGINES: places } = settings;
  if (typeof places === "string") return [];
  const known = LOCAL_ENGINES.map(({ engine }) => engine.name);
  const source = env.get("MCP_LOCAL_ENGINES")?.source;
  return places.filter(({ name }) => !known.includes(name)).map(({ name }) => {
    const guess = nearest(name, known);
    const hint = guess ? `; did you mean '${guess}'?` : "";
    const message = `MCP_LOCAL_ENGINES must name ${oneOf(known)}, current value has '${name}'`;
    return { variable: "MCP_LOCAL_ENGINES", message: `${message}${hint} (from ${source})` };
  });
}

/** Whether a provider is named, which then draws whatever else is there. */
function isName(provider: string | undefined): boolean {
  return provider !== undefined && provider.toLowerCase() !== "auto";
}
