/** From what a person asked for to a provider and a request it can honour. */

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
  isSameRatio,
  nameOf,
  nearestSize,
  parseRatio,
  parseSize,
  parseTier,
  type PixelSize,
  ratioOf,
  sizeOfTier,
} from "./size.ts";
import { closestStyle, findStyle, isNeutralStyle } from "./style.ts";

/** The arguments of generate_image; an empty text counts as absent. */
export interface GenerateArguments {
  prompt: string;
  /** A provider's name in any letter case, or "auto". */
  provider?: string;
  /** "anime", or with its provider "doubao:anime". */
  style?: string;
  /** "1024x768", "1024:768", "2K" or "auto", or with its provider "hunyuan:1024:768". */
  resolution?: string;
  aspect_ratio?: string;
  negative_prompt?: string;
  n?: number;
  seed?: number;
  quality?: string;
  model?: string;
  file_prefix?: string;
  background?: string;
  output_format?: string;
  output_compression?: number;
  moderation?: string;
}

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

/**
 * The same wish for another provider when the chosen one is down: style and size become
 * the closest it has, and what it lacks is left out, each with a warning.
 * @throws {ImageError} when the prompt is too long for it.
 */
export function translate(
  choice: Choice,
  args: GenerateArguments,
  provider: ImageProvider,
): Choice {
  const wish = readWish(args);
  const capabilities = provider.capabilities();
  const style = translateStyle(choice, provider);
  const size = translateSize(choice, wish, provider);
  const options = acceptedOptions(wish.options, provider.name, capabilities);
  const seed = acceptedSeed(wish.seed, provider.name, capabilities);
  const model = withoutModel(wish.model, provider.name);
  const { request, departures } = fit(
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

/** The arguments read and checked as far as no provider is needed for it. */
interface Wish {
  readonly prompt: string;
  readonly names: readonly ProviderName[];
  readonly style?: string;
  readonly resolution?: Resolution;
  readonly ratio?: Ratio;
  readonly negativePrompt?: string;
  readonly count: number;
  readonly seed?: number;
  readonly model?: string;
  readonly options: Options;
}

/** A provider's name and the argument it stands in. */
interface ProviderName {
  readonly argument: string;
  readonly name: string;
}

/** Neither a size nor a tier where nobody can read the text. */
interface Resolution {
  readonly text: string;
  readonly size?: PixelSize | "auto";
  /** As of `parseTier`. */
  readonly tier?: number;
}

interface Ratio {
  readonly text: string;
  readonly value: number;
}

type Options = Readonly<Record<string, string | number>>;

/** Where a request leaves something out or changes it. */
interface Departure {
  readonly argument: string;
  readonly sentence: string;
}

interface Fit {
  readonly request: ImageRequest;
  readonly departures: readonly Departure[];
}

/** An argument that one provider cannot honour and another perhaps can. */
class Misfit extends ImageError {
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

function readWish(args: GenerateArguments): Wish {
  const provider = chosenText(args.provider)?.toLowerCase();
  const style = withoutPrefix(args.style);
  const resolution = isPlainResolution(args.resolution)
    ? { rest: args.resolution }
    : withoutPrefix(args.resolution);
  const names = [
    { argument: "provider", name: provider },
    { argument: "style", name: style.prefix },
    { argument: "resolution", name: resolution.prefix },
  ];
  const wish: Wish = {
    prompt: checkedPrompt(args.prompt),
    names: names.filter((named): named is ProviderName => named.name !== undefined),
    style: chosenText(style.rest),
    resolution: readResolution(givenText(resolution.rest)),
    ratio: readRatio(chosenText(args.aspect_ratio)),
    negativePrompt: givenText(args.negative_prompt),
    count: checkedCount(args.n ?? 1),
    seed: args.seed,
    model: givenText(args.model),
    options: readOptions(args),
  };
  checkAgreement(wish);
  return wish;
}

function checkedPrompt(prompt: string): string {
  if (prompt.trim() !== "") return prompt;
  throw new ImageError("invalid_parameters", "The prompt is empty: say what the picture shows");
}

function checkedCount(count: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= MAX_COUNT) return count;
  throw new ImageError(
    "invalid_parameters",
    `'n' must be a whole number from 1 to ${MAX_COUNT}, current value is ${count}`,
    { n: count },
  );
}

function readResolution(text: string | undefined): Resolution | undefined {
  return text === undefined ? undefined : { text, size: parseSize(text), tier: parseTier(text) };
}

function readRatio(text: string | undefined): Ratio | undefined {
  if (text === undefined) return undefined;
  const value = parseRatio(text);
  if (value !== undefined) return { text, value };
  throw new ImageError(
    "invalid_parameters",
    `Cannot read aspect_ratio '${text}': write it as '16:9', '16x9' or '1.777'`,
    { aspect_ratio: text },
  );
}

function readOptions(args: GenerateArguments): Options {
  const given = OPTION_NAMES.map((name) => {
    const value = args[name];
    return [name, typeof value === "string" ? givenText(value)?.toLowerCase() : value] as const;
  });
  const options = Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Options;
  return options.output_format === "jpg" ? { ...options, output_format: "jpeg" } : options;
}

/** @throws {ImageError} where two arguments contradict each other whatever the provider. */
function checkAgreement({ resolution, ratio, options }: Wish): void {
  const size = resolution?.size;
  if (ratio && size && size !== "auto" && !isSameRatio(ratioOf(size), ratio.value, 0.02)) {
    throw new ImageError(
      "invalid_parameters",
      `resolution '${resolution.text}' is not of aspect_ratio '${ratio.text}': leave one of them out`,
      { resolution: resolution.text, aspect_ratio: ratio.text },
    );
  }
  const { output_compression, output_format, background } = options;
  if (output_compression !== undefined && !isCompressible(output_format)) {
    throw new ImageError(
      "invalid_parameters",
      "'output_compression' needs output_format 'jpeg' or 'webp'",
      { output_compression, output_format },
    );
  }
  if (background === "transparent" && output_format === "jpeg") {
    throw new ImageError(
      "invalid_parameters",
      "A JPEG has no transparency: background 'transparent' needs output_format 'png' or 'webp'",
      { background, output_format },
    );
  }
}

function isCompressible(format: string | number | undefined): boolean {
  return format === "jpeg" || format === "webp";
}

/** Trimmed; undefined where there is nothing. */
function givenText(text: string | undefined): string | undefined {
  return text?.trim() || undefined;
}

/** As `givenText`, where "auto" leaves the choice to the server as well. */
function chosenText(text: string | undefined): string | undefined {
  const given = givenText(text);
  return given?.toLowerCase() === "auto" ? undefined : given;
}

/** Takes "doubao:anime" apart; a prefix never begins with a digit, so "1024:768" has none. */
function withoutPrefix(text: string | undefined): { prefix?: string; rest?: string } {
  const [, prefix, rest] = /^\s*([^\d\s:：][^:：]*)[:：](.*)$/su.exec(text ?? "") ?? [];
  if (rest === undefined) return { rest: text };
  return { prefix: chosenText(prefix)?.toLowerCase(), rest };
}

function isPlainResolution(text: string | undefined): boolean {
  return text !== undefined && parseSize(text) !== undefined;
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

/** @throws {Misfit} where the provider cannot honour the wish. */
function fit(wish: Wish, provider: ImageProvider, all: readonly ImageProvider[]): Fit {
  const capabilities = provider.capabilities(wish.model);
  const departures: Departure[] = [];
  const context = {
    name: provider.name,
    capabilities,
    others: all.filter((other) => other !== provider),
    departures,
  };
  const request: ImageRequest = {
    prompt: fitPrompt(wish.prompt, context),
    count: wish.count,
    ...given("negativePrompt", wish.negativePrompt),
    ...given("style", fitStyle(wish.style, context)),
    ...given("size", fitSize(wish, context)),
    ...given("seed", fitSeed(wish.seed, context)),
    ...given("model", wish.model),
    options: fitOptions(wish.options, context),
  };
  return { request, departures };
}

/** What the fitting of each argument reads, and where it notes its departures. */
interface Fitting {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly others: readonly ImageProvider[];
  readonly departures: Departure[];
}

function given<Key extends string, T>(key: Key, value: T | undefined): { [K in Key]?: T } {
  return value === undefined ? {} : { [key]: value } as { [K in Key]?: T };
}

function fitPrompt(prompt: string, { name, capabilities }: Fitting): string {
  const { maxPromptLength } = capabilities;
  if (prompt.length <= maxPromptLength) return prompt;
  throw new Misfit(
    "invalid_parameters",
    "prompt",
    `takes prompts of at most ${maxPromptLength} characters and this one has ${prompt.length}`,
    name,
    ["Shorten it"],
    { length: prompt.length, max_length: maxPromptLength },
  );
}

function fitStyle(text: string | undefined, { name, capabilities, others }: Fitting) {
  if (text === undefined) return undefined;
  const style = findStyle(text, capabilities.styles);
  if (style !== undefined) return style;
  const available = Object.keys(capabilities.styles);
  throw new Misfit(
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

function fitSize({ resolution, ratio }: Wish, context: Fitting): Size | undefined {
  const { sizes } = context.capabilities;
  if (resolution?.tier) {
    const size = sizeOfTier(resolution.tier, ratio?.value ?? 1, sizes);
    return size ?? refuseSize({ resolution, ratio }, context);
  }
  if (resolution && resolution.size !== "auto") {
    const size = resolution.size && nameOf(resolution.size);
    return size && isLegalSize(size, sizes) ? size : refuseSize({ resolution }, context);
  }
  if (ratio) return fitRatio(ratio, context);
  return resolution && isLegalSize("auto", sizes) ? "auto" : undefined;
}

function fitRatio({ text, value }: Ratio, { name, capabilities, departures }: Fitting): Size {
  const { size, exact } = closestSize(value, capabilities.sizes);
  const sentence = `${name} draws no ${text} pictures; the closest it draws, ${size}, was used`;
  if (!exact) departures.push({ argument: "aspect_ratio", sentence });
  return size;
}

function refuseSize(
  { resolution, ratio }: { resolution: Resolution; ratio?: Ratio },
  { name, capabilities }: Fitting,
): never {
  const { text } = resolution;
  const { sizes } = capabilities;
  const wanted = pixelsOf(resolution, ratio?.value ?? 1);
  const isShape = wanted !== undefined && Math.max(wanted.width, wanted.height) < SMALLEST_SIDE;
  throw new Misfit(
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

function fitSeed(seed: number | undefined, { name, capabilities, departures }: Fitting) {
  if (seed === undefined) return undefined;
  const bounds = capabilities.seed;
  if (bounds === undefined) {
    const sentence = `${name} takes no seed, so seed ${seed} was left out`;
    departures.push({ argument: "seed", sentence });
    return undefined;
  }
  if (isWholeNumberWithin(seed, bounds)) return seed;
  throw new Misfit(
    "invalid_parameters",
    "seed",
    `takes whole seeds from ${bounds.minimum} to ${bounds.maximum}, not ${seed}`,
    name,
    [],
    { seed, minimum: bounds.minimum, maximum: bounds.maximum },
  );
}

function fitOptions(options: Options, context: Fitting): Options {
  const fitted: Record<string, string | number> = {};
  for (const [option, value] of Object.entries(options)) {
    const accepted = fitOption(option, value, context);
    if (accepted !== undefined) fitted[option] = accepted;
  }
  return fitted;
}

function fitOption(option: string, value: string | number, context: Fitting) {
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
  throw new Misfit(
    "invalid_parameters",
    option,
    rule ? `takes no ${option} '${value}'` : `has no setting '${option}'`,
    name,
    [rule ? `'${option}' must be ${legalValues(rule)}` : advice],
    { [option]: value, ...(rule && "values" in rule ? { legal_values: rule.values } : rule) },
  );
}

function isLegalOption(value: string | number, rule: OptionRule): boolean {
  if ("values" in rule) return typeof value === "string" && rule.values.includes(value);
  return typeof value === "number" && isWholeNumberWithin(value, rule);
}

function legalValues(rule: OptionRule): string {
  if ("values" in rule) return oneOf(rule.values);
  return `a whole number from ${rule.minimum} to ${rule.maximum}`;
}

function isWholeNumberWithin(value: number, bounds: { minimum: number; maximum: number }): boolean {
  return Number.isInteger(value) && value >= bounds.minimum && value <= bounds.maximum;
}

function namesOf(providers: readonly ImageProvider[]): string {
  return oneOf(providers.map(({ name }) => name));
}

function sentencesOf(departures: readonly Departure[]): readonly string[] {
  return departures.map(({ sentence }) => sentence);
}

/** The part of a wish that a translation replaces, and what it says about it. */
interface Translation {
  readonly part: Partial<Wish>;
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
function translateSize({ request }: Choice, wish: Wish, to: ImageProvider): Translation {
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

const MAX_COUNT = 10;

/** Below this many pixels on both sides, "16:9" is surely a shape and not a size. */
const SMALLEST_SIDE = 64;

/** The format comes before its compression, which depends on it. */
const OPTION_NAMES = [
  "quality",
  "background",
  "output_format",
  "output_compression",
  "moderation",
] as const;

/** Options that a picture may go without: leaving one out deserves a warning, not an error. */
const APPROXIMATE_OPTIONS: ReadonlySet<string> = new Set(["quality"]);
