/** Sizes of hosted models: each says them in one of a few ways, which its schema tells. */

import { numberSaid } from "./model_fields.ts";
import { type Form, formOf, type ModelField, type ModelSchema, wordsIn } from "./model_schema.ts";
import type { Size, SizeRange, SizeRules } from "./provider.ts";
import { sizesByShape } from "./shapes.ts";

type Values = Readonly<Record<string, unknown>>;

export interface ModelSizes {
  readonly rules: SizeRules;
  /** The fields for a size, and the size that they stand for; "auto" leaves it to the model. */
  readonly fieldsFor: (size: Size) => { readonly values: Values; readonly drawn: string };
  /** The fields by which the result gets the shape of a picture that comes in. */
  readonly likeInput: Values;
}

export function modelSizes(schema: ModelSchema): ModelSizes {
  const found = WAYS.map((way) => way(schema)).find((sizes) => sizes !== undefined) ?? NO_SIZES;
  return { ...found, likeInput: wordField(schema, LIKE_INPUT) ?? {} };
}

type Way = (schema: ModelSchema) => Omit<ModelSizes, "likeInput"> | undefined;

/** The first that fits counts. */
const WAYS: readonly Way[] = [sizeObject, sides, listedPixels, shapes];

const NO_SIZES: Omit<ModelSizes, "likeInput"> = {
  rules: { listed: { auto: "the model's own size" }, default: "auto" },
  fieldsFor: () => ({ values: {}, drawn: "auto" }),
};

/** An object of width and height in place of a name ("image_size"). */
function sizeObject(schema: ModelSchema) {
  for (const name of SIZE_FIELDS) {
    const field = schema.fields.get(name);
    const form = formOf(field, "object");
    const members = ["width", "height"].map((side) => form?.members?.get(side)?.[0]);
    if (!field || !members[0] || !members[1]) continue;
    const range = rangeOf(members as readonly Form[], field);
    return inPixels(range, (width, height) => ({ [name]: { width, height } }), schema);
  }
}

/** Two fields of their own, which some models heed only where another one says "custom". */
function sides(schema: ModelSchema) {
  const fields = ["width", "height"].map((side) => schema.fields.get(side));
  const forms = fields.map((field) => formOf(field, "integer", "number"));
  if (!fields[0] || !forms[0] || !forms[1]) return undefined;
  const custom = wordField(schema, ["custom"]) ?? {};
  const range = rangeOf(forms as readonly Form[], fields[0]);
  return inPixels(range, (width, height) => ({ ...custom, width, height }), schema);
}

/** Names such as "1024x1536" or "landscape_4_3", of which each is a size in pixels. */
function listedPixels(schema: ModelSchema) {
  for (const name of SIZE_FIELDS) {
    const field = schema.fields.get(name);
    const choices = wordsIn(field).flatMap((word) => {
      const size = pixelsOf(word);
      return size ? [{ size, note: word, values: { [name]: word } }] : [];
    });
    if (choices.length > 0) return amongChoices(choices, field, schema);
  }
}

/** Shapes such as "16:9", perhaps in tiers such as "2K" or "1 MP". */
function shapes(schema: ModelSchema) {
  const field = SHAPE_FIELDS.map((name) => schema.fields.get(name))
    .find((each) => wordsIn(each).some((word) => SHAPE.test(word)));
  if (!field) return undefined;
  const tier = TIER_FIELDS.map((name) => schema.fields.get(name))
    .find((each) => wordsIn(each).some((word) => sideOfTier(word) !== undefined));
  const usual = String(tier?.default ?? "");
  const words = wordsIn(tier).filter((word) => sideOfTier(word) !== undefined);
  const tiers = words.length > 0
    ? [usual, ...words].filter((word, index, all) =>
      words.includes(word) && all.indexOf(word) === index
    )
    : [""];
  const sizes = sizesByShape(
    wordsIn(field).filter((word) => SHAPE.test(word)),
    Object.fromEntries(tiers.map((word) => [word, sideOfTier(word) ?? USUAL_SIDE])),
    AUTO_NOTE,
  );
  const choices = Object.keys(sizes.rules.listed).flatMap((size) => {
    const choice = sizes.choiceOf(size as Size);
    if (!choice) return [];
    const inTier = tier && choice.tier ? { [tier.name]: choice.tier } : {};
    return [{ size, note: choice.shape, values: { [field.name]: choice.shape, ...inTier } }];
  });
  return amongChoices(choices, field, schema);
}

interface Choice {
  readonly size: string;
  readonly note: string;
  readonly values: Values;
}

function amongChoices(
  choices: readonly Choice[],
  field: ModelField | undefined,
  schema: ModelSchema,
): Omit<ModelSizes, "likeInput"> {
  const auto = wordField(schema, ["auto"]) ?? {};
  const own = choices.find(({ values }) => field && values[field.name] === field.default);
  return {
    rules: {
      listed: {
        ...Object.fromEntries(choices.map(({ size, note }) => [size, note])),
        auto: AUTO_NOTE,
      },
      default: (own ?? choices[0]!).size,
    },
    fieldsFor(size) {
      if (size === "auto") return { values: auto, drawn: size };
      const { values, size: drawn } = nearest(size, choices);
      return { values, drawn };
    },
  };
}

function inPixels(
  range: SizeRange,
  valuesOf: (width: number, height: number) => Values,
  schema: ModelSchema,
): Omit<ModelSizes, "likeInput"> {
  const auto = wordField(schema, ["auto"]) ?? {};
  const step = range.multipleOf ?? 1;
  const within = (side: number) => {
    const rounded = Math.round(side / step) * step;
    const [least, most] = [Math.ceil(range.minSide / step), Math.floor(range.maxSide / step)];
    return Math.min(Math.max(rounded, least * step), most * step);
  };
  return {
    rules: rangeRules(range, USUAL_SIDE),
    fieldsFor(size) {
      if (size === "auto") return { values: auto, drawn: size };
      const { width, height } = sidesOf(size);
      const scale = Math.min(1, range.maxSide / Math.max(width, height));
      const [across, down] = [within(width * scale), within(height * scale)];
      return { values: valuesOf(across, down), drawn: `${across}x${down}` };
    },
  };
}

/** The usual shapes of about one megapixel, and any other size within `range`. */
function rangeRules(range: SizeRange, side: number): SizeRules {
  const { minSide, maxSide, multipleOf = 1 } = range;
  const native = Math.min(Math.max(side, minSide), maxSide);
  const step = multipleOf % 8 === 0 ? multipleOf : 8;
  const rounded = (length: number) => Math.round(length / step) * step;
  const usual = USUAL_SHAPES.map((shape) => {
    const [across = 1, down = 1] = shape.split(":").map(Number);
    const stretch = Math.sqrt(across / down);
    return { shape, width: rounded(native * stretch), height: rounded(native / stretch) };
  });
  const fitting = usual.filter((size) =>
    [size.width, size.height].every((each) =>
      each >= minSide && each <= maxSide && each % multipleOf === 0
    )
  );
  const listed = fitting.map(({ shape, width, height }) => [`${width}x${height}`, shape] as const);
  return {
    listed: { ...Object.fromEntries(listed), auto: AUTO_NOTE },
    default: listed[0]?.[0] ?? "auto",
    range,
  };
}

function rangeOf(forms: readonly Form[], field: ModelField): SizeRange {
  const between = SIDES_SAID.exec(field.description);
  const [, least, most] = between ?? [];
  const listed = forms.flatMap(({ values = [] }) => values.map(Number));
  const minimum = Math.max(
    ...forms.map((form) => form.minimum ?? 1),
    Number(least ?? 1),
    listed.length > 0 ? Math.min(...listed) : 1,
  );
  const maximum = Math.min(
    ...forms.map((form) => form.maximum ?? MAX_SIDE),
    Number(most ?? MAX_SIDE),
    listed.length > 0 ? Math.max(...listed) : MAX_SIDE,
  );
  const multipleOf = numberSaid(field, MULTIPLE_SAID) ?? stepOf(listed) ?? USUAL_STEP;
  return {
    minSide: Math.max(minimum, Math.min(LEAST_SIDE, maximum)),
    maxSide: maximum,
    multipleOf,
  };
}

function stepOf(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  const steps = sorted.slice(1).map((value, index) => value - sorted[index]!);
  return steps.length > 0 ? Math.max(1, Math.min(...steps)) : undefined;
}

/** The field of a size or shape that may hold one of `words`, set to the first it may hold. */
function wordField(schema: ModelSchema, words: readonly string[]): Values | undefined {
  for (const name of [...SHAPE_FIELDS, ...SIZE_FIELDS]) {
    const word = words.find((each) => wordsIn(schema.fields.get(name)).includes(each));
    if (word !== undefined) return { [name]: word };
  }
}

/** Of the nearest shape, and then of the nearest area. */
function nearest(size: string, choices: readonly Choice[]): Choice {
  const { width, height } = sidesOf(size);
  const distance = (choice: Choice) => {
    const other = sidesOf(choice.size);
    const shape = Math.abs(Math.log((width / height) / (other.width / other.height)));
    const area = Math.abs(Math.log((width * height) / (other.width * other.height)));
    return (shape < SAME_SHAPE ? 0 : shape) * SHAPE_WEIGHT + area;
  };
  return choices.reduce((best, choice) => distance(choice) < distance(best) ? choice : best);
}

function pixelsOf(word: string): string | undefined {
  const [, width, height] = /^(\d{2,5})\s*[x*×]\s*(\d{2,5})$/.exec(word) ?? [];
  return width === undefined ? PRESETS[word] : `${width}x${height}`;
}

function sidesOf(size: string): { readonly width: number; readonly height: number } {
  const [width = 1, height = 1] = size.split("x").map(Number);
  return { width, height };
}

/** The side of a square that has as many pixels: "2K", "1 MP", "0.25". */
function sideOfTier(word: string): number | undefined {
  const [, thousands] = /^(\d(?:\.\d)?)\s*k$/i.exec(word) ?? [];
  if (thousands !== undefined) return Number(thousands) * 1024;
  const [, millions] = /^(\d{1,2}(?:\.\d{1,2})?)(?:\s*mp)?$/i.exec(word) ?? [];
  return Number(millions) > 0 ? Math.sqrt(Number(millions)) * 1024 : undefined;
}

const SHAPE_FIELDS = ["aspect_ratio", "aspect"];
const SIZE_FIELDS = ["image_size", "size", "resolution", "output_size"];
const TIER_FIELDS = ["resolution", "megapixels", "size", "image_size", "image_resolution"];
const LIKE_INPUT = ["match_input_image", "match_input", "auto"];
const SHAPE = /^\d{1,2}:\d{1,2}$/;
const USUAL_SHAPES = ["1:1", "4:3", "3:4", "3:2", "2:3", "16:9", "9:16"];

/** fal's names of sizes, in pixels (its page of common parameters, read 2026-11-25). */
const PRESETS: Readonly<Record<string, string>> = {
  square_hd: "1024x1024",
  square: "512x512",
  portrait_4_3: "768x1024",
  portrait_16_9: "576x1024",
  landscape_4_3: "1024x768",
  landscape_16_9: "1024x576",
};

const SIDES_SAID = /between\s+(\d{2,5})\s+and\s+(\d{2,5})/i;
const MULTIPLE_SAID = /multiples?\s+of\s+(\d{1,3})/i;

const AUTO_NOTE = "the model's own size, or the shape of the picture that comes in";

/** In pixels. */
const USUAL_SIDE = 1024;
/** Models draw in blocks of so many. */
const USUAL_STEP = 8;
const LEAST_SIDE = 64;
const MAX_SIDE = 4096;

const SAME_SHAPE = 0.02;
const SHAPE_WEIGHT = 10;

/** Any size that image models usually draw: for a model of which nothing is known yet. */
export const USUAL_SIZES: SizeRules = rangeRules(
  { minSide: 256, maxSide: MAX_SIDE, multipleOf: USUAL_STEP },
  USUAL_SIDE,
);
