/** From what a person asked for to a provider and a request it can honour. */

import { ImageError, nearest, oneOf } from "../errors.ts";
import type { ImageProvider, ImageRequest } from "../providers/provider.ts";
import { type Fit, fit, Misfit, sentencesOf } from "./adapt.ts";
import { type GenerateArguments, type ProviderName, readWish, type Wish } from "./parse.ts";

export type { GenerateArguments } from "./parse.ts";

export interface Choice {
  readonly provider: ImageProvider;
  /** `count` is all the pictures asked for and may exceed `capabilities.maxCount`. */
  readonly request: ImageRequest;
  /** Where the request departs from what was asked for, as sentences. */
  readonly warnings: readonly string[];
  /** Whether the user named the provider, as an argument or a prefix. */
  readonly named: boolean;
}

export interface Candidates {
  /** In order of preference. */
  readonly on: ReadonlyMap<string, ImageProvider>;
  /** Known providers that are off, with what each still needs ("OPENAI_API_KEY"). */
  readonly off: ReadonlyMap<string, readonly string[]>;
}

/**
 * The provider that was named, or the first that can honour the request, and the
 * request in its terms.
 * @throws {ImageError} that names the legal values, when the request cannot be honoured.
 */
export function choose(args: GenerateArguments, candidates: Candidates): Choice {
  const wish = readWish(args);
  const name = namedProvider(wish.names, candidates);
  if (name === undefined) return chooseFirstThatFits(wish, candidates);
  const provider = openProvider(name, candidates);
  const { request, departures } = fit(wish, provider, [...candidates.on.values()]);
  return { provider, request, warnings: sentencesOf(departures), named: true };
}

/** @throws {ImageError} when a name is unknown, or two different ones are given. */
function namedProvider(
  names: readonly ProviderName[],
  { on, off }: Candidates,
): string | undefined {
  const unknown = names.find(({ name }) => !on.has(name) && !off.has(name));
  if (unknown) throw unknownProvider(unknown, { on, off });
  const [first, ...others] = names;
  const other = others.find(({ name }) => name !== first?.name);
  if (first === undefined || other === undefined) return first?.name;
  throw new ImageError(
    "invalid_parameters",
    `'${first.argument}' names provider '${first.name}' and '${other.argument}' names ` +
      `'${other.name}': one picture has one provider`,
    { providers: [first.name, other.name] },
  );
}

function unknownProvider({ argument, name }: ProviderName, { on, off }: Candidates): ImageError {
  const meant = nearest(name, [...on.keys(), ...off.keys()]);
  const place = argument === "provider" ? "" : `, which '${argument}' names`;
  const sentences = [
    `There is no provider '${name}'${place}`,
    meant && `Did you mean '${meant}'?`,
    availableProviders(on),
  ];
  return new ImageError(
    "provider_unavailable",
    joined(sentences),
    { provider: name, available_providers: [...on.keys()] },
  );
}

function openProvider(name: string, { on, off }: Candidates): ImageProvider {
  const provider = on.get(name);
  if (provider) return provider;
  const missing = off.get(name) ?? [];
  const sentences = [
    `Provider '${name}' is not configured`,
    missing.length > 0 && `Set ${missing.join("; ")}`,
    availableProviders(on),
  ];
  throw new ImageError(
    "provider_unavailable",
    joined(sentences),
    { provider: name, missing, available_providers: [...on.keys()] },
  );
}

function availableProviders(on: Candidates["on"]): string {
  return on.size > 0 ? `Available: ${oneOf(on.keys())}` : "No provider is configured";
}

function joined(sentences: readonly (string | false | undefined)[]): string {
  return sentences.filter(Boolean).join(". ").replaceAll("?. ", "? ");
}

function chooseFirstThatFits(wish: Wish, candidates: Candidates): Choice {
  const providers = [...candidates.on.values()];
  const [first] = providers;
  if (first === undefined) throw noProvider(candidates);
  const listing = providers.filter((provider) => listsModel(provider, wish.model));
  const misfits: Misfit[] = [];
  const reasons = listing.length === 0 || listing.includes(first)
    ? []
    : [`${first.name} does not know model '${wish.model}'`];
  for (const provider of listing.length > 0 ? listing : providers) {
    const fitted = tryToFit(wish, provider, providers);
    if (fitted instanceof Misfit) {
      misfits.push(fitted);
      reasons.push(`${fitted.provider} ${fitted.reason}`);
    } else if (!leavesOutWhatOthersRefused(fitted, misfits)) {
      const why = reasons.length > 0
        ? [`${reasons.join(" and ")}, so ${provider.name} was chosen`]
        : [];
      const warnings = [...why, ...sentencesOf(fitted.departures)];
      return { provider, request: fitted.request, warnings, named: false };
    }
  }
  throw misfits[0] ?? noProvider(candidates);
}

/** A provider without seeds is no better choice than one that refuses this seed. */
function leavesOutWhatOthersRefused({ departures }: Fit, misfits: readonly Misfit[]): boolean {
  return departures.some((departure) =>
    misfits.some((misfit) => misfit.argument === departure.argument)
  );
}

function tryToFit(wish: Wish, provider: ImageProvider, all: readonly ImageProvider[]) {
  try {
    return fit(wish, provider, all);
  } catch (error) {
    if (error instanceof Misfit) return error;
    throw error;
  }
}

function listsModel({ models }: ImageProvider, model: string | undefined): boolean {
  return model !== undefined &&
    models.some((known) => known.toLowerCase() === model.toLowerCase());
}

function noProvider({ off }: Candidates): ImageError {
  const ways = [...off].map(([name, missing]) => `${missing.join("; ")} for '${name}'`);
  return new ImageError(
    "provider_missing",
    joined(["No provider is configured", ways.length > 0 && `Set ${ways.join(", or ")}`]),
    { missing: Object.fromEntries(off) },
  );
}
