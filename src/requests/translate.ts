/** A request for the next provider, should the first be down: the closest that one has. */

import type { Capabilities, ImageProvider } from "../providers/provider.ts";
import { adapt } from "./adapt.ts";
import { sentencesOf } from "./adapt_context.ts";
import { APPROXIMATE_OPTIONS, canHonour, isWholeNumberWithin } from "./adapt_options.ts";
import type { Attempt, Options, ParsedRequest, PlannedRequest } from "./request.ts";
import { nearestSize, parseSize } from "./size.ts";
import { closestStyle, isNeutralStyle } from "./style.ts";

/**
 * The attempt of `to` where `from` cannot make its own, `first`: style and size become the
 * closest it has, and what it lacks is left out, each with a warning.
 * @throws {CannotAdapt} where it cannot take the prompt or the pictures at all.
 */
export function translate(
  request: ParsedRequest,
  first: PlannedRequest,
  from: ImageProvider,
  to: ImageProvider,
): Attempt {
  const capabilities = to.capabilities();
  const translations = [
    translateStyle(first, from, to),
    translateSize(first, request, to),
    acceptedOptions(request.options, to.name, capabilities),
    acceptedSeed(request.seed, to.name, capabilities),
    withoutModel(request.model, to.name),
    withoutModelOptions(request.modelOptions, to.name),
  ];
  const translated = translations.reduce((all, { part }) => ({ ...all, ...part }), request);
  const { departures, ...adapted } = adapt(translated, to);
  return {
    provider: to.name,
    ...adapted,
    warnings: [
      ...translations.flatMap(({ warnings }) => warnings),
      ...sentencesOf(departures),
    ],
  };
}

/** The part of a request that a translation replaces, and what it says about it. */
interface Translation {
  readonly part: Partial<ParsedRequest>;
  readonly warnings: readonly string[];
}

function translateStyle(
  { style, model }: PlannedRequest,
  from: ImageProvider,
  to: ImageProvider,
): Translation {
  if (style === undefined) return { part: { style }, warnings: [] };
  const own = from.capabilities(model).styles;
  const closest = closestStyle(style, own, to.capabilities().styles);
  if (closest === style) return { part: { style }, warnings: [] };
  const warning = closest === undefined
    ? `${to.name} has nothing like the style '${style}' of ${from.name}, so none was used`
    : `${to.name} has no style '${style}', so '${closest}' was used`;
  return { part: { style: closest }, warnings: isNeutralStyle(style) ? [] : [warning] };
}

/** A shape is looked for anew; a size becomes the nearest. */
function translateSize(
  first: PlannedRequest,
  { resolution }: ParsedRequest,
  to: ImageProvider,
): Translation {
  const size = first.size && parseSize(first.size);
  const wasOpen = resolution === undefined || resolution.size === "auto";
  if (wasOpen || size === undefined || size === "auto") return { part: {}, warnings: [] };
  const text = nearestSize(size, to.capabilities().sizes);
  const warning = `${to.name} cannot draw ${first.size}, so ${text} was used`;
  return {
    part: { resolution: { text, size: parseSize(text) } },
    warnings: text === first.size ? [] : [warning],
  };
}

function acceptedOptions(options: Options, name: string, capabilities: Capabilities): Translation {
  const accepted: Record<string, string | number> = {};
  const warnings: string[] = [];
  for (const [option, value] of Object.entries(options)) {
    const isLeftToAdapt = value === "auto" ||
      (APPROXIMATE_OPTIONS.has(option) && capabilities.options[option] === undefined);
    if (isLeftToAdapt || canHonour(option, value, capabilities)) {
      accepted[option] = value;
    } else {
      warnings.push(`${name} takes no ${option} '${value}', so it was left out`);
    }
  }
  return { part: { options: accepted }, warnings };
}

function acceptedSeed(
  seed: number | undefined,
  name: string,
  { seed: bounds }: Capabilities,
): Translation {
  if (seed === undefined || !bounds || isWholeNumberWithin(seed, bounds)) {
    return { part: {}, warnings: [] };
  }
  const warning = `${name} takes seeds from ${bounds.minimum} to ${bounds.maximum}, ` +
    `so seed ${seed} was left out`;
  return { part: { seed: undefined }, warnings: [warning] };
}

function withoutModel(model: string | undefined, name: string): Translation {
  const warning = `model '${model}' is not ${name}'s, so ${name}'s own model drew`;
  return { part: { model: undefined }, warnings: model === undefined ? [] : [warning] };
}

/** They are those of one model. */
function withoutModelOptions(options: ParsedRequest["modelOptions"], name: string): Translation {
  if (options === undefined) return { part: {}, warnings: [] };
  const names = Object.keys(options).slice(0, MOST_NAMED).join(", ");
  return {
    part: { modelOptions: undefined },
    warnings: [`options ${names} are another model's, so ${name} drew without them`],
  };
}

const MOST_NAMED = 10;
