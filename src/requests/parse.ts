/** The arguments of a request, read and checked as far as no provider is needed for it. */

import { ImageError } from "../errors.ts";
import { isSameRatio, parseRatio, parseSize, parseTier, type PixelSize, ratioOf } from "./size.ts";

/** The arguments of generate_image; an empty text counts as absent. */
export interface RequestArguments {
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

/** The arguments read and checked as far as no provider is needed for it. */
export interface ParsedRequest {
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

export function parseRequest(args: RequestArguments): ParsedRequest {
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
  const wish: ParsedRequest = {
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

/** A provider's name and the argument it stands in. */
export interface ProviderName {
  readonly argument: string;
  readonly name: string;
}

/** Neither a size nor a tier where nobody can read the text. */
export interface Resolution {
  readonly text: string;
  readonly size?: PixelSize | "auto";
  /** As of `parseTier`. */
  readonly tier?: number;
}

export interface Ratio {
  readonly text: string;
  readonly value: number;
}

export type Options = Readonly<Record<string, string | number>>;

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

function readOptions(args: RequestArguments): Options {
  const given = OPTION_NAMES.map((name) => {
    const value = args[name];
    return [name, typeof value === "string" ? givenText(value)?.toLowerCase() : value] as const;
  });
  const options = Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Options;
  return options.output_format === "jpg" ? { ...options, output_format: "jpeg" } : options;
}

/** @throws {ImageError} where two arguments contradict each other whatever the provider. */
function checkAgreement({ resolution, ratio, options }: ParsedRequest): void {
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

export function isCompressible(format: string | number | undefined): boolean {
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

const MAX_COUNT = 10;

/** The format comes before its compression, which depends on it. */
const OPTION_NAMES = [
  "quality",
  "background",
  "output_format",
  "output_compression",
  "moderation",
] as const;
