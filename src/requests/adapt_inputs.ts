/** Pictures that come in: whether a provider takes them as they are. */

import { oneOf } from "../errors.ts";
import type { InputImageInfo, InputRules } from "../providers/provider.ts";
import { type AdaptContext, CannotAdapt, namesOf, whoHas } from "./adapt_context.ts";
import { OPERATIONS } from "./operations.ts";
import type { ParsedRequest } from "./request.ts";

export function adaptInputs(
  { operation, inputs, mask }: ParsedRequest,
  context: AdaptContext,
): readonly InputImageInfo[] {
  const { name, capabilities: { inputs: rules } } = context;
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
  for (const [index, input] of inputs.entries()) {
    const breach = INPUT_BOUNDS.find(({ isKept }) => !isKept(input, rules));
    if (breach) {
      const details = { image: index + 1 };
      return refuse(`cannot take picture ${index + 1}: ${breach.reason(input, rules)}`, details);
    }
  }
  return inputs;
}

function mostImages(
  { maxImages, maxImagesWithMask = maxImages }: InputRules,
  mask: InputImageInfo | undefined,
): number {
  return mask ? maxImagesWithMask : maxImages;
}

interface InputBound {
  readonly isKept: (input: InputImageInfo, rules: InputRules) => boolean;
  readonly reason: (input: InputImageInfo, rules: InputRules) => string;
}

/** What a vendor may ask of each picture, and the sentence where one is not so. */
const INPUT_BOUNDS: readonly InputBound[] = [
  {
    isKept: ({ role }, { roles }) => roles.includes(role),
    reason: ({ role }, { roles }) => `its role is '${role}', and it takes ${oneOf(roles)}`,
  },
  {
    isKept: ({ mediaType }, { mediaTypes }) => mediaTypes.includes(mediaType),
    reason: ({ mediaType }, { mediaTypes }) =>
      `it is ${mediaType}, and it takes ${oneOf(mediaTypes)}`,
  },
  {
    isKept: ({ sizeBytes }, { maxBytes }) => sizeBytes <= maxBytes,
    reason: ({ sizeBytes }, { maxBytes }) => `it has ${sizeBytes} bytes, more than ${maxBytes}`,
  },
  {
    isKept: ({ width, height }, { minSide = 1 }) => Math.min(width, height) >= minSide,
    reason: (input, { minSide }) => `it is ${sizeOf(input)}, and no side may be under ${minSide}`,
  },
  {
    isKept: ({ width, height }, { maxSide = Infinity }) => Math.max(width, height) <= maxSide,
    reason: (input, { maxSide }) => `it is ${sizeOf(input)}, and no side may be over ${maxSide}`,
  },
  {
    isKept: ({ width, height }, { maxPixels = Infinity }) => width * height <= maxPixels,
    reason: (input, { maxPixels }) => `it is ${sizeOf(input)}, over ${maxPixels} pixels in all`,
  },
  {
    isKept: ({ width, height }, { maxRatio = Infinity }) =>
      Math.max(width, height) <= maxRatio * Math.min(width, height),
    reason: (input, { maxRatio }) =>
      `it is ${sizeOf(input)}, and no side may be over ${maxRatio} times the other`,
  },
];

function sizeOf({ width, height }: InputImageInfo): string {
  return `${width}x${height}`;
}

export function adaptMask(mask: InputImageInfo | undefined, context: AdaptContext) {
  const { name, capabilities, others } = context;
  if (mask === undefined || capabilities.mask) return mask;
  const having = others.filter((other) => other.capabilities().mask);
  throw new CannotAdapt("invalid_parameters", "mask", "takes no mask", name, [whoHas(having)], {});
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
