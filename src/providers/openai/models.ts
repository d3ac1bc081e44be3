/** What each family of models can do, as data; ids come and go, so an unknown one gets permissive rules. */

import type { Capabilities, InputRules, SizeRange, SizeRules, Style } from "../provider.ts";

export const DEFAULT_MODEL = "gpt-image-2.5-flare";

export interface Family {
  readonly pattern: RegExp;
  /** GPT Image refuses `response_format` and always answers in base64; other servers want to be asked. */
  readonly isGptImage: boolean;
  /** How closely pictures that come in are kept to, where the family can be told. */
  readonly inputFidelity?: "high" | "low";
  /** Without a mask it changes nothing. */
  readonly needsMask?: boolean;
  readonly capabilities: Capabilities;
}

/** The family of `model`, with or without a gateway's prefix ("openai/gpt-image-2"). */
export function familyOf(model: string): Family {
  return FAMILIES.find(({ pattern }) => pattern.test(model)) ?? COMPATIBLE;
}

/** Ids worth naming beside `configured`, which comes first; OpenAI's only where it is one of them. */
export function modelsBeside(configured: string): readonly string[] {
  const others = familyOf(configured).isGptImage ? LIVE_MODELS : [];
  return [...new Set([configured, ...others])];
}

/** The day OpenAI ends or ended `model`, as YYYY-MM-DD, where one is announced. */
export function shutdownDate(model: string): string | undefined {
  return SHUTDOWN_DATES.get(model);
}

const LIVE_MODELS = [
  DEFAULT_MODEL,
  "gpt-image-2.5-sunburst",
  "gpt-image-2.6-flare",
  "gpt-image-2.6-sunburst",
  "gpt-image-2",
];

const SHUTDOWN_DATES: ReadonlyMap<string, string> = new Map([
  ["dall-e-2", "2026-05-12"],
  ["dall-e-3", "2026-05-12"],
  ["gpt-image-1", "2026-10-23"],
  ["gpt-image-1.5", "2026-12-01"],
  ["gpt-image-1-mini", "2026-12-01"],
  ["chatgpt-image-latest", "2026-12-01"],
]);

const STYLES: Readonly<Record<string, Style>> = {
  natural: { label: "自然风格 (natural)", prompt: "" },
  vivid: {
    label: "生动风格 (vivid)",
    prompt: "vivid and dramatic, with saturated colors, strong contrast and dynamic lighting",
  },
  realistic: {
    label: "写实风格 (realistic)",
    prompt: "highly realistic, with true-to-life proportions, materials, textures and lighting",
  },
  artistic: {
    label: "艺术风格 (artistic)",
    prompt: "expressive fine art, with an original composition, visible craft and rich colors",
  },
  cartoon: {
    label: "卡通风格 (cartoon)",
    prompt: "cartoon illustration, with bold outlines, bright flat colors and playful shapes",
  },
  anime: {
    label: "动漫风格 (anime)",
    prompt:
      "Japanese anime, with clean line art, cel shading, expressive characters and vivid colors",
  },
  oil_painting: {
    label: "油画风格 (oil painting)",
    prompt:
      "oil painting on canvas, with visible brushstrokes, thick paint and rich layered colors",
  },
  watercolor: {
    label: "水彩风格 (watercolor)",
    prompt: "watercolor painting on paper, with soft washes, bleeding edges and translucent colors",
  },
  sketch: {
    label: "素描风格 (sketch)",
    prompt: "hand-drawn pencil sketch, with loose lines, hatching and graphite shading on paper",
  },
  digital_art: {
    label: "数字艺术 (digital art)",
    prompt: "polished digital art, with crisp detail, smooth gradients and cinematic lighting",
  },
  photographic: {
    label: "摄影风格 (photographic)",
    prompt: "professional photograph, with natural light, sharp focus and a shallow depth of field",
  },
  minimalist: {
    label: "极简风格 (minimalist)",
    prompt: "minimalist, with few simple shapes, a restrained palette and generous empty space",
  },
};

const LISTED_SIZES = {
  "1024x1024": "1:1, default",
  "1536x1024": "3:2",
  "1024x1536": "2:3",
  auto: "the model chooses",
};

const FREE_SIZES: SizeRange = {
  minSide: 16,
  maxSide: 3840,
  minPixels: 655_360,
  maxPixels: 8_294_400,
  multipleOf: 16,
  maxRatio: 3,
};

const BASIC_QUALITIES = ["auto", "low", "medium", "high"];
const FINE_QUALITIES = [...BASIC_QUALITIES, "xhigh", "max"];

/** The vendor's package, `ImageEditParams` of openai 7.57.0 (2026-11-13). */
const INPUTS: InputRules = {
  maxImages: 16,
  roles: ["base", "reference", "style"],
  mediaTypes: ["image/png", "image/jpeg", "image/webp"],
  maxBytes: 49_999_999, // "less than 50MB"
};

function capabilities(
  qualities: readonly string[],
  { range, partialImages = true }: { range?: SizeRange; partialImages?: boolean } = {},
): Capabilities {
  const sizes: SizeRules = { listed: LISTED_SIZES, default: "1024x1024", range };
  return {
    styles: STYLES,
    sizes,
    maxCount: 10,
    maxPromptLength: 32_000,
    negativePrompt: "words",
    partialImages,
    inputs: INPUTS,
    mask: "alpha",
    options: {
      quality: { values: qualities },
      background: { values: ["transparent", "opaque", "auto"] },
      output_format: { values: ["png", "jpeg", "webp"] },
      output_compression: { minimum: 0, maximum: 100 },
      moderation: { values: ["low", "auto"] },
    },
  };
}

const COMPATIBLE: Family = {
  pattern: /(?:)/,
  isGptImage: false,
  capabilities: capabilities(
    [...FINE_QUALITIES, "standard", "hd"],
    { range: { minSide: 64, maxSide: 4096 }, partialImages: false },
  ),
};

/**
 * DALL-E, which OpenAI ended and gateways may have still: 3 edits nothing, and 2 one square PNG
 * within a mask (the vendor's API reference as of 2025).
 */
const DALL_E_2: Family = {
  pattern: /(^|\/)dall-e-2/,
  isGptImage: false,
  needsMask: true,
  capabilities: {
    ...COMPATIBLE.capabilities,
    sizes: {
      listed: { "256x256": "1:1", "512x512": "1:1", "1024x1024": "1:1, default" },
      default: "1024x1024",
    },
    maxPromptLength: 1000,
    inputs: {
      maxImages: 1,
      roles: ["base"],
      mediaTypes: ["image/png"],
      maxBytes: 3_999_999,
      maxRatio: 1,
    },
  },
};
const DALL_E_3: Family = {
  pattern: /(^|\/)dall-e-3/,
  isGptImage: false,
  capabilities: { ...COMPATIBLE.capabilities, inputs: undefined, mask: undefined },
};

const FAMILIES: readonly Family[] = [
  DALL_E_2,
  DALL_E_3,
  // Ends on 2026-12-01; later ones refuse the field and always keep closely to what comes in.
  {
    pattern: /(^|\/)gpt-image-1\.5/,
    isGptImage: true,
    inputFidelity: "high",
    capabilities: capabilities(BASIC_QUALITIES),
  },
  {
    pattern: /(^|\/)(gpt-image-1|chatgpt-image)(?!\d)/,
    isGptImage: true,
    capabilities: capabilities(BASIC_QUALITIES),
  },
  {
    pattern: /(^|\/)gpt-image-2(?![.\d])/,
    isGptImage: true,
    capabilities: capabilities(BASIC_QUALITIES, { range: FREE_SIZES }),
  },
  {
    pattern: /(^|\/)gpt-image-/,
    isGptImage: true,
    capabilities: capabilities(FINE_QUALITIES, { range: FREE_SIZES }),
  },
];
