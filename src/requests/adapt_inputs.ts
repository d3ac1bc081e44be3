/** Pictures that come in: whether a provider takes them, and what must be done to them before. */

import { oneOf } from "../errors.ts";
import type { InputImageInfo, InputRules } from "../providers/provider.ts";
import { type AdaptContext, CannotAdapt, namesOf, whoHas } from "./adapt_context.ts";
import { OPERATIONS } from "./operations.ts";
import type { InputConversion, ParsedRequest, PlannedInput } from "./request.ts";

/** All pictures of a request, in bytes: what is more takes too much memory on its way to a vendor. */
export const MAX_INPUT_BYTES_IN_ALL = 32 * 1024 * 1024;

/** @throws {CannotAdapt} where there are too many, or one is what nothing makes fit. */
export function adaptInputs(
  { operation, inputs, mask }: ParsedRequest,
  context: AdaptContext,
): readonly PlannedInput[] {
  const { name, capabilities: { inputs: rules }, departures } = context;
  if (inputs.length === 0) return inputs;
  const refuse = (reason: string, details: Readonly<Record<string, unknown>>): never => {
    const able = context.others.filter((other) => {
      const theirs = other.capabilities().inputs;
      return theirs && inputs.length <= mostImages(theirs, mask) &&
        inputs.every(({ role }) => theirs.roles.includes(role));
    });
    const advice = able.length > 0
      ? `Provider ${namesOf(able)} does`
      : "No configured provider does";
    throw new CannotAdapt("invalid_parameters", "images", reason, name, [advice], details);
  };
  if (!rules) {
    return refuse(`takes no pictures to ${OPERATIONS[operation].verb} from`, { max_images: 0 });
  }
  const most = mostImages(rules, mask);
  if (inputs.length > most) {
    const details = { images: inputs.length, max_images: most };
    const beside = most < rules.maxImages ? " beside a mask" : "";
    return refuse(`takes at most ${most} pictures${beside}, not ${inputs.length}`, details);
  }
  const share = shareOf(inputs.map(({ sizeBytes }) => sizeBytes));
  return inputs.map((input, index) => {
    const reason = whyNever(input, rules);
    if (reason) return refuse(`cannot take picture ${index + 1}: ${reason}`, { image: index + 1 });
    const tell = (sentence: string) =>
      departures.push({ argument: "images", kind: "approximated", sentence });
    input.changes?.forEach(tell);
    const { why, ...conversion } = conversionOf(input, rules, share);
    if (why.length === 0) return input;
    tell(`Picture ${index + 1} ${why.join(" and ")}, so ${consequence(input, conversion, name)}`);
    return { ...input, conversion };
  });
}

function mostImages(
  { maxImages, maxImagesWithMask = maxImages }: InputRules,
  mask: InputImageInfo | undefined,
): number {
  return mask ? maxImagesWithMask : maxImages;
}

/** The most bytes each may have so that all have as many as may be sent; small ones give theirs away. */
function shareOf(sizes: readonly number[]): number {
  let left = MAX_INPUT_BYTES_IN_ALL;
  for (const [index, size] of sizes.toSorted((one, other) => one - other).entries()) {
    const share = Math.floor(left / (sizes.length - index));
    if (size > share) return share;
    left -= size;
  }
  return Infinity;
}

/** What nothing here makes good; undefined where the picture is taken, perhaps in another form. */
function whyNever(input: InputImageInfo, rules: InputRules): string | undefined {
  const { role } = input;
  const { roles, maxRatio = Infinity, mediaTypes } = rules;
  if (!roles.includes(role)) return `its role is '${role}', and it takes ${oneOf(roles)}`;
  if (!WRITTEN.some((type) => mediaTypes.includes(type))) {
    return `it takes ${oneOf(mediaTypes)}, which is not written here`;
  }
  const ratio = Math.max(input.width, input.height) / Math.min(input.width, input.height);
  if (ratio > maxRatio) {
    return `it is ${
      sizeOf(input)
    }, and no side may be over ${maxRatio} times the other: crop it first`;
  }
  const { width, height } = sizeWithin(input, rules);
  const { minSide = 1, maxSide = Infinity, maxPixels = Infinity } = rules;
  const isWithin = Math.min(width, height) >= minSide && Math.max(width, height) <= maxSide &&
    width * height <= maxPixels;
  return isWithin
    ? undefined
    : `it is ${sizeOf(input)}, and in no size is each side from ${minSide} to ` +
      `${Math.min(maxSide, Math.floor(maxPixels / minSide))} pixels: crop it first`;
}

const WRITTEN = ["image/png", "image/jpeg", "image/webp"];

/** What must be done to it, and why; nothing where `why` is empty. */
function conversionOf(
  input: InputImageInfo,
  rules: InputRules,
  share: number,
): InputConversion & { readonly why: readonly string[] } {
  const { width, height } = sizeWithin(input, rules);
  const maxBytes = Math.min(rules.maxBytes, share);
  const why = [
    ...width * height < input.width * input.height
      ? [`is ${sizeOf(input)}, which is too large`]
      : [],
    ...width * height > input.width * input.height
      ? [`is ${sizeOf(input)}, which is too small`]
      : [],
    ...rules.mediaTypes.includes(input.mediaType) ? [] : [`is ${input.mediaType}`],
    ...input.sizeBytes > maxBytes ? [`has ${input.sizeBytes} bytes, more than ${maxBytes}`] : [],
  ];
  return { why, width, height, maxBytes, mediaTypes: rules.mediaTypes };
}

/** The nearest size within bounds, of the same shape. */
function sizeWithin(
  { width, height }: InputImageInfo,
  { minSide = 1, maxSide = Infinity, maxPixels = Infinity }: InputRules,
): { width: number; height: number } {
  const most = Math.min(maxSide / Math.max(width, height), Math.sqrt(maxPixels / (width * height)));
  const least = minSide / Math.min(width, height);
  if (most >= 1 && least <= 1) return { width, height };
  const [scale, round] = most < 1 ? [most, Math.floor] : [least, Math.ceil];
  // A product such as 0.1 × 30 may lie a hair above what it is.
  const scaled = (side: number) => Math.max(1, round(Number((side * scale).toFixed(6))));
  return { width: scaled(width), height: scaled(height) };
}

function consequence(input: InputImageInfo, { width, height }: InputConversion, name: string) {
  const isResized = width !== input.width || height !== input.height;
  return `${name} gets it ${isResized ? `as ${width}x${height}` : "packed anew"}`;
}

function sizeOf({ width, height }: InputImageInfo): string {
  return `${width}x${height}`;
}

/** The mask as the base picture is sent: of its size. */
export function adaptMask(
  mask: InputImageInfo | undefined,
  inputs: readonly PlannedInput[],
  context: AdaptContext,
): PlannedInput | undefined {
  const { name, capabilities, others, departures } = context;
  if (mask === undefined) return undefined;
  if (!capabilities.mask) {
    const having = others.filter((other) => other.capabilities().mask);
    const advice = [whoHas(having)];
    throw new CannotAdapt("invalid_parameters", "mask", "takes no mask", name, advice, {});
  }
  for (const sentence of mask.changes ?? []) {
    departures.push({ argument: "mask", kind: "approximated", sentence });
  }
  const { width = mask.width, height = mask.height } =
    inputs.find(({ role }) => role === "base")?.conversion ?? {};
  if (width === mask.width && height === mask.height) return mask;
  const conversion = { width, height, mediaTypes: ["image/png"], maxBytes: null };
  return { ...mask, conversion };
}

export function adaptStrength(
  strength: number | undefined,
  { name, capabilities, departures }: AdaptContext,
) {
  const bounds = capabilities.strength;
  if (strength === undefined || !bounds) {
    if (strength !== undefined) {
      const sentence = `${name} takes no strength, so strength ${strength} was left out`;
      departures.push({ argument: "strength", kind: "left out", sentence });
    }
    return undefined;
  }
  return Math.min(Math.max(strength, bounds.minimum), bounds.maximum);
}
