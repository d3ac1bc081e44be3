/** Sizes by the bounds that Model Studio sets: to the area, to each side, or by a list. */

import type { SizeRange, SizeRules } from "../provider.ts";

/** Any size whose area is that of a square between `least` and `most` pixels a side. */
export function fromAreas(least: number, most: number, maxRatio: number): SizeRules {
  return withOffered({
    minSide: Math.ceil(least / Math.sqrt(maxRatio)),
    maxSide: Math.floor(most * Math.sqrt(maxRatio)),
    minPixels: least ** 2,
    maxPixels: most ** 2,
    maxRatio,
  });
}

/** Any size whose sides lie between `least` and `most` pixels. */
export function fromSides(least: number, most: number): SizeRules {
  return withOffered({ minSide: least, maxSide: most });
}

/** Exactly the sizes listed, the first by default. */
export function fromList(listed: Readonly<Record<string, string>>): SizeRules {
  return { listed, default: Object.keys(listed)[0]! };
}

/** Where the vendor chooses and cannot be told. */
export const UNCHOSEN: SizeRules = {
  listed: { auto: "the size of the picture that comes in" },
  default: "auto",
};

/** The largest of each shape come first, since that is what the vendor draws unasked. */
function withOffered(range: SizeRange): SizeRules {
  const offered = Object.entries(OFFERED).filter(([size]) => {
    const [width = 0, height = 0] = size.split("x").map(Number);
    const [shorter, longer] = [Math.min(width, height), Math.max(width, height)];
    const pixels = width * height;
    return shorter >= range.minSide && longer <= range.maxSide &&
      pixels >= (range.minPixels ?? 0) && pixels <= (range.maxPixels ?? Infinity);
  });
  const auto = "left to the model, which keeps the shape of a picture that comes in";
  return { listed: { ...Object.fromEntries(offered), auto }, default: "auto", range };
}

/** Round sizes in the shapes that people ask for, of 2K first and then larger and smaller ones. */
const OFFERED: Readonly<Record<string, string>> = {
  "2048x2048": "1:1, 2K",
  "2560x1440": "16:9, 2K",
  "1440x2560": "9:16, 2K",
  "2304x1728": "4:3, 2K",
  "1728x2304": "3:4, 2K",
  "2496x1664": "3:2, 2K",
  "1664x2496": "2:3, 2K",
  "3024x1296": "21:9, 2K",
  "4096x4096": "1:1, 4K",
  "5120x2880": "16:9, 4K",
  "2880x5120": "9:16, 4K",
  "1440x1440": "1:1",
  "1920x1080": "16:9",
  "1080x1920": "9:16",
  "1600x1200": "4:3",
  "1200x1600": "3:4",
  "1680x1120": "3:2",
  "1120x1680": "2:3",
  "2100x900": "21:9",
  "1280x1280": "1:1",
  "1024x1024": "1:1, 1K",
  "1280x720": "16:9, 1K",
  "720x1280": "9:16, 1K",
  "1152x864": "4:3, 1K",
  "864x1152": "3:4, 1K",
  "1248x832": "3:2, 1K",
  "832x1248": "2:3, 1K",
};
