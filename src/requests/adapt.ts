/** A wish in the terms of one provider: what it honours, what it leaves out, what it refuses. */

import { type ErrorCode, ImageError, nearest, oneOf } from "../errors.ts";
import type {
  Capabilities,
  ImageProvider,
  ImageRequest,
  OptionRule,
  Size,
} from "../providers/provider.ts";
import {
  closestSize,
  describeSizes,
  isLegalSize,
  nameOf,
  nearestSize,
  type PixelSize,
  sizeOfTier,
} from "./size.ts";
import { findStyle } from "./style.ts";
import type { Options, ParsedRequest, Ratio, Resolution } from "./parse.ts";

export interface Adapted {
  readonly request: ImageRequest;
  readonly departures: readonly Departure[];
}

/** Where a request leaves something out or changes it. */
interface Departure {
  readonly argument: string;
  readonly sentence: string;
}

/** @throws {CannotAdapt} where the provider cannot honour the wish. */
export function adapt(
  wish: ParsedRequest,
  provider: ImageProvider,
  all: readonly ImageProvider[],
): Adapted {
  const capabilities = provider.capabilities(wish.model);
  const departures: Departure[] = [];
  const context = {
    name: provider.name,
    capabilities,
    others: all.filter((other) => other !== provider),
    departures,
  };
  const request: ImageRequest = {
    prompt: adaptPrompt(wish.prompt, context),
    count: wish.count,
    ...given("negativePrompt", wish.negativePrompt),
    ...given("style", adaptStyle(wish.style, context)),
    ...given("size", adaptSize(wish, context)),
    ...given("seed", adaptSeed(wish.seed, context)),
    ...given("model", wish.model),
    options: adaptOptions(wish.options, context),
  };
  return { request, departures };
}

/** An argument that one provider cannot honour and another perhaps can. */
export class CannotAdapt extends ImageError {
  constructor(
    code: ErrorCode,
    readonly argument: string,
    /** The reason, to follow the provider's name: "has no style 'watercolour'". */
    readonly reason: string,
    readonly provider: string,
    advice: readonly (string | undefined)[],
    details: Readonly<Record<string, unknown>>,
  ) {
    const sentences = [`Provider '${provider}' ${reason}`, ...advice.filter(Boolean)];
    super(code, sentences.join(". "), { provider, ...details });
  }
}

/** What the fitting of each argument reads, and where it notes its departures. */
interface AdaptContext {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly others: readonly ImageProvider[];
  readonly departures: Departure[];
}

export function given<Key extends string, T>(key: Key, value: T | undefined): { [K in Key]?: T } {
  return value === undefined ? {} : { [key]: value } as { [K in Key]?: T };
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
    { style: text, available_styles: available },
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

function adaptSize({ resolution, ratio }: ParsedRequest, context: AdaptContext): Size | undefined {
  const { sizes } = context.capabilities;
  if (resolution?.tier) {
    const size = sizeOfTier(resolution.tier, ratio?.value ?? 1, sizes);
    return size ?? refuseSize({ resolution, ratio }, context);
  }
  if (resolution && resolution.size !== "auto") {
    const size = resolution.size && nameOf(resolution.size);
    return size && isLegalSize(size, sizes) ? size : refuseSize({ resolution }, context);
  }
  if (ratio) return adaptRatio(ratio, context);
  return resolution && isLegalSize("auto", sizes) ? "auto" : undefined;
}

function adaptRatio(
  { text, value }: Ratio,
  { name, capabilities, departures }: AdaptContext,
): Size {
  const { size, exact } = closestSize(value, capabilities.sizes);
  const sentence = `${name} draws no ${text} pictures; the closest it draws, ${size}, was used`;
  if (!exact) departures.push({ argument: "aspect_ratio", sentence });
  return size;
}

function refuseSize(
  { resolution, ratio }: { resolution: Resolution; ratio?: Ratio },
  { name, capabilities }: AdaptContext,
): never {
  const { text } = resolution;
  const { sizes } = capabilities;
  const wanted = pixelsOf(resolution, ratio?.value ?? 1);
  const isShape = wanted !== undefined && Math.max(wanted.width, wanted.height) < SMALLEST_SIDE;
  throw new CannotAdapt(
    "invalid_resolution",
    "resolution",
    wanted && !isShape
      ? `cannot draw '${text}'${ratio ? ` of aspect_ratio '${ratio.text}'` : ""}`
      : `knows no resolution '${text}'`,
    name,
    [
      isShape ? `Pass a shape as aspect_ratio '${text}'` : undefined,
      wanted && !isShape ? `The nearest size is ${nearestSize(wanted, sizes)}` : undefined,
      `It draws ${describeSizes(sizes)}`,
    ],
    { resolution: text, available_resolutions: Object.keys(sizes.listed) },
  );
}

/** The pixels that a resolution means, a tier in the given shape. */
function pixelsOf({ size, tier }: Resolution, ratio: number): PixelSize | undefined {
  if (tier === undefined) return size === "auto" ? undefined : size;
  const stretch = Math.sqrt(ratio);
  return { width: Math.round(tier * stretch), height: Math.round(tier / stretch) };
}

function adaptSeed(seed: number | undefined, { name, capabilities, departures }: AdaptContext) {
  if (seed === undefined) return undefined;
  const bounds = capabilities.seed;
  if (bounds === undefined) {
    const sentence = `${name} takes no seed, so seed ${seed} was left out`;
    departures.push({ argument: "seed", sentence });
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

function adaptOptions(options: Options, context: AdaptContext): Options {
  const adapted: Record<string, string | number> = {};
  for (const [option, value] of Object.entries(options)) {
    const accepted = adaptOption(option, value, context);
    if (accepted !== undefined) adapted[option] = accepted;
  }
  return adapted;
}

function adaptOption(option: string, value: string | number, context: AdaptContext) {
  const { name, capabilities, others, departures } = context;
  const rule = capabilities.options[option];
  if (rule && isLegalOption(value, rule)) return value;
  // "auto" leaves it to the vendor, and so does not saying it.
  if (value === "auto") return undefined;
  if (rule === undefined && APPROXIMATE_OPTIONS.has(option)) {
    const sentence = `${name} has no setting '${option}', so ${option} '${value}' was left out`;
    departures.push({ argument: option, sentence });
    return undefined;
  }
  const having = others.filter((other) => option in other.capabilities().options);
  const advice = having.length > 0
    ? `Provider ${namesOf(having)} has it`
    : "No configured provider has it";
  throw new CannotAdapt(
    "invalid_parameters",
    option,
    rule ? `takes no ${option} '${value}'` : `has no setting '${option}'`,
    name,
    [rule ? `'${option}' must be ${legalValues(rule)}` : advice],
    { [option]: value, ...(rule && "values" in rule ? { legal_values: rule.values } : rule) },
  );
}

export function isLegalOption(value: string | number, rule: OptionRule): boolean {
  if ("values" in rule) return typeof value === "string" && rule.values.includes(value);
  return typeof value === "number" && isWholeNumberWithin(value, rule);
}

function legalValues(rule: OptionRule): string {
  if ("values" in rule) return oneOf(rule.values);
  return `a whole number from ${rule.minimum} to ${rule.maximum}`;
}

export function isWholeNumberWithin(
  value: number,
  bounds: { minimum: number; maximum: number },
): boolean {
  return Number.isInteger(value) && value >= bounds.minimum && value <= bounds.maximum;
}

function namesOf(providers: readonly ImageProvider[]): string {
  return oneOf(providers.map(({ name }) => name));
}

export function sentencesOf(departures: readonly Departure[]): readonly string[] {
  return departures.map(({ sentence }) => sentence);
}

/** Below this many pixels on both sides, "16:9" is surely a shape and not a size. */
const SMALLEST_SIDE = 64;

/** Options that a picture may go without: leaving one out deserves a warning, not an error. */
export const APPROXIMATE_OPTIONS: ReadonlySet<string> = new Set(["quality"]);
