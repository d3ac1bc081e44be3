/** The models of TokenHub as data: what each family takes, and how it is asked. */

import { asDataAddress } from "../picture_body.ts";
import type { Capabilities, ImageRequest, InputRules, SizeRules } from "../provider.ts";
import { SEED_WARNING } from "./prompt.ts";
import { SEEDS, SIZES_V3, SIZES_V3_5 } from "./sizes.ts";
import { STYLES } from "./styles.ts";

/** The family of a model id; an unknown one is asked as 3.0 and trusted with the sizes of 3.5. */
export function familyOf(model: string): Family {
  return FAMILIES.find((family) => family.models.test(model)) ?? UNKNOWN_FAMILY;
}

/** Models that share a path, a body and limits. */
export interface Family {
  readonly models: RegExp;
  readonly path: string;
  readonly capabilities: Capabilities;
  readonly body: (prompt: string, request: ImageRequest) => Readonly<Record<string, unknown>>;
  readonly warnings: (request: ImageRequest) => readonly string[];
}

/** Worth naming; the first is the default. */
export const TOKENHUB_MODELS = ["hy-image-v3", "hy-image-v3.5-preview"] as const;

/**
 * Pictures that come in (vendor's API reference 1823/135745, and for 3.5 its notice at CloudBase,
 * read 2026-11-25).
 */
const ROLES = ["base", "reference", "style"] as const;
const THREE_INPUTS: InputRules = {
  maxImages: 3,
  roles: ROLES,
  mediaTypes: ["image/png", "image/jpeg"],
  maxBytes: 10_000_000,
};
const TWENTY_INPUTS: InputRules = {
  maxImages: 20,
  roles: ROLES,
  mediaTypes: ["image/png", "image/jpeg", "image/webp"],
  maxBytes: 20_000_000,
};

function capabilitiesWith(
  sizes: SizeRules,
  maxPromptLength: number,
  inputs: InputRules,
): Capabilities {
  return {
    styles: STYLES,
    sizes,
    inputs,
    maxCount: 1,
    maxPromptLength,
    seed: SEEDS,
    negativePrompt: "words",
    options: {},
  };
}

const V3: Family = {
  models: /v3([.-]0)?$/i,
  path: "/v1/wand/hunyuan-image/v3-generation",
  capabilities: capabilitiesWith(SIZES_V3, 8192, THREE_INPUTS),
  body: (prompt, { seed, inputs }) => ({
    prompt,
    ...(inputs.length > 0 ? { images: inputs.map(asDataAddress) } : {}),
    revise: seed === undefined,
    seed,
  }),
  warnings: ({ seed }) => seed === undefined ? [] : [SEED_WARNING],
};

const V3_5: Family = {
  models: /v3[.-]?5/i,
  path: "/v1/wand/hunyuan-image/v35-generation",
  capabilities: capabilitiesWith(SIZES_V3_5, 100_000, TWENTY_INPUTS),
  body: (prompt, { seed, inputs }) => ({
    messages: [{
      role: "user",
      content: [
        { type: "text", text: prompt },
        ...inputs.map((input) => ({ type: "image_url", image_url: { url: asDataAddress(input) } })),
      ],
    }],
    seed,
  }),
  warnings: () => [],
};

const FAMILIES: readonly Family[] = [V3_5, V3];

const UNKNOWN_FAMILY: Family = { ...V3, capabilities: V3_5.capabilities };
