/** A size, a tier or a shape as the nearest that a provider draws. */

import type { Size } from "../providers/provider.ts";
import { type AdaptContext, CannotAdapt } from "./adapt_context.ts";
import type { AspectRatio, ParsedRequest, Resolution } from "./request.ts";
import {
  closestSize,
  describeSizes,
  isLegalSize,
  isSameRatio,
  nameOf,
  nearestSize,
  parseSize,
  type PixelSize,
  ratioOf,
  sizeOfTier,
} from "./size.ts";

/**
 * The size to ask for; undefined leaves it to the vendor. One outside the vendor's range becomes
 * the nearest of the same shape.
 * @throws {CannotAdapt} where that shape cannot be had, or nobody can read the size.
 */
export function adaptSize(
  { resolution, aspectRatio }: Pick<ParsedRequest, "resolution" | "aspectRatio">,
  context: AdaptContext,
): Size | undefined {
  const { sizes } = context.capabilities;
  if (resolution && resolution.size !== "auto") {
    return exactSize(resolution, aspectRatio, context) ??
      nearSize(resolution, aspectRatio, context);
  }
  if (aspectRatio) return sizeOfShape(aspectRatio, context);
  return resolution && isLegalSize("auto", sizes) ? "auto" : undefined;
}

function exactSize(
  { size, tier }: Resolution,
  aspectRatio: AspectRatio | undefined,
  { capabilities: { sizes } }: AdaptContext,
): Size | undefined {
  if (tier) return sizeOfTier(tier, aspectRatio?.value ?? 1, sizes);
  const name = size && size !== "auto" ? nameOf(size) : undefined;
  return name && isLegalSize(name, sizes) ? name : undefined;
}

function nearSize(
  resolution: Resolution,
  aspectRatio: AspectRatio | undefined,
  context: AdaptContext,
): Size {
  const { name, capabilities, isSizeExact, departures } = context;
  const wanted = pixelsOf(resolution, aspectRatio?.value ?? 1);
  const near = wanted && nearestSize(wanted, capabilities.sizes);
  const pixels = near && parseSize(near);
  const hasShape = pixels && pixels !== "auto" && isSameRatio(ratioOf(pixels), ratioOf(wanted!));
  if (!near || !hasShape || isSizeExact) throw refusal(resolution, aspectRatio, wanted, context);
  departures.push({
    argument: "resolution",
    kind: "approximated",
    sentence:
      `${name} does not draw ${resolution.text}, so ${near} was drawn, the nearest of that shape`,
  });
  return near;
}

function sizeOfShape({ text, value }: AspectRatio, context: AdaptContext): Size {
  const { name, capabilities, departures } = context;
  const { size, exact } = closestSize(value, capabilities.sizes);
  const sentence = `${name} draws no ${text} pictures; the closest it draws, ${size}, was used`;
  if (!exact) departures.push({ argument: "aspect_ratio", kind: "approximated", sentence });
  return size;
}

function refusal(
  resolution: Resolution,
  aspectRatio: AspectRatio | undefined,
  wanted: PixelSize | undefined,
  { name, capabilities: { sizes } }: AdaptContext,
): CannotAdapt {
  const { text } = resolution;
  const shape = aspectRatio ? ` of aspect_ratio '${aspectRatio.text}'` : "";
  return new CannotAdapt(
    "invalid_resolution",
    "resolution",
    wanted === undefined ? `knows no resolution '${text}'` : `cannot draw '${text}'${shape}`,
    name,
    [
      wanted && `The nearest size is ${nearestSize(wanted, sizes)}`,
      `It draws ${describeSizes(sizes)}`,
    ],
    { resolution: text },
  );
}

/** The pixels that a resolution means, a tier in the given shape. */
function pixelsOf({ size, tier }: Resolution, ratio: number): PixelSize | undefined {
  if (tier === undefined) return size === "auto" ? undefined : size;
  const stretch = Math.sqrt(ratio);
  return { width: Math.round(tier * stretch), height: Math.round(tier / stretch) };
}
