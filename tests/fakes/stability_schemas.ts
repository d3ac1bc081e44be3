/** The fields of every path of the small Stability AI. */

import { identifyImage } from "../../src/images/media_type.ts";

type Texts = ReadonlyMap<string, string>;
type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

export interface Schema {
  /** Whether the answer is the id of a generation. */
  readonly isAsynchronous: boolean;
  /** What is wrong with a form, as the vendor says it. */
  mistakesIn(texts: Texts, files: Files): readonly string[];
}

/** What is wrong with a value, if anything is. */
type Rule = (value: string) => string | undefined;

interface Fields {
  readonly isAsynchronous?: boolean;
  readonly texts: Readonly<Record<string, Rule>>;
  readonly files?: readonly string[];
  readonly required: readonly string[];
  readonly bounds?: Bounds;
  /** Further mistakes, of fields that belong together. */
  readonly check?: (texts: Texts, files: Files) => readonly (string | false)[];
}

/** Of each picture, in pixels; `maxRatio` is the longer side over the shorter one. */
interface Bounds {
  readonly minSide?: number;
  readonly maxSide?: number;
  readonly maxPixels?: number;
  readonly maxRatio?: number;
}

function schema(
  { isAsynchronous = false, texts: rules, files: names = [], required, bounds, check }: Fields,
): Schema {
  return {
    isAsynchronous,
    mistakesIn: (texts, files) => [
      ...required.filter((name) => !texts.has(name) && !files.has(name))
        .map((name) => `${name}: is required`),
      ...[...files.keys()].filter((name) => !names.includes(name))
        .map((name) => `${name}: is not allowed`),
      ...[...texts].flatMap(([name, value]) => {
        const mistake = rules[name] ? rules[name](value) : "is not allowed";
        return mistake ? [`${name}: ${mistake}`] : [];
      }),
      ...[...files].flatMap(([name, bytes]) => pictureMistakes(name, bytes, bounds)),
      ...(check?.(texts, files) ?? []).filter((mistake) => mistake !== false),
    ],
  };
}

function pictureMistakes(
  name: string,
  bytes: Uint8Array,
  { minSide = 64, maxSide = Infinity, maxPixels = 9_437_184, maxRatio = Infinity }: Bounds = {},
): readonly string[] {
  const { mediaType = "", width = 0, height = 0 } = identifyImage(bytes) ?? {};
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  return [
    ...(/png|jpeg|webp/.test(mediaType) ? [] : [`${name}: must be jpeg, png or webp`]),
    ...(short >= minSide ? [] : [`${name}: sides must be at least ${minSide} pixels`]),
    ...(long <= maxSide ? [] : [`${name}: sides must be at most ${maxSide} pixels`]),
    ...(width * height <= maxPixels ? [] : [`${name}: must have at most ${maxPixels} pixels`]),
    ...(long / short <= maxRatio ? [] : [`${name}: the aspect ratio must be at most ${maxRatio}`]),
  ];
}

const words = (least: number): Rule => (value) =>
  value.length >= least && value.length <= 10_000
    ? undefined
    : `must be ${least} to 10000 characters`;

const text = words(1);

const oneOf = (...legal: readonly string[]): Rule => (value) =>
  legal.includes(value) ? undefined : `must be one of ${legal.join(", ")}`;

const number = (minimum: number, maximum: number): Rule => (value) =>
  value !== "" && Number(value) >= minimum && Number(value) <= maximum
    ? undefined
    : `must be from ${minimum} to ${maximum}`;

const WORDS = { prompt: text, negative_prompt: text };
const SEED = { seed: number(0, 4_294_967_294) };
const FORMAT = { output_format: oneOf("png", "jpeg", "webp") };
const RATIO = {
  aspect_ratio: oneOf("16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21"),
};
const PRESET = {
  style_preset: oneOf(
    "3d-model",
    "analog-film",
    "anime",
    "cinematic",
    "comic-book",
    "digital-art",
    "enhance",
    "fantasy-art",
    "isometric",
    "line-art",
    "low-poly",
    "modeling-compound",
    "neon-punk",
    "origami",
    "photographic",
    "pixel-art",
    "tile-texture",
  ),
};
const COMMON = { ...WORDS, ...SEED, ...FORMAT, ...PRESET };

const STABLE_DIFFUSION = schema({
  texts: {
    ...COMMON,
    ...RATIO,
    output_format: oneOf("png", "jpeg"),
    model: oneOf("sd3.5-large", "sd3.5-large-turbo", "sd3.5-medium", "sd3.5-flash"),
    mode: oneOf("text-to-image", "image-to-image"),
    strength: number(0, 1),
    cfg_scale: number(1, 10),
  },
  files: ["image"],
  required: ["prompt"],
  check(texts, files) {
    const isFromImage = texts.get("mode") === "image-to-image";
    return [
      isFromImage && !files.has("image") && "image: is required",
      isFromImage && !texts.has("strength") && "strength: is required",
      isFromImage && texts.has("aspect_ratio") && "aspect_ratio: is not allowed",
      !isFromImage && files.has("image") && "image: is not allowed",
      !isFromImage && texts.has("strength") && "strength: is not allowed",
      /turbo/.test(texts.get("model") ?? "") && texts.has("negative_prompt") &&
      "negative_prompt: is not allowed",
    ];
  },
});

const ULTRA = schema({
  texts: { ...COMMON, ...RATIO, strength: number(0, 1) },
  files: ["image"],
  required: ["prompt"],
  check: (texts, files) => [
    files.has("image") !== texts.has("strength") &&
    "strength: is required with image, and only then",
  ],
});

const LONG_AT_MOST = { maxRatio: 2.5 };

const ROOT = "/v2beta/stable-image";

export const SCHEMAS: Readonly<Record<string, Schema>> = {
  [`${ROOT}/generate/sd3`]: STABLE_DIFFUSION,
  [`${ROOT}/generate/ultra`]: ULTRA,
  [`${ROOT}/generate/core`]: schema({ texts: { ...COMMON, ...RATIO }, required: ["prompt"] }),
  [`${ROOT}/edit/inpaint`]: schema({
    texts: { ...COMMON, grow_mask: number(0, 100) },
    files: ["image", "mask"],
    required: ["image", "prompt"],
  }),
  [`${ROOT}/edit/erase`]: schema({
    texts: { ...SEED, ...FORMAT, grow_mask: number(0, 20) },
    files: ["image", "mask"],
    required: ["image"],
  }),
  [`${ROOT}/edit/remove-background`]: schema({
    texts: { output_format: oneOf("png", "webp") },
    files: ["image"],
    required: ["image"],
    bounds: { maxPixels: 4_194_304 },
  }),
  [`${ROOT}/control/style`]: schema({
    texts: { ...COMMON, ...RATIO, fidelity: number(0, 1) },
    files: ["image"],
    required: ["image", "prompt"],
    bounds: LONG_AT_MOST,
  }),
  [`${ROOT}/control/style-transfer`]: schema({
    texts: {
      ...WORDS,
      ...SEED,
      ...FORMAT,
      style_strength: number(0, 1),
      composition_fidelity: number(0, 1),
      change_strength: number(0.1, 1),
    },
    files: ["init_image", "style_image"],
    required: ["init_image", "style_image"],
    bounds: LONG_AT_MOST,
  }),
  [`${ROOT}/edit/outpaint`]: schema({
    texts: {
      ...SEED,
      ...FORMAT,
      ...PRESET,
      prompt: words(0),
      creativity: number(0, 1),
      left: number(0, 2000),
      right: number(0, 2000),
      up: number(0, 2000),
      down: number(0, 2000),
    },
    files: ["image"],
    required: ["image"],
    bounds: LONG_AT_MOST,
    check: (texts) => [
      !["left", "right", "up", "down"].some((side) => Number(texts.get(side) ?? 0) > 0) &&
      "left, right, up, down: at least one must be non-zero",
    ],
  }),
  [`${ROOT}/edit/search-and-replace`]: schema({
    texts: { ...COMMON, search_prompt: text, grow_mask: number(0, 20) },
    files: ["image"],
    required: ["image", "prompt", "search_prompt"],
    bounds: LONG_AT_MOST,
  }),
  [`${ROOT}/edit/search-and-recolor`]: schema({
    texts: { ...COMMON, select_prompt: text, grow_mask: number(0, 20) },
    files: ["image"],
    required: ["image", "prompt", "select_prompt"],
    bounds: LONG_AT_MOST,
  }),
  [`${ROOT}/upscale/fast`]: schema({
    texts: FORMAT,
    files: ["image"],
    required: ["image"],
    bounds: { minSide: 32, maxSide: 1536, maxPixels: 1_048_576 },
  }),
  [`${ROOT}/upscale/conservative`]: schema({
    texts: { ...WORDS, ...SEED, ...FORMAT, creativity: number(0.2, 0.5) },
    files: ["image"],
    required: ["image", "prompt"],
    bounds: LONG_AT_MOST,
  }),
  [`${ROOT}/upscale/creative`]: schema({
    texts: { ...COMMON, creativity: number(0.1, 0.5) },
    files: ["image"],
    required: ["image", "prompt"],
    bounds: { maxPixels: 1_048_576 },
    isAsynchronous: true,
  }),
};
