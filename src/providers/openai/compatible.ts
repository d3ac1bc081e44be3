/** Servers that speak OpenAI's images API, each a provider of the name that a person gave it. */

import { address, secret, text, type Variable } from "../../config/variables.ts";
import { defineProvider, type ProviderDefinition } from "../provider.ts";
import { DEFAULT_MODEL } from "./models.ts";
import { createProvider, serverAt } from "./server.ts";

export interface NamedServer {
  /** Small letters, digits, "-" and "_". */
  readonly name: string;
  /** Without a slash at its end. */
  readonly address: string;
}

/** A variable such as "name=https://…,name=http://…". */
export function namedServers(
  description: string,
  example: string,
): Variable<readonly NamedServer[]> {
  return {
    description,
    legal: "name=address pairs with commas between them: each name once, of small letters, " +
      "digits, - and _, and each address http or https, without a password or a query, such as " +
      `'${example}'`,
    secret: false,
    example,
    parse: parseServers,
    whenUnset: [],
  };
}

/** The provider of one such server: no key is needed unless it is OpenAI's own. */
export function compatibleServer({ name, address }: NamedServer): ProviderDefinition {
  const suffix = name.toUpperCase().replaceAll("-", "_");
  const key = `OPENAI_COMPATIBLE_KEY_${suffix}`;
  const model = `OPENAI_COMPATIBLE_MODEL_${suffix}`;
  const server = {
    ...serverAt(address),
    title: `'${name}'`,
    variables: { key, address: "OPENAI_COMPATIBLE", model },
  };
  return defineProvider({
    name,
    title: `${name} (compatible with OpenAI)`,
    variables: {
      [key]: secret(`Key of '${name}' in OPENAI_COMPATIBLE, where it wants one`),
      [model]: text(
        `The model that draws at '${name}' when a request names none; unset: the server's own`,
        { example: DEFAULT_MODEL },
      ),
    },
    missing: (settings) => server.isOpenAI && !settings[key] ? [key] : [],
    create: (settings, outside) =>
      createProvider(name, { ...server, key: settings[key] }, settings[model] ?? "", outside),
  });
}

function parseServers(value: string): readonly NamedServer[] | undefined {
  const pairs = value.split(",").map((pair) => pair.trim()).filter(Boolean);
  const servers = pairs.flatMap((pair): NamedServer[] => {
    const [, name, given = ""] = /^([a-z][a-z0-9_-]*)\s*=\s*(.+)$/.exec(pair) ?? [];
    const place = ADDRESS.parse(given);
    return name && place ? [{ name, address: place }] : [];
  });
  const names = new Set(servers.map(({ name }) => name));
  return servers.length === pairs.length && names.size === pairs.length ? servers : undefined;
}

const ADDRESS = address("Where a server answers");
