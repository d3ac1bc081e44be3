/** What each family of Qwen's and Wan's image models accepts; ids come and go within months. */

import type { Capabilities, InputRules, SizeRules } from "../provider.ts";
import { STYLE_WORDS } from "../style_words.ts";
import { fromAreas, fromList, fromSides, UNCHOSEN } from "./sizes.ts";

/** How a model is asked: in one call, or with a task that is asked about; and in which words. */
export type Protocol = "messages" | "messages task" | "text task" | "images task" | "edit task";

export interface Family {
  readonly protocol: Protocol;
  readonly capabilities: Capabilities;
  /** Whether it only changes pictures that come in. */
  readonly needsImage: boolean;
  /** Whether it can be told not to rewrite the prompt. */
  readonly extendsPrompts: boolean;
  /** In pixels, where pictures that come in allow less than words alone. */
  readonly maxPixelsOfEdit?: number;
}

export const DEFAULT_MODEL = "qwen-image-3.0";

/** Ids worth naming in November 2026; any other is passed on. */
export const KNOWN_MODELS: readonly string[] = [
  DEFAULT_MODEL,
  "qwen-image-3.0-pro",
  "qwen-image-2.1-pro",
  "qwen-image-2.0",
  "qwen-image-edit-max",
  "wan2.7-image",
  "wan2.7-image-pro",
  "wan2.6-t2i",
];

/** The family of a model id; the newest Qwen's or Wan's rules where the id does not tell. */
export function familyOf(model: string): Family {
  return FAMILIES.find(({ pattern }) => pattern.test(model))!.family;
}

function family(
  protocol: Protocol,
  { inputs, needsImage = false, extendsPrompts = true, maxPixelsOfEdit, ...capabilities }:
    & Pick<Capabilities, "sizes" | "maxCount" | "maxPromptLength">
    & Partial<Capabilities>
    & Partial<Pick<Family, "needsImage" | "extendsPrompts" | "maxPixelsOfEdit">>,
): Family {
  return {
    protocol,
    needsImage,
    extendsPrompts,
    ...(maxPixelsOfEdit ? { maxPixelsOfEdit } : {}),
    capabilities: {
      styles: STYLE_WORDS,
      seed: { minimum: 0, maximum: 2_147_483_647 },
      negativePrompt: "native",
      options: {},
      ...(inputs ? { inputs } : {}),
      // True of every model, since a task is a matter of the provider's.
      resume: true,
      cancel: true,
      ...capabilities,
    },
  };
}

const ROLES: InputRules["roles"] = ["base", "reference", "style"];

/** Vendor's guide to Qwen-Image-Edit, a copy of early 2026: each up to 10 MB. */
function qwenInputs(maxImages: number): InputRules {
  return {
    maxImages,
    roles: ROLES,
    mediaTypes: [
      "image/jpeg",
      "image/png",
      "image/webp",
      "image/bmp",
      "image/tiff",
      "image/gif",
    ],
    maxBytes: 10_000_000,
  };
}

/** Vendor's guide to editing with Wan, read 2026-11-25: 2.6 and before take 10 MB each, 2.7 20. */
function wanInputs(maxImages: number, maxBytes: number): InputRules {
  return {
    maxImages,
    roles: ROLES,
    mediaTypes: ["image/jpeg", "image/png", "image/webp", "image/bmp"],
    maxBytes,
    minSide: 240,
    maxSide: 8000,
    maxRatio: 8,
  };
}

const UP_TO_2K: SizeRules = fromAreas(512, 2048, 8);

/**
 * Vendor's "Qwen image generation and editing API reference" of 2026-10-12 for sizes, counts and
 * pictures. It tells no longest prompt of 3.0 (4,500 tokens by the model card) and 2.0 (1,300).
 */
const QWEN_3 = family("messages", {
  sizes: UP_TO_2K,
  maxCount: 6,
  maxPromptLength: 10_000,
  inputs: qwenInputs(3),
});

/** Vendor's "Wan2.7 image generation and editing" of 2026-11-20: no negative prompt, 4K from words only. */
const WAN_2_7 = {
  maxCount: 4,
  maxPromptLength: 5000,
  negativePrompt: "words",
  extendsPrompts: false,
  inputs: wanInputs(9, 20_000_000),
} as const;

/** The first match counts, and the last ones match everything. */
const FAMILIES: readonly { readonly pattern: RegExp; readonly family: Family }[] = [
  {
    // Third-party clients, October 2026: the field itself is refused.
    pattern: /^qwen-image-2\.1/i,
    family: family("messages", {
      sizes: UP_TO_2K,
      maxCount: 6,
      maxPromptLength: 10_000,
      negativePrompt: "words",
      inputs: qwenInputs(10),
    }),
  },
  {
    pattern: /^qwen-image-2\.0/i,
    family: family("messages", {
      sizes: UP_TO_2K,
      maxCount: 6,
      maxPromptLength: 4000,
      inputs: qwenInputs(3),
    }),
  },
  {
    pattern: /^qwen-image-edit-(max|plus)/i,
    family: family("messages", {
      sizes: fromSides(512, 2048),
      maxCount: 6,
      maxPromptLength: 800,
      inputs: qwenInputs(3),
      needsImage: true,
    }),
  },
  {
    pattern: /^qwen-image-edit/i,
    family: family("messages", {
      sizes: UNCHOSEN,
      maxCount: 1,
      maxPromptLength: 800,
      inputs: qwenInputs(3),
      needsImage: true,
      extendsPrompts: false,
    }),
  },
  {
    pattern: /^qwen-image(-plus|-max)?(-\d{4}-\d{2}-\d{2})?$/i,
    family: family("messages", {
      sizes: fromList({
        "1328x1328": "1:1",
        "1664x928": "16:9",
        "928x1664": "9:16",
        "1472x1104": "4:3",
        "1104x1472": "3:4",
      }),
      maxCount: 1,
      maxPromptLength: 800,
    }),
  },
  {
    pattern: /^wan2\.7-image-pro/i,
    family: family("messages task", {
      ...WAN_2_7,
      sizes: fromAreas(768, 4096, 8),
      maxPixelsOfEdit: 2048 ** 2,
    }),
  },
  {
    pattern: /^wan2\.6-image/i,
    family: family("messages task", {
      sizes: fromAreas(768, 2048, 4),
      maxCount: 4,
      maxPromptLength: 2000,
      inputs: wanInputs(4, 10_000_000),
      needsImage: true,
    }),
  },
  {
    pattern: /^wan2\.6-t2i/i,
    family: family("messages task", {
      sizes: fromAreas(1280, 1440, 4),
      maxCount: 4,
      maxPromptLength: 2000,
    }),
  },
  {
    pattern: /^wan2\.5-t2i/i,
    family: family("text task", {
      sizes: fromAreas(768, 1440, 4),
      maxCount: 4,
      maxPromptLength: 2000,
    }),
  },
  {
    pattern: /^wan2\.5-i2i/i,
    family: family("images task", {
      sizes: fromAreas(768, 1280, 4),
      maxCount: 4,
      maxPromptLength: 2000,
      inputs: { ...wanInputs(3, 10_000_000), minSide: 384, maxSide: 5000 },
      needsImage: true,
    }),
  },
  {
    // Beijing only; sides and the mask as SDK and reference say (2026-10-12).
    pattern: /^wanx2\.1-imageedit/i,
    family: family("edit task", {
      sizes: UNCHOSEN,
      maxCount: 4,
      maxPromptLength: 800,
      negativePrompt: "words",
      extendsPrompts: false,
      inputs: { ...wanInputs(1, 10_000_000), roles: ["base"], minSide: 512, maxSide: 4096 },
      mask: "white",
      strength: { minimum: 0, maximum: 1 },
      needsImage: true,
    }),
  },
  {
    pattern: /^wan(2\.[0-2]|x)/i,
    family: family("text task", {
      sizes: fromSides(512, 1440),
      maxCount: 4,
      maxPromptLength: 800,
    }),
  },
  {
    pattern: /^wan/i,
    family: family("messages task", { ...WAN_2_7, sizes: fromAreas(768, 2048, 8) }),
  },
  { pattern: /^/, family: QWEN_3 },
];
