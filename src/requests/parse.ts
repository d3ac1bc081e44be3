/** The arguments of a request, read once: after this nobody sees them as the client wrote them. */

import { ImageError } from "../errors.ts";
import type { InputImageInfo, Operation } from "../providers/provider.ts";
import { OPERATIONS } from "./operations.ts";
import { contradiction, parseShape } from "./parse_shape.ts";
import { ANY_SEED, type Options, type ParsedRequest, type ProviderName } from "./request.ts";
import { isSameRatio, parseSize, ratioOf } from "./size.ts";

/** The arguments as clients write them; an empty text counts as absent. */
export interface RequestArguments {
  prompt: string;
  /** A provider's name in any letter case, or "auto". */
  provider?: string;
  /** "anime", or with its provider "doubao:anime". */
  style?: string;
  /** "1024x768", "1024:768", "2K" or "auto", or with its provider "hunyuan:1024:768". */
  resolution?: string;
  /** "16:9", "1.777", or a word such as "square". */
  aspect_ratio?: string;
  negative_prompt?: string;
  n?: number;
  /** `ANY_SEED`: a new one, whatever a template or an example has. */
  seed?: number;
  quality?: string;
  model?: string;
  file_prefix?: string;
  background?: string;
  output_format?: string;
  output_compression?: number;
  moderation?: string;
  /** 0 to 1, with a base picture. */
  strength?: number;
  /** Whether nothing changes outside a mask (default true). */
  preserve_outside?: boolean;
  /** Further fields of the model itself, by its own names. */
  options?: Readonly<Record<string, unknown>>;
}

/** The pictures that come in with a request. */
export interface RequestInputs {
  readonly images: readonly InputImageInfo[];
  readonly mask?: InputImageInfo;
}

/**
 * Reads arguments and inputs as far as no provider is needed for it.
 * @throws {ImageError} `invalid_parameters` for every plain mistake.
 */
export function parseRequest(
  args: RequestArguments,
  operation: Operation = "generate",
  { images, mask }: RequestInputs = { images: [] },
): ParsedRequest {
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
  const request: ParsedRequest = {
    operation,
    prompt: checkedPrompt(args.prompt, operation),
    negativePrompt: givenText(args.negative_prompt),
    inputs: checkInputs(operation, images),
    mask,
    ...args.preserve_outside === false && mask ? { preservesOutside: false } : {},
    strength: checkedStrength(args.strength),
    providerNames: names.filter((named): named is ProviderName => named.name !== undefined),
    model: givenText(args.model),
    style: NO_STYLE.has(style.rest?.trim().toLowerCase()) ? undefined : chosenText(style.rest),
    ...parseShape(givenText(resolution.rest), chosenText(args.aspect_ratio)),
    count: checkedCount(args.n ?? 1),
    seed: args.seed === ANY_SEED ? undefined : args.seed,
    filePrefix: givenText(args.file_prefix),
    options: readOptions(args),
    ...Object.keys(args.options ?? {}).length > 0 ? { modelOptions: args.options } : {},
  };
  checkAgreement(request);
  return request;
}

function checkedPrompt(prompt: string, operation: Operation): string {
  if (prompt.trim() !== "") return prompt;
  throw new ImageError("invalid_parameters", `The prompt is empty: ${EMPTY_PROMPTS[operation]}`);
}

const EMPTY_PROMPTS: Readonly<Record<Operation, string>> = {
  generate: "say what the picture shows",
  edit: "say what to change. For variations of a picture that was made here, call generate_image " +
    "with its id as based_on, and with n",
};

/** @throws {ImageError} where they are too few, too many, or not in the roles that it needs. */
export function checkInputs<Image extends Pick<InputImageInfo, "role">>(
  operation: Operation,
  images: readonly Image[],
): readonly Image[] {
  const { verb, minImages, maxImages, single } = OPERATIONS[operation];
  if (images.length < minImages) {
    throw new ImageError("invalid_parameters", `There is no picture to ${verb}: pass one`);
  }
  if (images.length > maxImages) {
    throw new ImageError(
      "invalid_parameters",
      `A request takes at most ${maxImages} pictures and this one has ${images.length}`,
      { images: images.length, max_images: maxImages },
    );
  }
  for (const role of single) {
    const count = images.filter((image) => image.role === role).length;
    if (count === 1) continue;
    throw new ImageError(
      "invalid_parameters",
      `To ${verb}, exactly one picture has the role '${role}', and ${count} have it`,
      { role, images: count },
    );
  }
  return images;
}

function checkedStrength(strength: number | undefined): number | undefined {
  if (strength === undefined || (strength >= 0 && strength <= 1)) return strength;
  throw new ImageError(
    "invalid_parameters",
    `'strength' must be a number from 0 to 1, current value is ${strength}`,
    { strength },
  );
}

function checkedCount(count: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= MAX_COUNT) return count;
  throw new ImageError(
    "invalid_parameters",
    `'n' must be a whole number from 1 to ${MAX_COUNT}, current value is ${count}`,
    { n: count },
  );
}

function readOptions(args: RequestArguments): Options {
  const given = OPTION_NAMES.map((name) => {
    const value = args[name];
    return [name, typeof value === "string" ? optionMeant(name, value) : value] as const;
  });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Options;
}

function optionMeant(name: string, text: string): string | undefined {
  const word = givenText(text)?.toLowerCase().replace(/^(image\/|\.)/, "");
  return OPTION_WORDS.get(`${name} ${word}`) ?? word;
}

/** Other words for what all providers call alike. */
const OPTION_WORDS: ReadonlyMap<string, string> = new Map([
  ["output_format jpg", "jpeg"],
  ...["clear", "alpha", "transparency", "透明", "透過", "투명", "transparente"]
    .map((word) => [`background ${word}`, "transparent"] as const),
  ...["solid", "不透明", "불투명"].map((word) => [`background ${word}`, "opaque"] as const),
]);

/** @throws {ImageError} where two arguments contradict each other whatever the provider. */
function checkAgreement(
  { resolution, aspectRatio, inputs, mask, ...request }: ParsedRequest,
): void {
  const size = resolution?.size;
  const { output_compression, output_format, background } = request.options;
  const hasBase = inputs.some(({ role }) => role === "base");
  if (
    aspectRatio && size && size !== "auto" && !isSameRatio(ratioOf(size), aspectRatio.value, 0.02)
  ) {
    throw contradiction(resolution.text, aspectRatio.text);
  }
  if (!hasBase && (mask || request.strength !== undefined)) {
    const argument = mask ? "mask" : "strength";
    throw new ImageError(
      "invalid_parameters",
      `'${argument}' needs a picture with the role 'base', which it is about`,
      { argument },
    );
  }
  const isCompressible = output_format === "jpeg" || output_format === "webp";
  if (output_compression !== undefined && !isCompressible) {
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

/** How people say that they want none. */
const NO_STYLE: ReadonlySet<string | undefined> = new Set(
  ["none", "no style", "default", "无", "なし", "없음", "ninguno", "keiner", "aucun"],
);

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
