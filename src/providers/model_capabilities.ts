/** What can be asked of a hosted model, as its schema says; of one that was not read yet, anything usual. */

import { type Argument, fieldFor, numberSaid, pictureFieldsOf } from "./model_fields.ts";
import { describedOptions } from "./model_options.ts";
import { formOf, type ModelSchema, wordsIn } from "./model_schema.ts";
import { modelSizes, USUAL_SIZES } from "./model_sizes.ts";
import type { Capabilities, InputRules, OptionRule } from "./provider.ts";
import { STYLE_WORDS } from "./style_words.ts";

/** The same for every host; `schema` is absent before it was read. */
export function modelCapabilities(schema?: ModelSchema): Capabilities {
  if (!schema) return UNREAD;
  const inputs = inputRules(schema);
  const strength = formOf(fieldFor("strength", schema), "number", "integer");
  return {
    styles: fieldFor("prompt", schema) ? STYLE_WORDS : {},
    sizes: modelSizes(schema).rules,
    maxCount: maxCount(schema),
    maxPromptLength: LONGEST_PROMPT,
    ...seedRule(schema),
    ...inputs && { inputs },
    ...inputs && fieldFor("mask", schema) ? { mask: "white" } : {},
    ...inputs && strength
      ? {
        strength: { minimum: strength.minimum ?? 0, maximum: Math.min(strength.maximum ?? 1, 1) },
      }
      : {},
    resume: true,
    cancel: true,
    negativePrompt: fieldFor("negativePrompt", schema)
      ? "native"
      : fieldFor("prompt", schema)
      ? "words"
      : "none",
    options: optionRules(schema),
    modelOptions: describedOptions(schema),
  };
}

/** What can be asked where the request names no model, and another one draws with pictures or a mask. */
export function withEditing(
  drawing: Capabilities,
  editing: Capabilities,
  masking: Capabilities,
): Capabilities {
  const { inputs = masking.inputs, strength } = editing;
  const { mask, inputs: beside } = masking;
  return {
    ...drawing,
    ...inputs && { inputs: { ...inputs, ...mask && beside && besideMask(inputs, beside) } },
    ...mask && { mask },
    ...strength && { strength },
  };
}

function besideMask({ maxImages }: InputRules, beside: InputRules) {
  const { maxImages: most, maxImagesWithMask = most } = beside;
  return maxImagesWithMask < maxImages ? { maxImagesWithMask } : {};
}

/** As JSON names formats; a model may call them otherwise. */
export function formatName(word: string): string {
  return word.toLowerCase() === "jpg" ? "jpeg" : word.toLowerCase();
}

function inputRules(schema: ModelSchema): InputRules | undefined {
  const { list, singles, style } = pictureFieldsOf(schema);
  const maxImages = list?.most ?? singles.length;
  if (maxImages === 0) return undefined;
  const roles = maxImages > 1 || style ? ROLES : (["base"] as const);
  const hasMask = fieldFor("mask", schema) !== undefined;
  return {
    ...ANY_INPUT,
    maxImages,
    roles,
    ...hasMask && maxImages > 1 && { maxImagesWithMask: 1 },
  };
}

function maxCount(schema: ModelSchema): number {
  const field = fieldFor("count", schema);
  if (!field) return 1;
  const most = formOf(field, "integer", "number")?.maximum ?? numberSaid(field, /max\w*\s+(\d+)/i);
  return Math.min(most ?? USUAL_COUNT, MOST_COUNT);
}

function seedRule(schema: ModelSchema): Pick<Capabilities, "seed"> {
  const form = formOf(fieldFor("seed", schema), "integer", "number");
  if (!form) return {};
  const { minimum = 0, maximum = LARGEST_SEED } = form;
  return { seed: { minimum: Math.max(minimum, 0), maximum: Math.min(maximum, LARGEST_SEED) } };
}

function optionRules(schema: ModelSchema): Readonly<Record<string, OptionRule>> {
  const words = (argument: Argument) => {
    const field = fieldFor(argument, schema);
    return formOf(field, "text") ? wordsIn(field) : [];
  };
  const rules: Record<string, OptionRule> = {};
  const add = (name: string, values: readonly string[]) => {
    if (values.length > 0) rules[name] = { values: [...new Set(values)] };
  };
  const lower = (values: readonly string[]) => values.filter((each) => each === each.toLowerCase());
  add("output_format", words("format").map(formatName));
  add("quality", lower(words("quality")));
  add("background", lower(words("background")));
  if (fieldFor("moderation", schema)) add("moderation", ["auto", "low"]);
  const compression = formOf(fieldFor("compression", schema), "integer", "number");
  if (compression) {
    const { minimum = 0, maximum = 100 } = compression;
    rules.output_compression = { minimum, maximum: Math.min(maximum, 100) };
  }
  return rules;
}

const ROLES = ["base", "reference", "style"] as const;

/** Hosts state no bound of their own; a model's own is in its answer. */
const ANY_INPUT = {
  roles: ROLES,
  mediaTypes: ["image/png", "image/jpeg", "image/webp"],
  maxBytes: 20_000_000,
} as const;

/** In characters. */
const LONGEST_PROMPT = 32_000;
const LARGEST_SEED = 4_294_967_295;
const USUAL_COUNT = 4;
const MOST_COUNT = 10;

const UNREAD: Capabilities = {
  styles: STYLE_WORDS,
  sizes: USUAL_SIZES,
  maxCount: 1,
  maxPromptLength: LONGEST_PROMPT,
  seed: { minimum: 0, maximum: LARGEST_SEED },
  inputs: { ...ANY_INPUT, maxImages: 8, maxImagesWithMask: 1 },
  mask: "white",
  strength: { minimum: 0, maximum: 1 },
  resume: true,
  cancel: true,
  negativePrompt: "words",
  options: {
    output_format: { values: ["png", "jpeg", "webp"] },
    moderation: { values: ["auto", "low"] },
  },
  modelOptions: {},
};
