/**
 * What hosted models call what this server has arguments for. Names as the pages of Replicate's and
 * fal's models had them in November 2026; the first that a model has counts.
 */

import {
  type Form,
  formOf,
  isSecret,
  type ModelField,
  type ModelSchema,
  wordsIn,
} from "./model_schema.ts";

/** An argument that is one field of a model. */
export type Argument = keyof typeof NAMES;

const NAMES = {
  prompt: ["prompt", "text_prompt", "instruction", "edit_instruction", "text", "caption"],
  negativePrompt: ["negative_prompt"],
  seed: ["seed"],
  count: ["num_outputs", "num_images", "number_of_images", "num_samples", "batch_size", "n"],
  // The fields of other names that hold a strength mean how much of the picture is kept.
  strength: ["strength", "prompt_strength", "denoising_strength", "denoise_strength", "denoise"],
  mask: ["mask", "mask_url", "mask_image", "mask_image_url", "inpaint_mask"],
  format: ["output_format", "format"],
  compression: ["output_quality", "output_compression", "quality"],
  quality: ["quality"],
  background: ["background"],
  moderation: ["moderation", "safety_tolerance", "safety_filter_level"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** What the form of each must be; a text where it is not said. */
const KINDS: Partial<Record<Argument, readonly Form["kind"][]>> = {
  seed: ["integer", "number"],
  count: ["integer", "number"],
  strength: ["number", "integer"],
  compression: ["integer", "number"],
  moderation: ["text", "integer", "number"],
};

/** The field of an argument; undefined where the model has none. */
export function fieldFor(
  argument: Argument,
  { fields }: ModelSchema,
): ModelField | undefined {
  const kinds = KINDS[argument] ?? ["text", "any"];
  return NAMES[argument].map((name) => fields.get(name))
    .find((field) => field && formOf(field, ...kinds));
}

/** Where pictures go that come in. */
export interface PictureFields {
  /** The field that takes several, and how many. */
  readonly list?: { readonly field: ModelField; readonly most: number };
  /** Fields of one each, in the order in which they are filled. */
  readonly singles: readonly ModelField[];
  /** The field for an example of the style alone, and whether it is a list. */
  readonly style?: { readonly field: ModelField; readonly isList: boolean };
}

export function pictureFieldsOf({ fields }: ModelSchema): PictureFields {
  const pictures = [...fields.values()].filter(isPicture);
  const styles = pictures.filter(({ name }) => STYLE.test(name));
  const others = pictures.filter((field) => !styles.includes(field));
  const lists = others.filter((field) => formOf(field, "list"));
  const list = firstOf(lists, LISTS);
  const first = firstOf(others.filter((field) => formOf(field, "text", "any")), SINGLES);
  const [style] = styles;
  return {
    ...list && { list: { field: list, most: mostIn(list) } },
    singles: first === undefined ? [] : [first, ...numberedAfter(first, fields)],
    ...style && { style: { field: style, isList: formOf(style, "list") !== undefined } },
  };
}

/**
 * How `model` wants its mask, as its own words say it: white or black where the picture may change,
 * or transparent there, as OpenAI's models want it wherever they run.
 */
export function maskFormOf({ description }: ModelField, model: string): MaskForm {
  if (/gpt-image/i.test(model) || /transparen|\balpha\b/i.test(description)) return "alpha";
  return isInverted(description) ? "black" : "white";
}

export type MaskForm = "white" | "black" | "alpha";

function isInverted(description: string): boolean {
  const words = description.replaceAll(BLACK_AND_WHITE, "");
  if (WHITE_CHANGES.test(words) || BLACK_STAYS.test(words)) return false;
  return BLACK_CHANGES.test(words) || WHITE_STAYS.test(words);
}

/** The fields that carry arguments of their own, and what is no business of a request. */
export function isReserved({ name }: ModelField, schema: ModelSchema): string | undefined {
  if (name === fieldFor("prompt", schema)?.name) return "prompt";
  if (name === fieldFor("mask", schema)?.name) return "mask";
  const { list, singles } = pictureFieldsOf(schema);
  return [list?.field, ...singles].some((field) => field?.name === name) ? "images" : undefined;
}

/** The names of all that can be passed as options. */
export function optionalFields(schema: ModelSchema): readonly ModelField[] {
  return [...schema.fields.values()].filter((field) =>
    !isSecret(field) && !UNSUITABLE.has(field.name) && isReserved(field, schema) === undefined
  );
}

/** A number that a description puts into words, such as "Maximum 8 images". */
export function numberSaid({ description }: ModelField, pattern: RegExp): number | undefined {
  const [, digits] = pattern.exec(description) ?? [];
  return digits === undefined ? undefined : Number(digits.replaceAll(",", ""));
}

const LISTS = [
  "image_urls",
  "input_images",
  "image_input",
  "images",
  "input_image_urls",
  "reference_images",
  "reference_image_urls",
];

const SINGLES = [
  "image_url",
  "image",
  "input_image",
  "init_image",
  "init_image_url",
  "source_image",
  "source_image_url",
  "base_image",
  "main_image",
  "image_1",
  "input_image_1",
  "control_image",
  "control_image_url",
  "reference_image_url",
  "image_prompt",
];

function firstOf(fields: readonly ModelField[], names: readonly string[]): ModelField | undefined {
  const [named] = names.flatMap((name) => fields.find((field) => field.name === name) ?? []);
  return named ?? fields.find(({ name }) => /image|picture|photo/.test(name));
}

/** Addresses of pictures; hosts differ in whether they say so beside the name. */
function isPicture(field: ModelField): boolean {
  const { name, forms } = field;
  const isAddress = forms.some(({ format, items = [] }) =>
    format === "uri" || items.some((item) => item.format === "uri")
  );
  const isNamed = LISTS.includes(name) || SINGLES.includes(name) || /image\w*_urls?$/.test(name);
  const hasWords = wordsIn(field).length > 0;
  return (isAddress || isNamed) && !hasWords && !NO_PICTURE.test(name);
}

const NO_PICTURE = /mask|lora|weight|video|audio|zip|archive|webhook|face_model/;
const STYLE = /style/;

/** "input_image_2", "input_image_3" after "input_image", as far as they go. */
function numberedAfter({ name }: ModelField, fields: ModelSchema["fields"]) {
  const stem = name.replace(/_1$/, "");
  const found: ModelField[] = [];
  for (let number = 2; number <= MOST_PICTURES; number++) {
    const next = fields.get(`${stem}_${number}`);
    if (!next) break;
    found.push(next);
  }
  return found;
}

function mostIn(field: ModelField): number {
  const said = formOf(field, "list")?.maxItems ?? numberSaid(field, MOST_SAID) ?? MOST_PICTURES;
  return Math.min(Math.max(said, 1), MOST_PICTURES);
}

const MOST_SAID =
  /(?:up to|maximum(?: of)?|max\.?|at most)\s+(\d{1,2})\s+(?:\w+\s+){0,2}(?:images|pictures)/i;

/** As many as a request of this server holds. */
const MOST_PICTURES = 16;

const CHANGES = "(?:inpaint|repaint|paint|edit|chang|replac|fill|generat|modif|remov|masked)";
const STAYS = "(?:preserv|kept|keep|unchanged|untouched|protect|retain)";
/** Within a sentence, and not past the other colour. */
const near = (colour: string, other: string, verbs: string) =>
  new RegExp(`${colour}(?:(?!${other})[^.;]){0,60}${verbs}`, "i");
const WHITE_CHANGES = near("white", "black", CHANGES);
const BLACK_STAYS = near("black", "white", STAYS);
const BLACK_CHANGES = near("black", "white", CHANGES);
const WHITE_STAYS = near("white", "black", STAYS);
const BLACK_AND_WHITE = /black\W+(?:and\W+)?white|white\W+(?:and\W+)?black/gi;

/** The picture as text in the answer, and an end that nobody here waits for. */
const UNSUITABLE: ReadonlySet<string> = new Set(["sync_mode", "webhook", "webhook_url"]);
