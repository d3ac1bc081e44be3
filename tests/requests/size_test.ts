import assert from "node:assert/strict";

import {
  closestSize,
  describeSizes,
  isLegalSize,
  nearestSize,
  parseRatio,
  parseSize,
  parseTier,
  sizeOfTier,
} from "../../src/requests/size.ts";
import type { SizeRules } from "../../src/providers/provider.ts";

/** Eight sizes and nothing else. */
const listedOnly: SizeRules = {
  listed: {
    "768:768": "1:1",
    "1024:1024": "1:1",
    "768:1024": "3:4",
    "1024:768": "4:3",
    "1280:720": "16:9",
    "720:1280": "9:16",
  },
  default: "1024:1024",
};

const sixteens: SizeRules = {
  listed: {
    "1024x1024": "1:1",
    "1536x1024": "3:2",
    "1024x1536": "2:3",
    auto: "the model's choice",
  },
  default: "1024x1024",
  range: {
    minSide: 16,
    maxSide: 3840,
    minPixels: 655_360,
    maxPixels: 8_294_400,
    multipleOf: 16,
    maxRatio: 3,
  },
};

const large: SizeRules = {
  listed: {
    "2048x2048": "1:1",
    "1024x1024": "1:1",
    "2816x1584": "16:9",
    "1152x864": "4:3",
    "2304x1728": "4:3",
  },
  default: "2048x2048",
  range: { minSide: 240, maxSide: 8601, minPixels: 921_600, maxPixels: 4_624_220, maxRatio: 16 },
};

const small: SizeRules = {
  listed: { "1024:1024": "1:1" },
  default: "1024:1024",
  range: { minSide: 512, maxSide: 2048, maxPixels: 1_048_576 },
};

const allRules = { listedOnly, sixteens, large, small };

const SIZES: readonly (readonly [string, ReturnType<typeof parseSize>])[] = [
  ["1024:768", { width: 1024, height: 768 }],
  ["1024x768", { width: 1024, height: 768 }],
  ["1024X768", { width: 1024, height: 768 }],
  ["1024*768", { width: 1024, height: 768 }],
  ["1024×768", { width: 1024, height: 768 }],
  ["1024：768", { width: 1024, height: 768 }],
  ["  1024 x 768 ", { width: 1024, height: 768 }],
  ["1024x768px", { width: 1024, height: 768 }],
  ["1024px x 768px", { width: 1024, height: 768 }],
  ["1024 by 768 pixels", { width: 1024, height: 768 }],
  ["1024×768像素", { width: 1024, height: 768 }],
  ["auto", "auto"],
  [" AUTO ", "auto"],
  ["0x768", undefined],
  ["1024", undefined],
  ["1024x", undefined],
  ["1024x768x3", undefined],
  ["-1024x768", undefined],
  ["1e3x768", undefined],
  ["hunyuan:1024:768", undefined],
  ["2K", undefined],
  ["", undefined],
];

for (const [text, expected] of SIZES) {
  Deno.test(`the size '${text}' is read as ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(parseSize(text), expected);
  });
}

const TIERS = [["1K", 1024], ["2k", 2048], [" 1.5K ", 1536], ["0K", undefined], ["K", undefined], [
  "2048",
  undefined,
]] as const;

for (const [text, expected] of TIERS) {
  Deno.test(`the tier '${text}' is read as ${expected}`, () => {
    assert.equal(parseTier(text), expected);
  });
}

const RATIOS = [
  ["16:9", 16 / 9],
  ["16x9", 16 / 9],
  ["16/9", 16 / 9],
  [" 16 : 9 ", 16 / 9],
  ["16：9", 16 / 9],
  ["1.777", 1.777],
  ["1", 1],
  ["2.35:1", 2.35],
  ["square", 1],
  ["Portrait", 2 / 3],
  ["landscape", 1.5],
  ["landscape_16_9", 16 / 9],
  ["portrait 16 9", 9 / 16],
  ["square-hd", 1],
  ["横屏", 16 / 9],
  ["constructor", undefined],
  ["portrait_0_9", undefined],
  ["0:9", undefined],
  ["16:0", undefined],
  ["wide", 16 / 9],
  ["tall", 9 / 16],
  ["正方形", 1],
  ["세로", 2 / 3],
  ["Hochformat", 2 / 3],
  ["16:9 landscape", 16 / 9],
  ["16:9 (widescreen)", 16 / 9],
  ["portrait (3:4)", 3 / 4],
  ["portrait 16:9", 9 / 16],
  ["square 1:1", 1],
  ["square 16:9", undefined],
  ["banner 16:9", undefined],
  ["roomy", undefined],
  ["16:9:1", undefined],
  ["", undefined],
] as const;

for (const [text, expected] of RATIOS) {
  Deno.test(`the aspect ratio '${text}' is read as ${expected}`, () => {
    assert.equal(parseRatio(text), expected);
  });
}

const LEGAL = [
  ["listedOnly", "1024x768", true],
  ["listedOnly", "1000x768", false],
  ["listedOnly", "auto", false],
  ["sixteens", "auto", true],
  ["sixteens", "1600x896", true],
  ["sixteens", "1600x900", false],
  ["sixteens", "640x640", false],
  ["sixteens", "3840x2160", true],
  ["sixteens", "3840x3840", false],
  ["sixteens", "2048x512", false],
  ["large", "1024x768", false],
  ["large", "1025x901", true],
  ["small", "511x600", false],
  ["small", "2048x512", true],
  ["small", "2049x512", false],
] as const;

for (const [rules, size, expected] of LEGAL) {
  Deno.test(`${size} is ${expected ? "legal" : "not legal"} for the rules '${rules}'`, () => {
    assert.equal(isLegalSize(size, allRules[rules]), expected);
  });
}

const CLOSEST = [
  ["a listed size of that shape comes first", "listedOnly", 16 / 9, "1280x720", true],
  ["of two listed, the one nearest in area to the default", "listedOnly", 1, "1024x1024", true],
  ["…also when the default is the larger", "large", 4 / 3, "2304x1728", true],
  ["rounding in a name is no other shape", "listedOnly", 1.777, "1280x720", true],
  ["any size in the range, in its multiples", "sixteens", 16 / 9, "1360x768", true],
  ["sides in blocks of 8 where no multiple is asked", "small", 2, "1440x720", true],
  ["the closest shape where the list is all", "listedOnly", 21 / 9, "1280x720", false],
  ["the closest shape that the range's ratio allows", "sixteens", 4, "1776x592", false],
  ["…and the other way up", "sixteens", 1 / 4, "592x1776", false],
] as const;

for (const [what, rules, ratio, size, exact] of CLOSEST) {
  Deno.test(`an aspect ratio picks ${what} (${rules}, ${ratio.toFixed(2)})`, () => {
    const closest = closestSize(ratio, allRules[rules]);

    assert.deepEqual(closest, { size, exact });
  });
}

Deno.test("whatever the shape, the size picked is legal and says truly whether it is exact", () => {
  for (const rules of Object.values(allRules)) {
    for (let ratio = 1 / 20; ratio < 20; ratio *= 1.07) {
      const { size, exact } = closestSize(ratio, rules);
      const { width, height } = pixelsOf(size);

      assert.ok(isLegalSize(size, rules), `${size} for ${ratio}`);
      assert.equal(Math.abs(Math.log(width / height / ratio)) <= 0.01, exact, `${size}, ${ratio}`);
    }
  }
});

Deno.test("the default 'auto' or '2K' has an area as well", () => {
  const automatic = { ...sixteens, default: "auto" };
  const tier = {
    ...large,
    listed: { "1024x1024": "1:1", "2048x2048": "1:1", "2K": "any shape" },
    default: "2K",
  };

  assert.deepEqual(closestSize(1, automatic), { size: "1024x1024", exact: true });
  assert.deepEqual(closestSize(1, tier), { size: "2048x2048", exact: true });
});

const TIER_SIZES = [
  ["large", 2048, 16 / 9, "2816x1584"],
  ["large", 1024, 4 / 3, "1152x864"],
  ["large", 4096, 1, undefined],
  ["listedOnly", 1024, 16 / 9, "1280x720"],
  ["listedOnly", 2048, 16 / 9, undefined],
  ["sixteens", 2048, 1, "2048x2048"],
  // "4K" is 3840x2160 on a screen, and this model draws no larger area.
  ["sixteens", 4096, 16 / 9, "3840x2160"],
] as const;

for (const [rules, side, ratio, expected] of TIER_SIZES) {
  const shape = ratio.toFixed(2);
  Deno.test(`the tier of ${side} in ${shape} is ${expected} for the rules '${rules}'`, () => {
    assert.equal(sizeOfTier(side, ratio, allRules[rules]), expected);
  });
}

const NEAREST = [
  ["a legal size is its own nearest", "listedOnly", "1024x768", "1024x768"],
  ["the shape counts before the area", "listedOnly", "4096x4096", "1024x1024"],
  ["of one shape, the area counts", "listedOnly", "512x512", "768x768"],
  ["a vendor's own size of about that area is preferred", "large", "1024x768", "1152x864"],
  ["an area far from any listed one is computed", "large", "768x768", "960x960"],
  ["a shape that is not drawn becomes the closest one", "listedOnly", "2560x1080", "1280x720"],
] as const;

for (const [what, rules, wanted, expected] of NEAREST) {
  Deno.test(`nearest size: ${what}`, () => {
    const nearest = nearestSize(pixelsOf(wanted), allRules[rules]);

    assert.equal(nearest, expected);
  });
}

Deno.test("legal sizes are described as the vendor writes them, with every bound", () => {
  assert.equal(
    describeSizes(listedOnly),
    "768:768, 1024:1024, 768:1024, 1024:768, 1280:720, 720:1280",
  );
  assert.equal(
    describeSizes(sixteens),
    "1024x1024, 1536x1024, 1024x1536, auto, or any size with sides of 16 to 3840 pixels in " +
      "multiples of 16, at least 655,360 pixels in all, at most 8,294,400 pixels in all, " +
      "no side more than 3 times the other",
  );
});

function pixelsOf(size: string): { width: number; height: number } {
  const parsed = parseSize(size);
  assert.ok(parsed !== undefined && parsed !== "auto", size);
  return parsed;
}
