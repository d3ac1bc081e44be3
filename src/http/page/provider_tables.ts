/** What each provider that is on can be asked for, out of its own tables, for the page's form. */

import type { Capabilities } from "../../providers/provider.ts";
import type { OpenedProviders } from "../../providers/registry.ts";

export interface ProviderTable {
  readonly name: string;
  readonly title: string;
  readonly models: readonly string[];
  /** Name → label. */
  readonly styles: Readonly<Record<string, string>>;
  /** Size → note. */
  readonly sizes: Readonly<Record<string, string>>;
  readonly defaultSize: string;
  readonly takesSeed: boolean;
  readonly takesNegativePrompt: boolean;
  /** Pictures that may come in; 0 where none may. */
  readonly maxImages: number;
  readonly takesBase: boolean;
  readonly takesMask: boolean;
  readonly maxPromptLength: number;
}

/** Those that are on, the first choice first. */
export function providerTables(
  { definitions, on }: OpenedProviders,
  order: readonly string[],
): readonly ProviderTable[] {
  const titles = new Map(definitions.map(({ name, title }) => [name, title]));
  return order.flatMap((name) => {
    const provider = on.get(name);
    const title = titles.get(name) ?? name;
    return provider
      ? [{ name, title, models: provider.models, ...table(provider.capabilities()) }]
      : [];
  });
}

function table({ styles, sizes, inputs, mask, ...can }: Capabilities) {
  return {
    styles: Object.fromEntries(Object.entries(styles).map(([name, { label }]) => [name, label])),
    sizes: sizes.listed,
    defaultSize: sizes.default,
    takesSeed: can.seed !== undefined,
    takesNegativePrompt: can.negativePrompt !== "none",
    maxImages: inputs?.maxImages ?? 0,
    takesBase: inputs?.roles.includes("base") ?? false,
    takesMask: mask !== undefined,
    maxPromptLength: can.maxPromptLength,
  };
}
