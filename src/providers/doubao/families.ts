/** What each family of Seedream models accepts; ids come and go within months, families stay longer. */

import type { InputRules, SizeRules } from "../provider.ts";
import {
  type Bounds,
  MAX_RATIO,
  PRO_1K,
  PRO_2K,
  sizeRules,
  TIER_1K,
  TIER_2K,
  TIER_3K,
  TIER_4K,
} from "./sizes.ts";

export interface Family {
  readonly sizes: Required<SizeRules>;
  /** Legal values of `output_format`; empty where the field itself is refused. */
  readonly outputFormats: readonly string[];
  /** In characters. */
  readonly maxPromptLength: number;
  /** The pictures it draws from. */
  readonly inputs: InputRules;
  /** Whether one call can draw a group of pictures, sent one after another as they are done. */
  readonly drawsGroups: boolean;
}

/** The family of a model id, in any of its spellings; permissive rules where the id does not tell. */
export function familyOf(model: string): Family {
  return FAMILIES.find(({ pattern }) => pattern.test(model))?.family ?? UNKNOWN_FAMILY;
}

const UP_TO_2K: Bounds = { minPixels: 921_600, maxPixels: 4_624_220 };
const UP_TO_4K: Bounds = { minPixels: 921_600, maxPixels: 16_777_216 };
const FROM_2K_TO_4K: Bounds = { minPixels: 3_686_400, maxPixels: 16_777_216 };

const FORMATS = ["png", "jpeg", "webp", "bmp", "tiff", "gif"].map((name) => `image/${name}`);

/**
 * Pictures that come in (the vendor's API reference 82379/1541523 and the schemas of its models
 * at a reseller, read 2026-11-25): none masked, roles only in words.
 */
const TEN_INPUTS: InputRules = {
  maxImages: 10,
  roles: ["base", "reference", "style"],
  mediaTypes: FORMATS,
  maxBytes: 30_000_000,
  minSide: 15,
  maxPixels: 36_000_000,
  maxRatio: MAX_RATIO,
};

const TEN_WITH_HEIC: InputRules = {
  ...TEN_INPUTS,
  mediaTypes: [...FORMATS, "image/heic", "image/heif"],
};

/** The older models; the sources differ between 10 and 30 MB, and less is safe. */
const FOURTEEN_INPUTS: InputRules = { ...TEN_INPUTS, maxImages: 14, maxBytes: 10_000_000 };

/** In a group, what comes in and what is drawn are 15 together. */
const GROUPS = { inputs: { ...FOURTEEN_INPUTS, maxTogether: 15 }, drawsGroups: true } as const;

/** The vendor only advises on the prompt's length here; this keeps out what cannot be meant. */
const ANY_PROMPT_LENGTH = 16_000;

/** Endpoint ids (ep-…) hide their model, and new models come: the vendor itself will say what it refuses. */
const UNKNOWN_FAMILY: Family = {
  sizes: sizeRules([TIER_2K], { minPixels: 1, maxPixels: 16_777_216 }),
  outputFormats: [],
  maxPromptLength: ANY_PROMPT_LENGTH,
  inputs: { ...TEN_WITH_HEIC, maxImages: 14 },
  drawsGroups: false,
};

/** The first match counts, so the plain 5.0 (which is the lite one) comes after its siblings. */
const FAMILIES: readonly { readonly pattern: RegExp; readonly family: Family }[] = [
  {
    // Sold by resellers only; what they say of its sizes differs, so the vendor says it itself.
    pattern: /seedream-5[-.]5/i,
    family: { ...UNKNOWN_FAMILY, outputFormats: ["png", "jpeg"], inputs: TEN_INPUTS },
  },
  {
    pattern: /seedream-5[-.]0-pro/i,
    family: {
      sizes: sizeRules([PRO_2K, PRO_1K], UP_TO_2K),
      outputFormats: ["png", "jpeg"],
      maxPromptLength: 4000,
      inputs: TEN_WITH_HEIC,
      drawsGroups: false,
    },
  },
  {
    pattern: /seedream-5[-.]0-flash/i,
    family: {
      sizes: sizeRules([PRO_2K, PRO_1K], UP_TO_2K),
      outputFormats: ["png", "jpeg"],
      maxPromptLength: ANY_PROMPT_LENGTH,
      inputs: TEN_INPUTS,
      drawsGroups: false,
    },
  },
  {
    pattern: /seedream-5[-.]0/i,
    family: {
      sizes: sizeRules([TIER_2K, TIER_3K, TIER_4K], FROM_2K_TO_4K),
      outputFormats: ["png", "jpeg"],
      maxPromptLength: ANY_PROMPT_LENGTH,
      ...GROUPS,
    },
  },
  {
    pattern: /seedream-4[-.]5/i,
    family: {
      sizes: sizeRules([TIER_2K, TIER_4K], FROM_2K_TO_4K),
      outputFormats: [],
      maxPromptLength: ANY_PROMPT_LENGTH,
      ...GROUPS,
    },
  },
  {
    pattern: /seedream-4/i,
    family: {
      sizes: sizeRules([TIER_2K, TIER_1K, TIER_4K], UP_TO_4K),
      outputFormats: [],
      maxPromptLength: ANY_PROMPT_LENGTH,
      ...GROUPS,
    },
  },
];
