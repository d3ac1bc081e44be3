/** Whether engines on this machine are looked for, and what becomes of it. */

import type { Settings } from "../config/settings.ts";
import type { Env, Problem } from "../config/variables.ts";
import { nearest, oneOf } from "../errors.ts";
import type { EnginePlace, EnginesFound } from "../providers/local_engines.ts";
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
  const { MCP_LOCAL_ENGINES, MCP_ENABLE_PLACEHOLDER, MCP_DEFAULT_PROVIDER } = settings;
  const isPlaceholderWanted = MCP_ENABLE_PLACEHOLDER === true || isName(MCP_DEFAULT_PROVIDER);
  const isAuto = isWord(MCP_LOCAL_ENGINES, "auto");
  if (isWord(MCP_LOCAL_ENGINES, "off") || (isAuto && isPlaceholderWanted)) return undefined;
  if (isAnyVendorOn(providers)) return undefined;
  const places = isAuto ? undefined : MCP_LOCAL_ENGINES.flatMap((text) => placeIn(text) ?? []);
  let looking: Promise<OpenedProviders> | undefined;
  return () => looking ??= find(places).then(open);
}

/** Loaded where somebody looks: a server with a key never does. */
async function find(places: readonly EnginePlace[] | undefined): Promise<EnginesFound> {
  const { findLocalEngines } = await import("../providers/local_engines.ts");
  return await findLocalEngines(LOCAL_ENGINES, places);
}

/** What in MCP_LOCAL_ENGINES names no engine, or no place on this machine. */
export function engineProblems(
  { MCP_LOCAL_ENGINES }: EngineSettings,
  env: Env,
): readonly Problem[] {
  if (isWord(MCP_LOCAL_ENGINES, "auto") || isWord(MCP_LOCAL_ENGINES, "off")) return [];
  const source = env.get("MCP_LOCAL_ENGINES")?.source;
  return MCP_LOCAL_ENGINES.flatMap((text) => {
    const mistake = mistakeIn(text);
    if (mistake === undefined) return [];
    return [{ variable: "MCP_LOCAL_ENGINES", source, message: `${mistake} (from ${source})` }];
  });
}

function mistakeIn(text: string): string | undefined {
  const place = placeIn(text);
  if (place === undefined) {
    return "MCP_LOCAL_ENGINES must be auto, off or engines of this machine as " +
      `name=http://127.0.0.1:PORT, current value has '${text}'; an engine elsewhere goes into its ` +
      "provider's own variable";
  }
  const known = [...new Set(LOCAL_ENGINES.map(({ engine }) => engine.name))];
  if (known.includes(place.name)) return undefined;
  const guess = nearest(place.name, known);
  return `MCP_LOCAL_ENGINES must name ${oneOf(known)}, current value has '${place.name}'` +
    (guess ? `; did you mean '${guess}'?` : "");
}

/** "sdwebui=http://127.0.0.1:7861"; undefined where that is no place on this machine. */
function placeIn(text: string): EnginePlace | undefined {
  const [, name, address = ""] = /^([\w-]+)\s*=\s*(\S+)$/.exec(text) ?? [];
  const url = URL.parse(address);
  const isPlain = url?.protocol === "http:" && url.username === "" && url.search === "" &&
    url.hash === "";
  if (!name || !isPlain || !LOOPBACK.test(url.hostname)) return undefined;
  return { name: name.toLowerCase(), url: url.href.replace(/\/+$/, "") };
}

/** This machine alone, whatever names mean elsewhere. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

function isWord(list: readonly string[], word: string): boolean {
  return list.length === 1 && list[0]!.toLowerCase() === word;
}

/** Whether a provider is named, which then draws whatever else is there. */
function isName(provider: string | undefined): boolean {
  return provider !== undefined && provider.toLowerCase() !== "auto";
}
