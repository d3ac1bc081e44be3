/** Which provider honours a request, and which others may where that one is down. */

import { ImageError, nearest, oneOf, SETTINGS_FILE } from "../errors.ts";
import type { ImageProvider } from "../providers/provider.ts";
import { adapt, type Adapted, type AdaptOptions } from "./adapt.ts";
import { CannotAdapt, sentencesOf } from "./adapt_context.ts";
import type { Attempt, ParsedRequest, Plan, ProviderName } from "./request.ts";
import { type KnownProviders, type Meant, modelMeant, providerMeant } from "./provider_words.ts";
import { translate } from "./translate.ts";

/** `on` in order of preference; `off` with what each still needs ("OPENAI_API_KEY"). */
export type ProviderSet = KnownProviders;

export interface RouteOptions {
  /** Whether others may draw where the first cannot. */
  readonly failover?: boolean;
  /** Providers that are passed by where another one can. */
  readonly resting?: ReadonlySet<string>;
}

/**
 * The plan of a request: the provider that was named alone, or the first that can honour it and
 * then, for a failover, the others with what each has that comes nearest.
 * @throws {ImageError} that names the legal values, when the request cannot be honoured.
 */
export function route(
  request: ParsedRequest,
  providers: ProviderSet,
  { failover = true, resting = new Set() }: RouteOptions = {},
): Plan {
  const named = namedProvider(request.providerNames, providers);
  if (named !== undefined) {
    const provider = openProvider(named, providers);
    const wanted = { ...request, model: request.model ?? named.model };
    return { request, attempts: [attemptOf(provider, adaptFor(wanted, provider, providers))] };
  }
  const ordered = inOrder(providers, resting);
  const { attempt, provider } = firstThatCan(request, ordered);
  const first = {
    ...attempt,
    warnings: [...passedBy(provider, providers, resting), ...attempt.warnings],
  };
  const others = failover ? [...ordered.on.values()].filter((other) => other !== provider) : [];
  const more = others.flatMap((other) =>
    unlessItCannot(() => [translate(request, first.request, provider, other)]) ?? []
  );
  return { request, attempts: [first, ...more] };
}

/** A provider as an argument names it. */
interface Named extends ProviderName, Meant {}

/** @throws {ImageError} when a name is unknown, or two different providers are named. */
function namedProvider(
  names: readonly ProviderName[],
  providers: ProviderSet,
): Named | undefined {
  const [first, ...others] = names.map((named): Named => {
    const meant = providerMeant(named.name, providers);
    if (!meant) throw unknownProvider(named, providers);
    return { ...named, ...meant };
  });
  const other = others.find(({ provider }) => provider !== first?.provider);
  if (first === undefined || other === undefined) return first;
  throw new ImageError(
    "invalid_parameters",
    `'${first.argument}' names provider '${first.provider}' and '${other.argument}' names ` +
      `'${other.provider}': one picture has one provider`,
    { providers: [first.provider, other.provider] },
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
    { provider: name },
  );
}

function openProvider({ name, provider: meant }: Named, { on, off }: ProviderSet): ImageProvider {
  const provider = on.get(meant);
  if (provider) return provider;
  const missing = off.get(meant) ?? [];
  const sentences = [
    `Provider '${meant}'${name === meant ? "" : `, which '${name}' means,`} is not configured`,
    missing.length > 0 && `Set ${missing.join("; ")} in ${SETTINGS_FILE}, then call reload_config`,
    availableProviders(on),
  ];
  throw new ImageError(
    "provider_unavailable",
    joined(sentences),
    { provider: meant, missing },
  );
}

function availableProviders(on: ProviderSet["on"]): string {
  return on.size > 0 ? `Available: ${oneOf(on.keys())}` : "No provider is configured";
}

function joined(sentences: readonly (string | false | undefined)[]): string {
  return sentences.filter(Boolean).join(". ").replaceAll("?. ", "? ");
}

/** Resting providers come last, so that a request passes them by where it can. */
function inOrder({ on, off, words }: ProviderSet, resting: ReadonlySet<string>): ProviderSet {
  const entries = [...on];
  const isAwake = ([name]: [string, ImageProvider]) => !resting.has(name);
  const ordered = [...entries.filter(isAwake), ...entries.filter((entry) => !isAwake(entry))];
  return { on: new Map(ordered), off, words };
}

function passedBy(
  { name }: ImageProvider,
  { on }: ProviderSet,
  resting: ReadonlySet<string>,
): readonly string[] {
  const names = [...on.keys()];
  return names.slice(0, names.indexOf(name)).filter((other) => resting.has(other)).map((other) =>
    `${other} failed three times in a row and rests for a moment, so it was not asked`
  );
}

interface Found {
  readonly provider: ImageProvider;
  readonly attempt: Attempt;
}

/** A size that one draws exactly is worth going to it; where nobody does, the nearest will do. */
function firstThatCan(request: ParsedRequest, providers: ProviderSet): Found {
  const refusals: CannotAdapt[] = [];
  const found = search(request, providers, { isSizeExact: true }, refusals) ??
    search(request, providers, { isSizeExact: false }, []);
  if (found) return found;
  throw refusals[0] ?? noProvider(providers);
}

function search(
  request: ParsedRequest,
  providers: ProviderSet,
  options: AdaptOptions,
  refusals: CannotAdapt[],
): Found | undefined {
  const all = [...providers.on.values()];
  const makers = request.model === undefined ? [] : modelMeant(request.model, providers);
  const listing = all.filter(({ name }) => makers.some(({ provider }) => provider === name));
  const [first] = all;
  const reasons = first === undefined || listing.length === 0 || listing.includes(first)
    ? []
    : [`${first.name} does not know model '${request.model}'`];
  for (const provider of listing.length > 0 ? listing : all) {
    const adapted = unlessItCannot(
      () => adaptFor(request, provider, providers, options),
      (refusal) => {
        refusals.push(refusal);
        reasons.push(`${refusal.provider} ${refusal.reason}`);
      },
    );
    if (!adapted || leavesOutWhatOthersRefused(adapted, refusals)) continue;
    const attempt = attemptOf(provider, adapted);
    const why = reasons.length > 0
      ? [`${reasons.join(" and ")}, so ${provider.name} was chosen`]
      : [];
    return { provider, attempt: { ...attempt, warnings: [...why, ...attempt.warnings] } };
  }
}

function adaptFor(
  request: ParsedRequest,
  provider: ImageProvider,
  { on }: ProviderSet,
  options: AdaptOptions = {},
): Adapted {
  return adapt(request, provider, { ...options, others: [...on.values()] });
}

function attemptOf({ name }: ImageProvider, { departures, ...adapted }: Adapted): Attempt {
  return { provider: name, ...adapted, warnings: sentencesOf(departures) };
}

/** A provider without seeds is no better choice than one that refuses this seed. */
function leavesOutWhatOthersRefused(
  { departures }: Adapted,
  refusals: readonly CannotAdapt[],
): boolean {
  return departures.some(({ argument, kind }) =>
    kind === "left out" && refusals.some((refusal) => refusal.argument === argument)
  );
}

function unlessItCannot<T>(
  work: () => T,
  onRefusal: (refusal: CannotAdapt) => void = () => {},
): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CannotAdapt)) throw error;
    onRefusal(error);
  }
}

function noProvider({ off }: ProviderSet): ImageError {
  const ways = [...off].map(([name, missing]) => `${missing.join("; ")} for '${name}'`);
  return new ImageError(
    "provider_missing",
    joined([
      "No provider is configured",
      ways.length > 0 && `In ${SETTINGS_FILE} set ${ways.join(", or ")}, then call reload_config`,
    ]),
    { missing: Object.fromEntries(off) },
  );
}
