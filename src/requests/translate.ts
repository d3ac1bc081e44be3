/** A wish for another provider when the chosen one is down: the closest that one has. */

import type { Capabilities, ImageProvider } from "../providers/provider.ts";
import type { Choice } from "./route.ts";
import {
  adapt,
  APPROXIMATE_OPTIONS,
  isLegalOption,
  isWholeNumberWithin,
  sentencesOf,
} from "./adapt.ts";
import { nearestSize, parseSize } from "./size.ts";
import { closestStyle, isNeutralStyle } from "./style.ts";
import {
  isCompressible,
  type Options,
  type ParsedRequest,
  parseRequest,
  type RequestArguments,
} from "./parse.ts";

/**
 * The same wish for another provider when the chosen one is down: style and size become
 * the closest it has, and what it lacks is left out, each with a warning.
 * @throws {ImageError} when the prompt is too long for it.
 */
export function translate(
  choice: Choice,
  args: RequestArguments,
  provider: ImageProvider,
): Choice {
  const wish = parseRequest(args);
  const capabilities = provider.capabilities();
  const style = translateStyle(choice, provider);
  const size = translateSize(choice, wish, provider);
  const options = acceptedOptions(wish.options, provider.name, capabilities);
  const seed = acceptedSeed(wish.seed, provider.name, capabilities);
  const model = withoutModel(wish.model, provider.name);
  const { request, departures } = adapt(
    { ...wish, ...style.part, ...size.part, ...options.part, ...seed.part, ...model.part },
    provider,
    [],
  );
  const translated = [style, size, options, seed, model].flatMap((part) => part.warnings);
  return {
    provider,
    request,
    warnings: [...translated, ...sentencesOf(departures)],
    named: choice.named,
  };
}

/** The part of a wish that a translation replaces, and what it says about it. */
interface Translation {
  readonly part: Partial<ParsedRequest>;
  readonly warnings: readonly string[];
}

function translateStyle({ provider: from, request }: Choice, to: ImageProvider): Translation {
  const { style } = request;
  if (style === undefined) return { part: { style }, warnings: [] };
  const own = from.capabilities(request.model).styles;
  const closest = closestStyle(style, own, to.capabilities().styles);
  if (closest === style) return { part: { style }, warnings: [] };
  const warning = closest === undefined
    ? `${to.name} has nothing like the style '${style}' of ${from.name}, so none was used`
    : `${to.name} has no style '${style}', so '${closest}' was used`;
  return { part: { style: closest }, warnings: isNeutralStyle(style) ? [] : [warning] };
}

/** A shape is looked for anew; a size becomes the nearest. */
function translateSize({ request }: Choice, wish: ParsedRequest, to: ImageProvider): Translation {
  const size = request.size && parseSize(request.size);
  const wasOpen = wish.resolution === undefined || wish.resolution.size === "auto";
  if (wasOpen || size === undefined || size === "auto") return { part: {}, warnings: [] };
  const text = nearestSize(size, to.capabilities().sizes);
  const warning = `${to.name} cannot draw ${request.size}, so ${text} was used`;
  return {
    part: { resolution: { text, size: parseSize(text) } },
    warnings: text === request.size ? [] : [warning],
  };
}

function acceptedOptions(options: Options, name: string, capabilities: Capabilities): Translation {
  const accepted: Record<string, string | number> = {};
  const warnings: string[] = [];
  for (const [option, value] of Object.entries(options)) {
    const rule = capabilities.options[option];
    const isLeftToFit = rule === undefined && APPROXIMATE_OPTIONS.has(option);
    const isUseless = option === "output_compression" && !isCompressible(accepted.output_format);
    if (isLeftToFit || value === "auto" || (rule && isLegalOption(value, rule) && !isUseless)) {
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
