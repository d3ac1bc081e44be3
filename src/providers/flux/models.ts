/** What each family of FLUX models can do, as data; ids come and go, so an unknown one gets FLUX.2's rules. */

import type { Capabilities, InputRules } from "../provider.ts";
import { AUTO_NOTE, SIZE_OF_INPUT, sizesInPixels, sizesInShapes, type SizeTable } from "./sizes.ts";
import { STYLE_WORDS } from "../style_words.ts";

export const DEFAULT_MODEL = "flux-2-pro";
export const DEFAULT_FILL_MODEL = "flux-pro-1.0-fill";

/** Known to draw in November 2026. */
export const LIVE_MODELS: readonly string[] = [
  DEFAULT_MODEL,
  "flux-2-max",
  "flux-2-flex",
  "flux-2-klein-9b",
  "flux-2-klein-4b",
  "flux-3-image",
  "flux-kontext-pro",
  "flux-kontext-max",
  DEFAULT_FILL_MODEL,
];

export interface Family {
  readonly pattern: RegExp;
  readonly sizes: SizeTable;
  readonly capabilities: Capabilities;
  /** How pictures that come in are named: input_image, input_image_2 …; images; or image alone. */
  readonly images: "numbered" | "list" | "one";
  /** Whether nothing is drawn without a picture that comes in. */
  readonly needsImage?: boolean;
  /** The laxest `safety_tolerance`, and with pictures coming in; 0 is the strictest, 2 the default. */
  readonly tolerance: number;
  readonly toleranceWithImages: number;
}

export function familyOf(model: string): Family {
  return FAMILIES.find(({ pattern }) => pattern.test(model)) ?? FLUX_2;
}

/**
 * What can be asked for where the request names no model: as `model`, and beside that a mask,
 * which another model then fills.
 */
export function withFilling({ capabilities }: Family): Capabilities {
  const { inputs, mask } = capabilities;
  if (mask || !inputs) return capabilities;
  return { ...capabilities, mask: "white", inputs: { ...inputs, maxImagesWithMask: 1 } };
}

/**
 * In bytes: 20 MB in base64 (FLUX.3's schema, read 2026-11-25; the others state no bound).
 */
const MAX_INPUT_BYTES = 15_000_000;

function inputs(maxImages: number, changes: Partial<InputRules> = {}): InputRules {
  return {
    maxImages,
    roles: ["base", "reference", "style"],
    mediaTypes: ["image/png", "image/jpeg", "image/webp"],
    maxBytes: MAX_INPUT_BYTES,
    minSide: 64,
    ...changes,
  };
}

interface FamilyOptions {
  readonly inputs?: InputRules;
  readonly mask?: "white";
  readonly images?: Family["images"];
  readonly needsImage?: boolean;
  readonly hasSeed?: boolean;
  readonly formats?: readonly string[];
  readonly tolerance: number;
  readonly toleranceWithImages?: number;
}

function family(pattern: RegExp, sizes: SizeTable, options: FamilyOptions): Family {
  const { images = "numbered", needsImage, hasSeed = true, formats = ["jpeg", "png"] } = options;
  const { tolerance, toleranceWithImages = tolerance } = options;
  return {
    pattern,
    sizes,
    images,
    needsImage,
    tolerance,
    toleranceWithImages,
    capabilities: {
      styles: STYLE_WORDS,
      sizes: sizes.rules,
      maxCount: 1,
      // 32,000 tokens (vendor's skill for agents, 2026-02), of at least one character each.
      maxPromptLength: 32_000,
      negativePrompt: "words",
      // The schema bounds no seed, and answers name ones of 64 bits; these survive JSON.
      ...hasSeed ? { seed: { minimum: 0, maximum: Number.MAX_SAFE_INTEGER } } : {},
      ...options.inputs ? { inputs: options.inputs } : {},
      ...options.mask ? { mask: options.mask } : {},
      resume: true,
      options: {
        output_format: { values: formats },
        moderation: { values: ["auto", "low"] },
      },
    },
  };
}

/**
 * FLUX.2: sides of at least 256 in multiples of 16, at most 4 megapixels in any shape (vendor's
 * help, 2026-04-02; larger ones are shrunk). A megapixel is charged once begun, so the shapes
 * listed stay within one.
 */
const PIXELS = sizesInPixels({
  default: "1024x1024",
  listed: {
    "1024x1024": "1:1",
    "1360x768": "16:9",
    "768x1360": "9:16",
    "1152x864": "4:3",
    "864x1152": "3:4",
    "1248x832": "3:2",
    "832x1248": "2:3",
    "1120x896": "5:4",
    "896x1120": "4:5",
    "1536x656": "21:9",
    "656x1536": "9:21",
    "1920x1088": "16:9, 2 megapixels",
    "1088x1920": "9:16, 2 megapixels",
    "2048x2048": "1:1, 4 megapixels",
    auto: AUTO_NOTE,
  },
  range: { minSide: 256, maxSide: 16_384, maxPixels: 2048 * 2048, multipleOf: 16 },
});

/** FLUX 1.1: sides of 256 to 1440 in multiples of 32 (vendor's API reference, read 2026-11-25). */
const PIXELS_1_1 = sizesInPixels({
  default: "1024x768",
  listed: {
    "1024x768": "4:3",
    "768x1024": "3:4",
    "1024x1024": "1:1",
    "1312x736": "16:9",
    "736x1312": "9:16",
  },
  range: { minSide: 256, maxSide: 1440, multipleOf: 32 },
});

/** About one megapixel from 21:9 to 9:21 (vendor's API reference, read 2026-11-25). */
const SHAPES = ["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "5:4", "4:5", "21:9", "9:21"];
const ONE_MEGAPIXEL = sizesInShapes(SHAPES, { "1k": 1024 });
const FOUR_MEGAPIXELS = sizesInShapes(SHAPES, { "2k": 2048 });

/** FLUX.3 (its schema, read 2026-11-25). */
const TIERS = sizesInShapes(
  [...SHAPES, "2:1", "1:2", "7:5", "5:7"],
  { "1k": 1024, "1.5k": 1536, "2k": 2048, "4k": 4096 },
  ({ shape, tier }) => ({ aspect_ratio: shape, resolution: tier }),
);

/** References: 8 over the API, klein 4 (vendor's editing overview, read 2026-11-25). */
const FLUX_2 = family(/^flux-2/, PIXELS, { inputs: inputs(8), tolerance: 5 });

/** The first whose pattern fits counts. Sources as above; tolerances from each model's schema. */
const FAMILIES: readonly Family[] = [
  family(/^flux-2-klein/, PIXELS, { inputs: inputs(4), tolerance: 5 }),
  FLUX_2,
  family(/^flux-3/, TIERS, {
    inputs: inputs(10, { minSide: 256, maxPixels: 16_000_000 }),
    images: "list",
    hasSeed: false,
    formats: ["png"],
    tolerance: 4,
  }),
  family(/^flux-kontext/, ONE_MEGAPIXEL, {
    inputs: inputs(4),
    tolerance: 6,
    toleranceWithImages: 2,
  }),
  family(/fill/, SIZE_OF_INPUT, {
    inputs: inputs(1, { roles: ["base"] }),
    mask: "white",
    images: "one",
    needsImage: true,
    tolerance: 6,
  }),
  family(/^flux-pro-1\.1-ultra/, FOUR_MEGAPIXELS, { tolerance: 6 }),
  family(/^flux-pro-1\.1/, PIXELS_1_1, { tolerance: 6 }),
];
