/** What each generation of Hunyuan draws, as data. */

import type { Size, SizeRules } from "../provider.ts";

/** The size of image 3.0 that comes nearest to a picture's shape, from 4:1 to 1:4. */
export function sizeLike(
  { width, height }: { readonly width: number; readonly height: number },
): Size {
  const ratio = Math.min(Math.max(width / height, 1 / 4), 4);
  const across = Math.round(1024 * Math.sqrt(ratio) / STEP) * STEP;
  const down = Math.min(Math.floor(1024 * 1024 / across / STEP) * STEP, 2048);
  return `${across}x${Math.max(down, 512)}`;
}

/** In pixels: all but four of the vendor's 37 sizes are multiples of it. */
const STEP = 64;

export const SEEDS = { minimum: 1, maximum: 4_294_967_295 } as const;

const SHARED = {
  "1024:1024": "1:1",
  "768:768": "1:1, small",
  "768:1024": "3:4",
  "1024:768": "4:3",
  "720:1280": "9:16",
  "1280:720": "16:9",
} as const;

/** The only sizes of the first generation. */
export const SIZES_V1: SizeRules = {
  listed: { ...SHARED, "768:1280": "3:5", "1280:768": "5:3" },
  default: "1024:1024",
};

export const SIZES_V3: SizeRules = {
  listed: { ...SHARED, "512:1024": "1:2", "1024:512": "2:1" },
  default: "1024:1024",
  range: { minSide: 512, maxSide: 2048, maxPixels: 1024 * 1024 },
};

/** Also what an unknown model is trusted with: the vendor refuses what it cannot draw. */
export const SIZES_V3_5: SizeRules = {
  listed: { ...SIZES_V3.listed, "2048:2048": "1:1, 2K", "4096:4096": "1:1, 4K" },
  default: "1024:1024",
  range: { minSide: 256, maxSide: 8192, maxPixels: 4096 * 4096 },
};
