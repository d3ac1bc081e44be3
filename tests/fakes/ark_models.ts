/** The models of Ark's fake: what each family takes, and which ids are served. */

import type { InputBounds } from "./ark_inputs.ts";

export interface Family {
  readonly fields: readonly string[];
  readonly minPixels: number;
  readonly maxPixels: number;
  /** A tier's name → the side of the square drawn for it here. */
  readonly tiers: Readonly<Record<string, number>>;
  readonly maxPrompt: number;
  readonly inputs: InputBounds;
}

export const COMMON_FIELDS = [
  "model",
  "prompt",
  "image",
  "size",
  "watermark",
  "response_format",
  "optimize_prompt_options",
];
const GROUP_FIELDS = [
  "sequential_image_generation",
  "sequential_image_generation_options",
  "stream",
];

const FORMATS = ["jpeg", "png", "webp", "bmp", "tiff", "gif"];
const TEN: InputBounds = { most: 10, maxBytes: 30_000_000, formats: FORMATS };
const FOURTEEN: InputBounds = { most: 14, maxBytes: 10_000_000, formats: FORMATS };

export const FAMILIES = {
  pro: {
    fields: ["output_format", "layer_decomposition", "background"],
    minPixels: 921_600,
    maxPixels: 4_624_220,
    tiers: { "1K": 1024, "1.5K": 1536, "2K": 2048 },
    maxPrompt: 4000,
    inputs: { ...TEN, formats: [...FORMATS, "heic", "heif"] },
  },
  flash: {
    fields: ["output_format", "layer_decomposition", "background"],
    minPixels: 921_600,
    maxPixels: 4_624_220,
    tiers: { "1K": 1024, "1.5K": 1536, "2K": 2048 },
    maxPrompt: Infinity,
    inputs: TEN,
  },
  lite: {
    fields: ["output_format", "tools", ...GROUP_FIELDS],
    minPixels: 3_686_400,
    maxPixels: 16_777_216,
    tiers: { "2K": 2048, "3K": 3072, "4K": 4096 },
    maxPrompt: Infinity,
    inputs: FOURTEEN,
  },
  "4.5": {
    fields: GROUP_FIELDS,
    minPixels: 3_686_400,
    maxPixels: 16_777_216,
    tiers: { "2K": 2048, "4K": 4096 },
    maxPrompt: Infinity,
    inputs: FOURTEEN,
  },
  "4.0": {
    fields: GROUP_FIELDS,
    minPixels: 921_600,
    maxPixels: 16_777_216,
    tiers: { "1K": 1024, "2K": 2048, "4K": 4096 },
    maxPrompt: Infinity,
    inputs: FOURTEEN,
  },
} satisfies Record<string, Family>;

type Model = { readonly family: keyof typeof FAMILIES; readonly id?: string } | "not opened";

/** What is not here is retired or never was. */
export const MODELS: Readonly<Record<string, Model>> = {
  "doubao-seedream-5-0-pro-260628": { family: "pro" },
  "dola-seedream-5-0-pro-260628": { family: "pro" },
  "doubao-seedream-5-0-flash-260915": { family: "flash" },
  "doubao-seedream-5-0-260128": { family: "lite" },
  "doubao-seedream-5-0-lite-260128": { family: "lite", id: "doubao-seedream-5-0-260128" },
  "doubao-seedream-4-5-251128": { family: "4.5" },
  "doubao-seedream-4-0-20260415": { family: "4.0" },
  "seedream-4-0-20260415": { family: "4.0" },
  "doubao-seedream-5-5-261101": "not opened",
  "ep-20261101120000-abcde": { family: "4.0", id: "doubao-seedream-4-0-20260415" },
};
