/** A request in the fields of a hosted model. */

import { ImageError } from "../errors.ts";
import { asAlphaMask, asBlackMask } from "../images/mask.ts";
import { formatName } from "./model_capabilities.ts";
import {
  type Argument,
  fieldFor,
  type MaskForm,
  maskFormOf,
  pictureFieldsOf,
} from "./model_fields.ts";
import { checkedOptions, fitted } from "./model_options.ts";
import { formOf, type ModelField, type ModelSchema, wordsIn } from "./model_schema.ts";
import { modelSizes } from "./model_sizes.ts";
import type { ImageRequest, InputImage } from "./provider.ts";
import { promptInWords, promptWithRoles } from "./style_words.ts";

export interface ModelInput {
  /** As the model's schema has them; where a picture belongs, stands an `InputImage` yet. */
  readonly values: Readonly<Record<string, unknown>>;
  /** What of the request the model cannot honour, as sentences. */
  readonly warnings: readonly string[];
}

/**
 * Everything of the request that `model` has a field for. What it has none for becomes a warning,
 * since the request may have been planned before the schema was known.
 * @throws {ImageError} where it cannot honour pictures, a mask or an option at all.
 */
export async function modelInput(
  request: ImageRequest,
  schema: ModelSchema,
  { model, signal }: { readonly model: string; readonly signal: AbortSignal },
): Promise<ModelInput> {
  const warnings: string[] = [];
  const values: Record<string, unknown> = {
    ...promptFields(request, schema, model, warnings),
    ...numberFields(request, schema, model, warnings),
    ...sizeFields(request, schema, model, warnings),
    ...outputFields(request, schema, model, warnings),
    ...pictureFields(request, schema, model),
    ...await maskField(request, schema, model, signal),
    ...checkedOptions(request.modelOptions ?? {}, schema, model),
  };
  const missing = [...schema.required].filter((name) => !(name in values))
    .filter((name) => schema.fields.get(name)?.default === undefined);
  if (missing.length > 0) throw incomplete(missing, schema, model);
  return { values, warnings };
}

type Values = Readonly<Record<string, unknown>>;

function promptFields(
  request: ImageRequest,
  schema: ModelSchema,
  model: string,
  warnings: string[],
): Values {
  const field = fieldFor("prompt", schema);
  const negative = fieldFor("negativePrompt", schema);
  if (!field) {
    warnings.push(`'${model}' takes no prompt, so it was left out`);
    return {};
  }
  const { negativePrompt, ...others } = request;
  const told = negative ? others : { ...others, negativePrompt };
  const { singles } = pictureFieldsOf(schema);
  const words = request.inputs.length > 1 || singles.length === 0
    ? promptWithRoles(told)
    : promptInWords(told);
  return {
    [field.name]: words,
    ...negative && negativePrompt !== undefined && { [negative.name]: negativePrompt },
  };
}

function numberFields(
  { seed, count, strength, inputs }: ImageRequest,
  schema: ModelSchema,
  model: string,
  warnings: string[],
): Values {
  const values: Record<string, unknown> = {};
  const put = (argument: Argument, value: number | undefined) => {
    if (value === undefined) return;
    const field = fieldFor(argument, schema);
    const fitting = field && fitted(value, field.forms);
    if (field && fitting !== undefined) values[field.name] = fitting;
    else if (argument !== "count") {
      warnings.push(`'${model}' takes no ${argument} ${value}, so it was left out`);
    }
  };
  put("seed", seed);
  const isUsual = count === 1 && (fieldFor("count", schema)?.default ?? 1) === 1;
  put("count", isUsual ? undefined : count);
  put("strength", inputs.length > 0 ? strength : undefined);
  return values;
}

function sizeFields(
  { size, inputs }: ImageRequest,
  schema: ModelSchema,
  model: string,
  warnings: string[],
): Values {
  const sizes = modelSizes(schema);
  const isOpen = size === undefined || size === "auto";
  if (isOpen && inputs.length > 0) return sizes.likeInput;
  if (size === undefined) return {};
  const { values, drawn } = sizes.fieldsFor(size);
  if (drawn !== size) {
    warnings.push(
      drawn === "auto"
        ? `'${model}' has a size of its own, so size ${size} was left out`
        : `'${model}' does not draw ${size}, so ${drawn} was asked for, the nearest it has`,
    );
  }
  return values;
}

function outputFields(
  { options }: ImageRequest,
  schema: ModelSchema,
  model: string,
  warnings: string[],
): Values {
  const values: Record<string, unknown> = {};
  const put = (argument: Argument, value: unknown, matching = (word: string) => word === value) => {
    if (value === undefined) return;
    const field = fieldFor(argument, schema);
    const word = wordsIn(field).find(matching) ?? value;
    const fitting = field && fitted(word, field.forms);
    if (field && fitting !== undefined) values[field.name] = fitting;
    // The format is made here where the model does not give it.
    else if (argument !== "format") warnings.push(`'${model}' takes no ${argument} '${value}'`);
  };
  const { output_format, output_compression, quality, background, moderation } = options;
  put("format", output_format, (word) => formatName(word) === output_format);
  put("compression", output_compression);
  put("quality", quality);
  put("background", background);
  if (moderation === "low") Object.assign(values, laxest(fieldFor("moderation", schema)));
  return values;
}

/** The field at what refuses the least: by number the largest, by word the last or "low". */
function laxest(field: ModelField | undefined): Values {
  if (!field) return {};
  const words = wordsIn(field);
  const maximum = formOf(field, "integer", "number")?.maximum;
  const word = ["low", "block_only_high"].find((each) => words.includes(each)) ?? words.at(-1);
  const value = maximum ?? (word === undefined ? undefined : fitted(word, field.forms));
  return value === undefined ? {} : { [field.name]: value };
}

function pictureFields(
  { inputs, mask }: ImageRequest,
  schema: ModelSchema,
  model: string,
): Values {
  if (inputs.length === 0) return {};
  const { list, singles, style } = pictureFieldsOf(schema);
  const styles = style ? inputs.filter(({ role }) => role === "style") : [];
  const others = inputs.filter((input) => !styles.includes(input));
  const ordered = [
    ...others.filter(({ role }) => role === "base"),
    ...others.filter(({ role }) => role !== "base"),
  ];
  const [single] = singles;
  const isApart = list && single && (mask || schema.required.has(single.name));
  const listed = !list ? [] : isApart ? ordered.slice(1) : ordered;
  const alone = ordered.slice(0, ordered.length - listed.length);
  const most = (list?.most ?? 0) + (list ? alone.length : singles.length);
  if (ordered.length > most || styles.length > 1 && !style?.isList) {
    throw new ImageError(
      "invalid_parameters",
      most === 0
        ? `'${model}' draws from words alone and takes no pictures: name a model that edits`
        : `'${model}' takes at most ${most} picture${most === 1 ? "" : "s"}, not ${ordered.length}`,
      { model, images: inputs.length, max_images: most },
    );
  }
  return {
    ...Object.fromEntries(alone.map((input, index) => [singles[index]!.name, input])),
    ...list && listed.length > 0 && { [list.field.name]: listed },
    ...style && styles.length > 0 && {
      [style.field.name]: style.isList ? styles : styles[0],
    },
  };
}

async function maskField(
  { mask }: ImageRequest,
  schema: ModelSchema,
  model: string,
  signal: AbortSignal,
): Promise<Values> {
  if (!mask) return {};
  const field = fieldFor("mask", schema);
  if (!field) {
    throw new ImageError(
      "invalid_parameters",
      `'${model}' takes no mask: leave 'model' out, or name one that does`,
      { model },
    );
  }
  const shape = SHAPES[maskFormOf(field, model)];
  const bytes = shape ? await shape(mask.bytes, { signal }) : mask.bytes;
  return { [field.name]: { ...mask, bytes } satisfies InputImage };
}

/** What makes each form of a mask out of ours, which is white where the picture may change. */
const SHAPES: Partial<Record<MaskForm, typeof asBlackMask>> = {
  alpha: asAlphaMask,
  black: asBlackMask,
};

function incomplete(
  missing: readonly string[],
  schema: ModelSchema,
  model: string,
): ImageError {
  const { list, singles } = pictureFieldsOf(schema);
  const isPicture = (name: string) =>
    [list?.field, ...singles].some((field) => field?.name === name);
  const mask = fieldFor("mask", schema)?.name;
  const sentence = missing.some(isPicture)
    ? `'${model}' changes pictures and draws none of its own: pass one to edit_image, or name ` +
      "another model"
    : missing.some((name) => name === mask)
    ? `'${model}' changes what a mask marks: pass 'mask' or 'mask_region', or name another model`
    : `'${model}' needs ${missing.map((name) => `'${name}'`).join(" and ")} beside: pass it in ` +
      "'options'";
  return new ImageError("invalid_parameters", sentence, { model, missing });
}
