/** Where engines on this machine are looked for: the setting MCP_LOCAL_ENGINES. */

import type { Variable } from "./variables.ts";

/** At their usual ports, nowhere, or at the places a person names. */
export type LocalEnginesSetting = "auto" | "off" | readonly NamedPlace[];

/** An engine and its address on this machine, without a slash at the end. */
export interface NamedPlace {
  /** In small letters. */
  readonly name: string;
  readonly url: string;
}

export function localEngines(description: string): Variable<LocalEnginesSetting> {
  return {
    description,
    legal:
      "'auto', 'off', or engines of this machine as name=http://127.0.0.1:PORT, separated by " +
      "commas; one elsewhere goes into its provider's own variable",
    secret: false,
    shownDefault: "auto",
    example: "sdwebui=http://127.0.0.1:7861",
    parse,
    whenUnset: "auto",
  };
}

function parse(text: string): LocalEnginesSetting | undefined {
  const word = text.toLowerCase();
  if (word === "auto" || word === "off") return word;
  const places = text.split(",").map((part) => part.trim()).filter(Boolean).map(parsePlace);
  const legal = places.filter((place) => place !== undefined);
  return legal.length > 0 && legal.length === places.length ? legal : undefined;
}

function parsePlace(text: string): NamedPlace | undefined {
  const [, name, address = ""] = /^([\w-]+)\s*=\s*(\S+)$/.exec(text) ?? [];
  const url = URL.parse(address);
  const isPlain = url?.protocol === "http:" && url.username === "" && url.search === "" &&
    url.hash === "";
  if (!name || !isPlain || !LOOPBACK.test(url.hostname)) return undefined;
  return { name: name.toLowerCase(), url: url.href.replace(/\/+$/, "") };
}

/** This machine alone, whatever names mean elsewhere. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
