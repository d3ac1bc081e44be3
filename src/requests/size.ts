/** Sizes and aspect ratios: reading them, and finding the legal size of a model that is closest. */

import type { Size, SizeRange, SizeRules } from "../providers/provider.ts";
import { parseShapeWord } from "./shape_words.ts";

/** Whole pixels, both at least 1. */
export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/**
 * "1024x768", "1024:768", "1024*768", "1024×768" or "1024 by 768 px", in any letter case and with
 * spaces, or "auto".
 */
export function parseSize(text: string): PixelSize | "auto" | undefined {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "auto") return "auto";
  const [, width, height] = SIZE.exec(trimmed) ?? [];
  const size = { width: Number(width), height: Number(height) };
  return size.width > 0 && size.height > 0 ? size : undefined;
}

/**
 * Vendors' short names for an area, as the side of a square in pixels: "2K" is 2048, since it
 * has as many pixels as 2048x2048 in any shape.
 */
export function parseTier(text: string): number | undefined {
  const [, thousands] = /^(\d(?:\.\d)?)k$/.exec(text.trim().toLowerCase()) ?? [];
  const side = Number(thousands) * 1024;
  return side > 0 ? side : undefined;
}

/** Width over height, from "16:9", "16x9", "16/9", "1.777" or a word such as "square". */
export function parseRatio(text: string): number | undefined {
  const wanted = text.trim().toLowerCase();
  const word = parseShapeWord(wanted);
  if (word !== undefined) return word;
  const [, width, height = "1"] = RATIO.exec(wanted) ?? [];
  const ratio = Number(width) / Number(height);
  return ratio > 0 && Number.isFinite(ratio) ? ratio : undefined;
}

/** "16:9" and "1:1" are surely shapes and no sizes; "16x16" is a size that is too small. */
export function isShape({ width, height }: PixelSize): boolean {
  return Math.max(width, height) < SMALLEST_SIDE && (width !== height || width === 1);
}

const SMALLEST_SIDE = 64;

/** Whether a model draws exactly this size: it is listed, or within the range. */
export function isLegalSize(size: Size, rules: SizeRules): boolean {
  const wanted = parseSize(size);
  if (wanted === undefined) return false;
  if (wanted === "auto") {
    return Object.keys(rules.listed).some((name) => parseSize(name) === "auto");
  }
  return isListed(wanted, rules) || isWithin(wanted, rules.range);
}

/**
 * The legal size closest to a shape (`ratio` is width over height). Sizes offered by
 * name come first, then any within the range; of several, the one nearest in area to
 * `pixels`, by default the default size's. `exact` is false where the shape is more
 * than 1 % off because the model draws none nearer.
 */
export function closestSize(
  ratio: number,
  rules: SizeRules,
  pixels = defaultPixels(rules),
): { size: Size; exact: boolean } {
  const listed = listedSizes(rules);
  const free = freeSizes(ratio, rules.range);
  const exact = bestOfShape(listed, ratio, pixels) ?? bestOfShape(free, ratio, pixels);
  if (exact) return { size: nameOf(exact), exact: true };
  const best = bestOfClosestShape([...listed, ...free], ratio, pixels);
  return { size: best ? nameOf(best) : "auto", exact: false };
}

/**
 * The legal size of a tier (`side` as of `parseTier`) in a shape, or undefined where the model
 * draws none. Vendors mean the area by "4K", screens the longer side: the area is tried first.
 */
export function sizeOfTier(side: number, ratio: number, rules: SizeRules): Size | undefined {
  for (const measure of [sideOfSquare, longerSide]) {
    for (const sizes of [listedSizes(rules), freeSizes(ratio, rules.range)]) {
      const best = leastBy(
        sizes.filter((size) =>
          isSameRatio(ratioOf(size), ratio) && isWithinFactor(measure(size), side, TIER_TOLERANCE)
        ),
        (size) => difference(measure(size), side),
      );
      if (best) return nameOf(best);
    }
  }
  return undefined;
}

/** The legal size most like another: itself if it can be, else of its shape and then of its area. */
export function nearestSize(wanted: PixelSize, rules: SizeRules): Size {
  if (isLegalSize(nameOf(wanted), rules)) return nameOf(wanted);
  const ratio = ratioOf(wanted);
  const pixels = areaOf(wanted);
  const listed = listedSizes(rules);
  const own = listed.filter((size) => isWithinFactor(areaOf(size), pixels, OWN_SIZE_TOLERANCE));
  const sizes = [...listed, ...freeSizes(ratio, rules.range)];
  const best = bestOfShape(own, ratio, pixels) ?? bestOfShape(sizes, ratio, pixels) ??
    bestOfClosestShape(sizes, ratio, pixels);
  return best ? nameOf(best) : "auto";
}

/** The legal sizes in words, to follow "it draws". */
export function describeSizes({ listed, range }: SizeRules): string {
  const names = Object.keys(listed).join(", ");
  return range ? `${names}, or any size ${describeRange(range)}` : names;
}

/** Whether two aspect ratios are the same but for rounding, or for another `tolerance` (0.01 = 1 %). */
export function isSameRatio(one: number, other: number, tolerance = 0.01): boolean {
  return isWithinFactor(one, other, tolerance);
}

/** Width over height. */
export function ratioOf({ width, height }: PixelSize): number {
  return width / height;
}

/** The size as this server writes it, such as "1024x768". */
export function nameOf({ width, height }: PixelSize): `${number}x${number}` {
  return `${width}x${height}`;
}

function isListed(wanted: PixelSize, rules: SizeRules): boolean {
  return listedSizes(rules).some(({ width, height }) =>
    width === wanted.width && height === wanted.height
  );
}

/** The listed sizes that say a width and a height; "auto" and "2K" do not. */
function listedSizes({ listed }: SizeRules): readonly PixelSize[] {
  return Object.keys(listed).map(parseSize)
    .filter((size) => size !== undefined && size !== "auto");
}

function isWithin(size: PixelSize, range: SizeRange | undefined): boolean {
  if (range === undefined) return false;
  const { minPixels = 0, maxPixels = Infinity, multipleOf = 1, maxRatio = Infinity } = range;
  const shorter = Math.min(size.width, size.height);
  const longer = longerSide(size);
  const area = areaOf(size);
  return shorter >= range.minSide && longer <= range.maxSide &&
    area >= minPixels && area <= maxPixels &&
    shorter % multipleOf === 0 && longer % multipleOf === 0 &&
    longer / shorter <= maxRatio;
}

/** One size of the wished shape for each width in the range, as near as the range allows. */
function freeSizes(ratio: number, range: SizeRange | undefined): readonly PixelSize[] {
  if (range === undefined) return [];
  const { minSide, maxSide, maxRatio = Infinity, multipleOf = CONVENIENT_MULTIPLE } = range;
  const drawn = Math.min(Math.max(ratio, 1 / maxRatio), maxRatio);
  const sizes: PixelSize[] = [];
  const first = Math.ceil(minSide / multipleOf) * multipleOf;
  for (let width = first; width <= maxSide; width += multipleOf) {
    const height = Math.round(width / drawn / multipleOf) * multipleOf;
    if (isWithin({ width, height }, range)) sizes.push({ width, height });
  }
  return sizes;
}

/** Of the sizes in a shape, the one nearest in area; of about equal ones, the truest to the shape. */
function bestOfShape(
  sizes: readonly PixelSize[],
  ratio: number,
  pixels: number,
): PixelSize | undefined {
  return leastBy(
    sizes.filter((size) => isSameRatio(ratioOf(size), ratio)),
    (size) => difference(areaOf(size), pixels) + SHAPE_WEIGHT * difference(ratioOf(size), ratio),
  );
}

function bestOfClosestShape(
  sizes: readonly PixelSize[],
  ratio: number,
  pixels: number,
): PixelSize | undefined {
  const closest = leastBy(sizes, (size) => difference(ratioOf(size), ratio));
  return closest && bestOfShape(sizes, ratioOf(closest), pixels);
}

/** The area that a model draws when no size is asked for. */
function defaultPixels(rules: SizeRules): number {
  const side = parseTier(rules.default);
  if (side !== undefined) return side ** 2;
  const size = parseSize(rules.default);
  const known = size === "auto" || size === undefined ? listedSizes(rules)[0] : size;
  return known ? areaOf(known) : USUAL_PIXELS;
}

function describeRange(range: SizeRange): string {
  const { minSide, maxSide, minPixels, maxPixels, multipleOf = 1, maxRatio } = range;
  const bounds = [
    `with sides of ${minSide} to ${maxSide} pixels` +
    (multipleOf > 1 ? ` in multiples of ${multipleOf}` : ""),
    minPixels && `at least ${grouped(minPixels)} pixels in all`,
    maxPixels && `at most ${grouped(maxPixels)} pixels in all`,
    maxRatio && `no side more than ${maxRatio} times the other`,
  ];
  return bounds.filter(Boolean).join(", ");
}

function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

function longerSide({ width, height }: PixelSize): number {
  return Math.max(width, height);
}

/** The side of the square that has as many pixels. */
function sideOfSquare(size: PixelSize): number {
  return Math.sqrt(areaOf(size));
}

function areaOf({ width, height }: PixelSize): number {
  return width * height;
}

function isWithinFactor(one: number, other: number, tolerance: number): boolean {
  return difference(one, other) <= Math.log1p(tolerance);
}

/** How far apart two positive numbers are as a factor: half is as far as double. */
function difference(one: number, other: number): number {
  return Math.abs(Math.log(one / other));
}

/** The first item whose score is the least. */
function leastBy<T>(items: readonly T[], scoreOf: (item: T) => number): T | undefined {
  let best: { readonly item: T; readonly score: number } | undefined;
  for (const item of items) {
    const score = scoreOf(item);
    if (best === undefined || score < best.score) best = { item, score };
  }
  return best?.item;
}

const SIZE =
  /^(\d{1,6})(?:\s*px)?\s*(?:[x:：*×]|by\s)\s*(\d{1,6})(?:\s*(?:px|pixels?|像素|ピクセル))?$/;
const RATIO = /^(\d{1,6}(?:\.\d+)?)(?:\s*[:：x×*/]\s*(\d{1,6}(?:\.\d+)?))?$/;

/** Vendors round the sizes of a tier, up to this far from its nominal side. */
const TIER_TOLERANCE = 0.08;

/** A size that the vendor offers by name is preferred to a nearer one when its area is this near. */
const OWN_SIZE_TOLERANCE = 0.35;

/** How much a shape that is a little off counts against an area that is. */
const SHAPE_WEIGHT = 10;

/** Where a vendor asks for none: picture formats work in blocks of 8 pixels. */
const CONVENIENT_MULTIPLE = 8;

/** Where a model names no size at all. */
const USUAL_PIXELS = 1024 * 1024;
