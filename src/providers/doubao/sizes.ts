/** The sizes that Seedream's families draw, and which of them comes nearest to another. */

import type { Size, SizeRules } from "../provider.ts";

/** The size of a picture changed from one of these sides: its shape, in the area of 2K. */
export function sizeLike({ width, height }: Measures): Size {
  const scale = Math.sqrt(AREA_2K / (width * height));
  const inSteps = (side: number) => Math.max(Math.round(side * scale / STEP), 1) * STEP;
  return `${inSteps(width)}x${inSteps(height)}`;
}

/** `size` itself where the family draws it, else the listed size of the nearest shape. */
export function adaptSize(size: Size, { sizes }: { readonly sizes: Required<SizeRules> }): Size {
  const wanted = measure(size);
  if (isWithin(wanted, sizes.range)) return size;
  const nearest = Object.keys(sizes.listed).sort((one, other) =>
    distance(measure(one), wanted) - distance(measure(other), wanted)
  );
  return nearest[0] as Size;
}

export interface Bounds {
  readonly minPixels: number;
  readonly maxPixels: number;
}

interface Measures {
  readonly width: number;
  readonly height: number;
}

/** A tier's sizes, in the order of `RATIOS`. */
export interface Tier {
  readonly name: string;
  readonly sizes: readonly string[];
}

/** The listed sizes of `tiers`, and any other within `bounds`. */
export function sizeRules(tiers: readonly Tier[], bounds: Bounds): Required<SizeRules> {
  const range = {
    minSide: Math.ceil(Math.sqrt(bounds.minPixels / MAX_RATIO)),
    maxSide: Math.floor(Math.sqrt(bounds.maxPixels * MAX_RATIO)),
    maxRatio: MAX_RATIO,
    ...bounds,
  };
  const common = Object.entries(COMMON_SIZES).filter(([size]) => isWithin(measure(size), range));
  const tiered = tiers.flatMap(({ name, sizes }) =>
    sizes.map((size, index) => [size, `${RATIOS[index]}, ${name}`] as const)
  );
  const listed = { ...Object.fromEntries(common), ...Object.fromEntries(tiered) };
  return { listed, default: DEFAULT_SIZE, range };
}

function measure(size: string): Measures {
  const [width = 0, height = 0] = size.split("x").map(Number);
  return { width, height };
}

function isWithin({ width, height }: Measures, { minPixels, maxPixels }: Partial<Bounds>): boolean {
  const pixels = width * height;
  const ratio = Math.max(width, height) / Math.min(width, height);
  return ratio <= MAX_RATIO && pixels >= (minPixels ?? 0) && pixels <= (maxPixels ?? Infinity);
}

/** How unlike two sizes are: first by shape, then by area. */
function distance(one: Measures, other: Measures): number {
  const shape = Math.abs(Math.log((one.width / one.height) * (other.height / other.width)));
  const area = Math.abs(Math.log((one.width * one.height) / (other.width * other.height)));
  return shape * 1000 + area;
}

const DEFAULT_SIZE = "2048x2048";
export const MAX_RATIO = 16;
/** In pixels; every family draws so many. */
const AREA_2K = 2048 * 2048;
/** In pixels, of a side. */
const STEP = 16;

const RATIOS = ["1:1", "4:3", "3:4", "16:9", "9:16", "3:2", "2:3", "21:9"] as const;

export const PRO_1K: Tier = {
  name: "1K",
  sizes: [
    "1024x1024",
    "1152x864",
    "864x1152",
    "1424x800",
    "800x1424",
    "1248x832",
    "832x1248",
    "1568x672",
  ],
};

export const PRO_2K: Tier = {
  name: "2K",
  sizes: [
    "2048x2048",
    "2368x1776",
    "1776x2368",
    "2816x1584",
    "1584x2816",
    "2496x1664",
    "1664x2496",
    "3136x1344",
  ],
};

export const TIER_1K: Tier = {
  name: "1K",
  sizes: [
    "1024x1024",
    "1152x864",
    "864x1152",
    "1280x720",
    "720x1280",
    "1248x832",
    "832x1248",
    "1512x648",
  ],
};

export const TIER_2K: Tier = {
  name: "2K",
  sizes: [
    "2048x2048",
    "2304x1728",
    "1728x2304",
    "2848x1600",
    "1600x2848",
    "2496x1664",
    "1664x2496",
    "3136x1344",
  ],
};

export const TIER_3K: Tier = {
  name: "3K",
  sizes: [
    "3072x3072",
    "3456x2592",
    "2592x3456",
    "4096x2304",
    "2304x4096",
    "3744x2496",
    "2496x3744",
    "4704x2016",
  ],
};

export const TIER_4K: Tier = {
  name: "4K",
  sizes: [
    "4096x4096",
    "4704x3520",
    "3520x4704",
    "5504x3040",
    "3040x5504",
    "4992x3328",
    "3328x4992",
    "6240x2656",
  ],
};

/** Sizes people know from screens and earlier versions, offered wherever the family draws them. */
const COMMON_SIZES: Readonly<Record<string, string>> = {
  "2048x2048": "1:1, 2K",
  "2560x1440": "16:9",
  "1440x2560": "9:16",
  "2304x1728": "4:3",
  "1728x2304": "3:4",
  "2496x1664": "3:2",
  "1664x2496": "2:3",
  "3024x1296": "21:9",
  "1296x3024": "9:21",
  "1024x1024": "1:1",
  "768x1024": "3:4",
  "1024x768": "4:3",
  "576x1024": "9:16",
  "1024x576": "16:9",
  "768x768": "1:1",
  "512x768": "2:3",
  "768x512": "3:2",
  "512x512": "1:1",
};
