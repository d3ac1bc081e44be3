/** A request in the terms of one provider: what it honours, what it leaves out, what it refuses. */

import { nearest, oneOf, shown } from "../errors.ts";
import type { ImageProvider } from "../providers/provider.ts";
import { type AdaptContext, CannotAdapt, type Departure, namesOf } from "./adapt_context.ts";
import { adaptInputs, adaptMask, adaptStrength } from "./adapt_inputs.ts";
import { adaptOptions, isWholeNumberWithin } from "./adapt_options.ts";
import { adaptSize } from "./adapt_size.ts";
import type { Conversion, ParsedRequest, PlannedRequest } from "./request.ts";
import { findStyle } from "./style.ts";

export interface Adapted {
  readonly request: PlannedRequest;
  readonly conversion?: Conversion;
  readonly departures: readonly Departure[];
}

export interface AdaptOptions {
  /** Other providers, for errors that say who can. */
  readonly others?: readonly ImageProvider[];
  /** Whether a size that is only near the one asked for will not do. */
  readonly isSizeExact?: boolean;
}

/** @throws {CannotAdapt} where the provider cannot honour the request. */
export function adapt(
  request: ParsedRequest,
  provider: ImageProvider,
  { others = [], isSizeExact = false }: AdaptOptions = {},
): Adapted {
  const capabilities = provider.capabilities(request.model);
  const departures: Departure[] = [...filePrefixDepartures(request.filePrefix)];
  const context: AdaptContext = {
    name: provider.name,
    capabilities,
    others: others.filter((other) => other !== provider),
    isSizeExact,
    departures,
  };
  const prompt = adaptPrompt(request.prompt, context);
  const inputs = adaptInputs(request, context);
  const { options, conversion } = adaptOptions(request.options, context);
  const adapted: PlannedRequest = {
    operation: request.operation,
    prompt,
    inputs,
    count: request.count,
    ...given("negativePrompt", adaptNegativePrompt(request.negativePrompt, context)),
    ...given("mask", adaptMask(request.mask, inputs, context)),
    ...given("strength", adaptStrength(request.strength, context)),
    ...given("style", adaptStyle(request.style, context)),
    ...given("size", adaptSize(request, context)),
    ...given("seed", adaptSeed(request.seed, context)),
    ...given("model", request.model),
    options,
  };
  return { request: adapted, ...given("conversion", conversion), departures };
}

function given<Key extends string, T>(key: Key, value: T | undefined): { [K in Key]?: T } {
  return value === undefined ? {} : { [key]: value } as { [K in Key]?: T };
}

/** A prefix that was meant as a path would leave the person looking in the wrong folder. */
export function misreadFilePrefix(prefix: string | undefined): string | undefined {
  if (prefix === undefined || !/[\\/]|^~|\.(png|jpe?g|webp|gif)$/i.test(prefix)) return undefined;
  return `file_prefix ${
    shown(prefix)
  } only begins the file's name: the file is in the server's own ` +
    "folder, and save_as puts a copy elsewhere";
}

function filePrefixDepartures(prefix: string | undefined): readonly Departure[] {
  const sentence = misreadFilePrefix(prefix);
  return sentence ? [{ argument: "file_prefix", kind: "approximated", sentence }] : [];
}

function adaptPrompt(prompt: string, { name, capabilities }: AdaptContext): string {
  const { maxPromptLength } = capabilities;
  if (prompt.length <= maxPromptLength) return prompt;
  throw new CannotAdapt(
    "invalid_parameters",
    "prompt",
    `takes prompts of at most ${maxPromptLength} characters and this one has ${prompt.length}`,
    name,
    ["Shorten it"],
    { length: prompt.length, max_length: maxPromptLength },
  );
}

function adaptNegativePrompt(
  text: string | undefined,
  { name, capabilities, departures }: AdaptContext,
): string | undefined {
  if (text === undefined || capabilities.negativePrompt !== "none") return text;
  const sentence = `${name} takes no negative_prompt, so it was left out`;
  departures.push({ argument: "negative_prompt", kind: "left out", sentence });
  return undefined;
}

function adaptStyle(text: string | undefined, { name, capabilities, others }: AdaptContext) {
  if (text === undefined) return undefined;
  const style = findStyle(text, capabilities.styles);
  if (style !== undefined) return style;
  const available = Object.keys(capabilities.styles);
  throw new CannotAdapt(
    "invalid_style",
    "style",
    `has no style '${text}'`,
    name,
    [
      styleElsewhere(text, available, others),
      available.length > 0 ? `Its styles are ${oneOf(available)}` : "It has no styles",
    ],
    { style: text },
  );
}

/** Where the style is, or the style that was meant and where that is. */
function styleElsewhere(
  text: string,
  available: readonly string[],
  others: readonly ImageProvider[],
): string | undefined {
  const having = (style: string) =>
    others.filter((other) => findStyle(style, other.capabilities().styles) !== undefined);
  const places = having(text);
  if (places.length > 0) return `Provider ${namesOf(places)} has it`;
  const elsewhere = others.flatMap((other) => Object.keys(other.capabilities().styles));
  const meant = nearest(text, available) ?? nearest(text, elsewhere);
  if (meant === undefined) return undefined;
  const place = available.includes(meant) ? "" : ` of provider ${namesOf(having(meant))}`;
  return `The nearest style is '${meant}'${place}`;
}

function adaptSeed(seed: number | undefined, { name, capabilities, departures }: AdaptContext) {
  if (seed === undefined) return undefined;
  const bounds = capabilities.seed;
  if (bounds === undefined) {
    const sentence = `${name} takes no seed, so seed ${seed} was left out`;
    departures.push({ argument: "seed", kind: "left out", sentence });
    return undefined;
  }
  if (isWholeNumberWithin(seed, bounds)) return seed;
  throw new CannotAdapt(
    "invalid_parameters",
    "seed",
    `takes whole seeds from ${bounds.minimum} to ${bounds.maximum}, not ${seed}`,
    name,
    [],
    { seed, minimum: bounds.minimum, maximum: bounds.maximum },
  );
}
