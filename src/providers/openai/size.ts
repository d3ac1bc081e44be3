/** The size to draw in where a picture that comes in tells it. */

import type { InputImage, Size, SizeRange, SizeRules } from "../provider.ts";

type Sides = readonly [width: number, height: number];

/**
 * The legal size most like a picture's: of its shape, with as many pixels as it has, up to those
 * of the largest size offered by name, since pixels are what is paid for.
 */
export function sizeLike(
  { width, height }: Pick<InputImage, "width" | "height">,
  { listed, range }: SizeRules,
): Size {
  const named = Object.keys(listed).map((name) => name.split("x").map(Number))
    .filter((sides): sides is [number, number] => sides.length === 2);
  const most = Math.max(...named.map(([across, down]) => across * down));
  const pixels = Math.min(most, width * height);
  const candidates = range ? sizesWithin(range, width / height) : named;
  const distance = ([across, down]: Sides) =>
    SHAPE_WEIGHT * apart(across / down, width / height) + apart(across * down, pixels);
  const [across, down] = candidates.reduce<Sides>(
    (best, size) => distance(size) < distance(best) ? size : best,
    candidates[0]!,
  );
  return `${across}x${down}`;
}

/** One for each width, of that shape or the nearest that the range allows. */
function sizesWithin(range: SizeRange, ratio: number): readonly Sides[] {
  const { minSide, maxSide, minPixels = 1, maxPixels = Infinity, maxRatio = Infinity } = range;
  const { multipleOf = USUAL_MULTIPLE } = range;
  const shape = Math.min(maxRatio, Math.max(1 / maxRatio, ratio));
  const sizes: Sides[] = [];
  const first = Math.ceil(minSide / multipleOf) * multipleOf;
  for (let width = first; width <= maxSide; width += multipleOf) {
    const height = Math.round(width / shape / multipleOf) * multipleOf;
    const [short, long] = [Math.min(width, height), Math.max(width, height)];
    const isLegal = short >= minSide && long <= maxSide && long <= short * maxRatio &&
      width * height >= minPixels && width * height <= maxPixels;
    if (isLegal) sizes.push([width, height]);
  }
  return sizes;
}

/** Two positive numbers, as a factor: half is as far as double. */
function apart(one: number, other: number): number {
  return Math.abs(Math.log(one / other));
}

/** How much another shape counts against another number of pixels. */
const SHAPE_WEIGHT = 10;
/** Pictures are drawn in blocks of so many pixels. */
const USUAL_MULTIPLE = 8;
