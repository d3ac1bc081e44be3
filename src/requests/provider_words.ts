/** What people call a provider: its name, the vendor's or a product's, or the id of a model. */

import type { ImageProvider } from "../providers/provider.ts";

/** The words for one provider. */
export interface ProviderWords {
  readonly name: string;
  /** Other names for it, in lower case and without spaces or punctuation. */
  readonly aliases?: readonly string[];
  /** What the vendor's ids of models look like, for those that no provider lists. */
  readonly modelIds?: RegExp;
}

/** The providers that a word may be meant for. */
export interface KnownProviders {
  readonly on: ReadonlyMap<string, ImageProvider>;
  readonly off: ReadonlyMap<string, readonly string[]>;
  /** Absent: they have no words but their names. */
  readonly words?: readonly ProviderWords[];
}

export interface Meant {
  readonly provider: string;
  /** The model that the word names as well. */
  readonly model?: string;
}

/** The one provider that is called `word`, in any letter case; undefined for none, or for several. */
export function providerMeant(word: string, providers: KnownProviders): Meant | undefined {
  const { on, off, words = [] } = providers;
  const name = word.trim().toLowerCase();
  if (on.has(name) || off.has(name)) return { provider: name };
  const plain = plainWord(word);
  const ways: readonly (readonly Meant[])[] = [
    words.filter(({ aliases = [] }) => aliases.includes(plain)).map(asMeant),
    modelMeant(word, providers),
    words.flatMap((each) => versionMeant(plain, each, on)),
  ];
  const found = ways.find((meant) => meant.length > 0) ?? [];
  const known = found.filter(({ provider }) => on.has(provider) || off.has(provider));
  return known.length === 1 ? known[0] : undefined;
}

/**
 * Every provider that lists the model, or that its name begins with ("provider/model"), or whose
 * vendor's ids look like that.
 */
export function modelMeant(id: string, { on, words = [] }: KnownProviders): readonly Meant[] {
  const wanted = id.trim().toLowerCase();
  const listing = [...on].flatMap(([provider, { models }]) => {
    const model = models.find((known) => known.toLowerCase() === wanted);
    return model === undefined ? [] : [{ provider, model }];
  });
  if (listing.length > 0) return listing;
  const own = [...on.keys()].find((name) => wanted.startsWith(`${name}/`));
  if (own !== undefined) return [{ provider: own, model: modelAt(own, id) }];
  return words.filter(({ modelIds }) => modelIds?.test(wanted))
    .map(({ name }) => ({ provider: name, model: id.trim() }));
}

/** A model's id without the name of its provider before it ("provider/model"). */
export function modelAt(provider: string, model: string): string {
  const id = model.trim();
  return id.toLowerCase().startsWith(`${provider}/`) ? id.slice(provider.length + 1) : id;
}

/** "seedream45" of "seedream 4.5": an alias with a version, which a listed model may have. */
function versionMeant(
  plain: string,
  { name, aliases = [] }: ProviderWords,
  on: KnownProviders["on"],
): readonly Meant[] {
  const isOne = [name, ...aliases].some((alias) =>
    plain.startsWith(alias) && /^v?\d/.test(plain.slice(alias.length))
  );
  if (!isOne) return [];
  const model = on.get(name)?.models.find((each) => plainWord(each).includes(plain));
  return [{ provider: name, ...model !== undefined && { model } }];
}

function asMeant({ name }: ProviderWords): Meant {
  return { provider: name };
}

/** "DALL·E", "dall-e" and "Dall E" → "dalle". */
function plainWord(word: string): string {
  return word.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}
