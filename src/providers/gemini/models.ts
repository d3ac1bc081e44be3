/** What each family of Gemini's image models accepts; ids come and go within months. */

import type { Capabilities, Size } from "../provider.ts";
import { STYLE_WORDS } from "../style_words.ts";

/** A size in the vendor's words. */
export interface Format {
  readonly aspectRatio: string;
  /** Absent where the model draws in one tier only and takes no other word for it. */
  readonly imageSize?: string;
}

export interface Family {
  readonly capabilities: Capabilities;
  readonly formats: ReadonlyMap<Size, Format>;
}

export const DEFAULT_MODEL = "gemini-nano-banana-2.1";

/** Ids worth naming in November 2026; any other is passed on. */
export const KNOWN_MODELS: readonly string[] = [
  DEFAULT_MODEL,
  "gemini-3-pro-image",
  "gemini-3.1-flash-lite-image",
];

/** The family of a model id; the newest one's rules where the id does not tell. */
export function familyOf(model: string): Family {
  return FAMILIES.find(({ pattern }) => pattern.test(model))?.family ?? NEWEST;
}

/** Why a model draws no more, to follow its name; undefined where nothing is known against it. */
export function retirement(model: string): string | undefined {
  return RETIRED.find(({ pattern }) => pattern.test(model))?.why;
}

/**
 * The vendor's image generation guide, and deprecation notes read 2026-11-25: Imagen ended on
 * 2026-08-17, 2.5 Flash Image on 2026-10-02, 3.1 Flash Image on 2026-10-29.
 */
const RETIRED: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: /^(models\/)?imagen/i, why: "which ended on 2026-08-17" },
  { pattern: /2\.5-flash-image/i, why: "which ended on 2026-10-02" },
  { pattern: /3\.1-flash-image/i, why: "which ended on 2026-10-29" },
];

type Shapes = Readonly<Record<string, readonly (readonly [width: number, height: number])[]>>;

/**
 * Pixels at 1K for each ratio that the vendor knows (its image generation guide, and measured
 * with 2.1 in November 2026). It rounds 21:9 to just over 1 % off: the second row is for those
 * who ask for the shape.
 */
const SHAPES: Shapes = {
  "1:1": [[1024, 1024]],
  "2:3": [[848, 1264]],
  "3:2": [[1264, 848]],
  "3:4": [[896, 1200]],
  "4:3": [[1200, 896]],
  "4:5": [[928, 1152]],
  "5:4": [[1152, 928]],
  "9:16": [[768, 1376]],
  "16:9": [[1376, 768]],
  "21:9": [[1584, 672], [1568, 672]],
};

const LONG_SHAPES: Shapes = {
  "1:4": [[512, 2064]],
  "4:1": [[2064, 512]],
  "1:8": [[352, 2928]],
  "8:1": [[2928, 352]],
};

const SHAPES_2_5: Shapes = {
  "1:1": [[1024, 1024]],
  "2:3": [[832, 1248]],
  "3:2": [[1248, 832]],
  "3:4": [[864, 1184]],
  "4:3": [[1184, 864]],
  "4:5": [[896, 1152]],
  "5:4": [[1152, 896]],
  "9:16": [[768, 1344]],
  "16:9": [[1344, 768]],
  "21:9": [[1536, 672]],
};

/** How many times as long the sides of a tier are as those of 1K. */
const TIERS: Readonly<Record<string, number>> = { "1K": 1, "2K": 2, "4K": 4 };

/** Asked for by leaving the size out. */
const AUTO = { auto: "the shape of the first picture that comes in, else a square" };

function family(shapes: Shapes, tiers: readonly string[], maxImages: number): Family {
  const rows = tiers.flatMap((tier) =>
    Object.entries(shapes).flatMap(([aspectRatio, sizes]) =>
      sizes.map(([width, height]) => {
        const factor = TIERS[tier]!;
        const size: Size = `${width * factor}x${height * factor}`;
        const imageSize = tiers.length > 1 ? { imageSize: tier } : {};
        return { size, note: `${aspectRatio}, ${tier}`, format: { aspectRatio, ...imageSize } };
      })
    )
  );
  return {
    formats: new Map(rows.map(({ size, format }) => [size, format])),
    capabilities: {
      styles: STYLE_WORDS,
      sizes: {
        listed: { ...Object.fromEntries(rows.map(({ size, note }) => [size, note])), ...AUTO },
        default: "1024x1024",
      },
      maxCount: 1,
      maxPromptLength: MAX_PROMPT_LENGTH,
      seed: { minimum: 0, maximum: 2_147_483_647 },
      negativePrompt: "words",
      options: { moderation: { values: ["low", "auto"] } },
      inputs: {
        maxImages,
        roles: ["base", "reference", "style"],
        mediaTypes: ["image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"],
        maxBytes: MAX_IMAGE_BYTES,
      },
    },
  };
}

/** In characters. The vendor counts tokens (65,536 and more) and reads up to 2 of them in a letter. */
const MAX_PROMPT_LENGTH = 30_000;

/** Of one picture in a request (schema of 2.1's `inlineData.data`, read 2026-11-25). */
const MAX_IMAGE_BYTES = 20_000_000;

const NEWEST = family({ ...SHAPES, ...LONG_SHAPES }, ["1K", "2K", "4K"], 14);

/** The first match counts. */
const FAMILIES: readonly { readonly pattern: RegExp; readonly family: Family }[] = [
  { pattern: /flash-lite/i, family: family({ ...SHAPES, ...LONG_SHAPES }, ["1K"], 14) },
  { pattern: /2\.5-flash-image/i, family: family(SHAPES_2_5, ["1K"], 3) },
  { pattern: /3-pro-image|nano-banana-pro/i, family: family(SHAPES, ["1K", "2K", "4K"], 14) },
];
