/**
 * Stability's services as data: which fields each takes. Sources: the vendor's API reference and
 * the types generated from it, read 2026-11-25 and, of those that widen, search and enlarge,
 * 2026-11-26. Models come and go, so an unknown id is asked for as one of Stable Diffusion's.
 */

import { type ShapeSizes, sizesByShape } from "../shapes.ts";
import type { InputRules } from "../provider.ts";
import type { Field } from "./options.ts";

export interface Service {
  /** The model's name here, and in records. */
  readonly id: string;
  /** Under /v2beta/stable-image/. */
  readonly path: string;
  /** The value of the field `model`, where one path has several. */
  readonly model?: string;
  /** The fields of the pictures that come in; a role that is absent is not taken. */
  readonly base?: string;
  readonly style?: string;
  /** Whether it is about a picture that comes in and draws no others. */
  readonly needsInput: boolean;
  readonly hasMask: boolean;
  readonly hasPrompt: boolean;
  readonly hasNegativePrompt: boolean;
  readonly hasPresets: boolean;
  readonly hasSeed: boolean;
  /** How far a base picture may be left, with the least that is legal. */
  readonly strength?: { readonly field: string; readonly minimum: number };
  /** Absent where the picture that comes in says the shape. */
  readonly shapes?: ShapeSizes;
  /** Whether a shape may be asked for beside a base picture. */
  readonly shapesBase: boolean;
  /** Whether the shape is had by drawing around the base picture. */
  readonly widens?: boolean;
  /** Whether it answers with the id of a generation, which is asked about until it is done. */
  readonly isAsynchronous?: boolean;
  readonly formats: readonly string[];
  /** Bounds of a base picture that are narrower than everybody's. */
  readonly bounds?: Partial<Pick<InputRules, "minSide" | "maxSide" | "maxPixels" | "maxRatio">>;
  /** Further fields of its own, which a request may set. */
  readonly fields?: Readonly<Record<string, Field>>;
}

export const DEFAULT_MODEL = "sd3.5-large";

/** What an edit gets where the usual model takes no picture; it has every output format. */
export const EDITING_MODEL = "stable-image-ultra";

/** By its name here, or by the end of its path: "core". */
export function serviceOf(id: string): Service {
  const isIt = (service: Service) => service.id === id || service.id === `stable-image-${id}`;
  return SERVICES.find(isIt) ?? stableDiffusion(id);
}

const RATIOS = ["1:1", "16:9", "9:16", "3:2", "2:3", "5:4", "4:5", "21:9", "9:21"];
const AUTO_NOTE = "1:1, or the shape of the picture that comes in";

/** One megapixel. */
const SHAPES = sizesByShape(RATIOS, { "1MP": 1024 }, AUTO_NOTE);
/** Core draws one and a half megapixels. */
const CORE_SHAPES = sizesByShape(RATIOS, { "1.5MP": 1224 }, AUTO_NOTE);

/** Every shape, none of which is the picture's own. */
const OTHER_SHAPES: ShapeSizes = otherShapes(SHAPES);

const ALL_FORMATS = ["png", "jpeg", "webp"];

const GENERATES = {
  needsInput: false,
  hasMask: false,
  hasPrompt: true,
  hasNegativePrompt: true,
  hasPresets: true,
  hasSeed: true,
  shapes: SHAPES,
  shapesBase: false,
  formats: ALL_FORMATS,
} as const;

const EDITS = {
  ...GENERATES,
  needsInput: true,
  base: "image",
  shapes: undefined,
} as const;

/** A service that takes no words. */
const WORDLESS = { hasPrompt: false, hasNegativePrompt: false, hasPresets: false } as const;

/** Of most services that change pictures. */
const LONG_AT_MOST = { maxRatio: 2.5 };

/** How far a mask, or what is found, is grown outward, in pixels. */
const growMask = (maximum: number) => ({ grow_mask: { minimum: 0, maximum } });

const SIDE = { minimum: 0, maximum: 2000 };

function otherShapes({ rules, choiceOf }: ShapeSizes): ShapeSizes {
  const { auto: _, ...listed } = rules.listed;
  const usual = Object.keys(listed).find((size) => listed[size] === "16:9") ?? rules.default;
  return { rules: { listed, default: usual }, choiceOf };
}

function stableDiffusion(id: string, hasNegativePrompt = !/turbo|flash/.test(id)): Service {
  return {
    ...GENERATES,
    id,
    path: "generate/sd3",
    model: id,
    base: "image",
    hasNegativePrompt,
    strength: { field: "strength", minimum: 0 },
    formats: ["png", "jpeg"],
  };
}

export const INPAINT: Service = {
  ...EDITS,
  id: "inpaint",
  path: "edit/inpaint",
  hasMask: true,
  fields: growMask(100),
};

/** A new picture in the style of another. */
export const STYLE_GUIDE: Service = {
  ...GENERATES,
  id: "style-guide",
  path: "control/style",
  style: "image",
  needsInput: true,
  bounds: LONG_AT_MOST,
  fields: { fidelity: { minimum: 0, maximum: 1 } },
};

/** A picture changed into the style of another. */
export const STYLE_TRANSFER: Service = {
  ...EDITS,
  id: "style-transfer",
  path: "control/style-transfer",
  base: "init_image",
  style: "style_image",
  hasPresets: false,
  strength: { field: "change_strength", minimum: 0.1 },
  bounds: LONG_AT_MOST,
  fields: {
    style_strength: { minimum: 0, maximum: 1 },
    composition_fidelity: { minimum: 0, maximum: 1 },
  },
};

/** Known to be served in November 2026; the first few draw, the others change pictures. */
export const SERVICES: readonly Service[] = [
  stableDiffusion(DEFAULT_MODEL),
  stableDiffusion("sd3.5-large-turbo"),
  stableDiffusion("sd3.5-medium"),
  stableDiffusion("sd3.5-flash"),
  { ...GENERATES, id: "stable-image-core", path: "generate/core", shapes: CORE_SHAPES },
  {
    ...GENERATES,
    id: "stable-image-ultra",
    path: "generate/ultra",
    base: "image",
    strength: { field: "strength", minimum: 0 },
    shapesBase: true,
  },
  INPAINT,
  STYLE_GUIDE,
  STYLE_TRANSFER,
  {
    ...EDITS,
    ...WORDLESS,
    id: "erase",
    path: "edit/erase",
    hasMask: true,
    fields: growMask(20),
  },
  {
    ...EDITS,
    ...WORDLESS,
    id: "remove-background",
    path: "edit/remove-background",
    hasSeed: false,
    formats: ["png", "webp"],
    bounds: { maxPixels: 4_194_304 },
  },
  {
    ...EDITS,
    id: "outpaint",
    path: "edit/outpaint",
    hasNegativePrompt: false,
    shapes: OTHER_SHAPES,
    shapesBase: true,
    widens: true,
    bounds: LONG_AT_MOST,
    fields: {
      left: SIDE,
      right: SIDE,
      up: SIDE,
      down: SIDE,
      creativity: { minimum: 0, maximum: 1 },
    },
  },
  {
    ...EDITS,
    id: "search-and-replace",
    path: "edit/search-and-replace",
    bounds: LONG_AT_MOST,
    fields: { search_prompt: { what: "what the prompt takes the place of" }, ...growMask(20) },
  },
  {
    ...EDITS,
    id: "search-and-recolor",
    path: "edit/search-and-recolor",
    bounds: LONG_AT_MOST,
    fields: { select_prompt: { what: "what gets the colours of the prompt" }, ...growMask(20) },
  },
  {
    ...EDITS,
    ...WORDLESS,
    id: "upscale-fast",
    path: "upscale/fast",
    hasSeed: false,
    bounds: { minSide: 32, maxSide: 1536, maxPixels: 1_048_576 },
  },
  {
    ...EDITS,
    id: "upscale-conservative",
    path: "upscale/conservative",
    hasPresets: false,
    bounds: LONG_AT_MOST,
    fields: { creativity: { minimum: 0.2, maximum: 0.5 } },
  },
  {
    ...EDITS,
    id: "upscale-creative",
    path: "upscale/creative",
    isAsynchronous: true,
    bounds: { maxPixels: 1_048_576 },
    fields: { creativity: { minimum: 0.1, maximum: 0.5 } },
  },
];
