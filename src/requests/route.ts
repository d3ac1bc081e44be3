/** From what a person asked for to a provider and a request it can honour. */

import { ImageError, nearest, oneOf } from "../errors.ts";
import type { ImageProvider, ImageRequest } from "../providers/provider.ts";
import { adapt, type Adapted, CannotAdapt, sentencesOf } from "./adapt.ts";
import {
  type ParsedRequest,
  parseRequest,
  type ProviderName,
  type RequestArguments,
} from "./parse.ts";

export type { RequestArguments } from "./parse.ts";

export interface Choice {
  readonly provider: ImageProvider;
  /** `count` is all the pictures asked for and may exceed `capabilities.maxCount`. */
  readonly request: ImageRequest;
  /** Where the request departs from what was asked for, as sentences. */
  readonly warnings: readonly string[];
  /** Whether the user named the provider, as an argument or a prefix. */
  readonly named: boolean;
}

export interface ProviderSet {
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
export function route(args: RequestArguments, candidates: ProviderSet): Choice {
  const wish = parseRequest(args);
  const name = namedProvider(wish.names, candidates);
  if (name === undefined) return routeToFirstThatCan(wish, candidates);
  const provider = openProvider(name, candidates);
  const { request, departures } = adapt(wish, provider, [...candidates.on.values()]);
  return { provider, request, warnings: sentencesOf(departures), named: true };
}

/** @throws {ImageError} when a name is unknown, or two different ones are given. */
function namedProvider(
  names: readonly ProviderName[],
  { on, off }: ProviderSet,
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

function unknownProvider({ argument, name }: ProviderName, { on, off }: ProviderSet): ImageError {
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

function openProvider(name: string, { on, off }: ProviderSet): ImageProvider {
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

function availableProviders(on: ProviderSet["on"]): string {
  return on.size > 0 ? `Available: ${oneOf(on.keys())}` : "No provider is configured";
}

function joined(sentences: readonly (string | false | undefined)[]): string {
  return sentences.filter(Boolean).join(". ").replaceAll("?. ", "? ");
}

function routeToFirstThatCan(wish: ParsedRequest, candidates: ProviderSet): Choice {
  const providers = [...candidates.on.values()];
  const [first] = providers;
  if (first === undefined) throw noProvider(candidates);
  const listing = providers.filter((provider) => listsModel(provider, wish.model));
  const refusals: CannotAdapt[] = [];
  const reasons = listing.length === 0 || listing.includes(first)
    ? []
    : [`${first.name} does not know model '${wish.model}'`];
  for (const provider of listing.length > 0 ? listing : providers) {
    const adapted = tryToAdapt(wish, provider, providers);
    if (adapted instanceof CannotAdapt) {
      refusals.push(adapted);
      reasons.push(`${adapted.provider} ${adapted.reason}`);
    } else if (!leavesOutWhatOthersRefused(adapted, refusals)) {
      const why = reasons.length > 0
        ? [`${reasons.join(" and ")}, so ${provider.name} was chosen`]
        : [];
      const warnings = [...why, ...sentencesOf(adapted.departures)];
      return { provider, request: adapted.request, warnings, named: false };
    }
  }
  throw refusals[0] ?? noProvider(candidates);
}

/** A provider without seeds is no better choice than one that refuses this seed. */
function leavesOutWhatOthersRefused(
  { departures }: Adapted,
  refusals: readonly CannotAdapt[],
): boolean {
  return departures.some((departure) =>
    refusals.some((refusal) => refusal.argument === departure.argument)
  );
}

function tryToAdapt(wish: ParsedRequest, provider: ImageProvider, all: readonly ImageProvider[]) {
  try {
    return adapt(wish, provider, all);
  } catch (error) {
    if (error instanceof CannotAdapt) return error;
    throw error;
  }
}

function listsModel({ models }: ImageProvider, model: string | undefined): boolean {
  return model !== undefined &&
    models.some((known) => known.toLowerCase() === model.toLowerCase());
}

function noProvider({ off }: ProviderSet): ImageError {
  const ways = [...off].map(([name, missing]) => `${missing.join("; ")} for '${name}'`);
  return new ImageError(
    "provider_missing",
    joined(["No provider is configured", ways.length > 0 && `Set ${ways.join(", or ")}`]),
    { missing: Object.fromEntries(off) },
  );
}
