/**
 * Arguments that other image APIs have and models know by heart, and what they are called here.
 * Sources, read in November 2026: OpenAI's images API, Stability's REST API v2beta, Replicate's and
 * fal's model pages, Google's Imagen and Gemini, ComfyUI's and Automatic1111's nodes and fields.
 */

import { parseSize } from "../../requests/size.ts";

export interface ForeignWord {
  /** The argument here that it means. */
  readonly ours?: string;
  /** The value as it is written here; absent where the word cannot be taken, since it means less or more. */
  readonly take?: (value: unknown) => unknown;
  /** The values of several arguments here, `ours` among them; undefined where it says none. */
  readonly split?: (value: unknown) => Readonly<Record<string, unknown>> | undefined;
  /** What a person should know beside, to end the sentence. */
  readonly note?: string;
}

/**
 * What `word` is called here, for a call that takes the arguments `known`: also where it is written
 * as another language writes names. Undefined where it is nothing.
 */
export function foreignWord(word: string, known: readonly string[]): ForeignWord | undefined {
  if (word.length > LONGEST_WORD) return undefined;
  const name = snakeCase(word);
  if (known.includes(name)) return { ours: name, take: same };
  const meanings = Object.hasOwn(WORDS, name) ? [WORDS[name]!].flat() : [];
  return meanings.find(({ ours }) => ours === undefined || known.includes(ours));
}

/** "aspectRatio", "aspect-ratio" and "Aspect Ratio" → "aspect_ratio". */
function snakeCase(word: string): string {
  return word.replace(/([a-z\d])([A-Z])/g, "$1_$2").replace(/[-\s]+/g, "_").toLowerCase();
}

/** A size as other APIs write it: a text, or an object of two sides. */
function sizeText(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { width, height } = value as { readonly width?: unknown; readonly height?: unknown };
  return isSide(width) && isSide(height) ? `${width}x${height}` : value;
}

function sidesOf(value: unknown) {
  const text = sizeText(value);
  const size = typeof text === "string" ? parseSize(text.slice(0, LONGEST_WORD)) : undefined;
  return size === "auto" ? undefined : size && { ...size };
}

/** Whether a width or height is one, as a number or its text. */
export function isSide(value: unknown): boolean {
  return /^[1-9]\d{0,5}$/.test(typeof value === "number" ? String(value) : textOf(value));
}

function textOf(value: unknown): string {
  return typeof value === "string" && value.length <= LONGEST_WORD ? value : "";
}

const same = (value: unknown) => value;
const is = (ours: string): ForeignWord => ({ ours, take: same });
const like = (ours: string, note?: string): ForeignWord => ({ ours, note });
const none = (note?: string): ForeignWord => ({ note });

/** In characters; whatever is longer is no argument's name. */
const LONGEST_WORD = 40;

/** Where the tool takes width and height by themselves, both of them. */
const SIZE: readonly ForeignWord[] = [
  { ours: "resolution", take: sizeText },
  { ours: "width", split: sidesOf, note: "in pixels, with or without 'height'" },
];
const SIDE = like("resolution", "such as 1024x768");
const COUNT = is("n");
/** For a tool that takes no pictures. */
const NO_PICTURES = none("edit_image takes pictures, also as references or for their style");
const PICTURE = [is("images"), is("image"), is("image_id"), is("image_ids"), NO_PICTURES];
const PICTURES = [is("images"), is("image_ids"), is("image"), is("image_id"), NO_PICTURES];
/** Of a picture that is there already. */
const NO_COPY = none("transform_image with save_as copies a picture");
const COPY = [is("save_as"), NO_COPY];
const REFERENCE = [like("images", "each as { image, role: 'reference' }"), NO_PICTURES];
const FLAGS: ReadonlyMap<string, { readonly background?: string }> = new Map([
  ...["true", "yes"].map((word) => [word, { background: "transparent" }] as const),
  ...["false", "no"].map((word) => [word, {}] as const),
]);
const TRANSPARENT: ForeignWord = {
  ours: "background",
  split: (value) => FLAGS.get(String(value).toLowerCase()),
  note: "'transparent'",
};
/** Some providers pass them on, as the model names them. */
const OF_MODEL = [like("options", "which takes a model's own fields by name"), none()];

/** Of several meanings the first that the call has an argument for. */
const WORDS: Readonly<Record<string, ForeignWord | readonly ForeignWord[]>> = {
  size: SIZE,
  image_size: SIZE,
  dimensions: SIZE,
  width: SIDE,
  height: SIDE,
  megapixels: SIDE,
  ratio: is("aspect_ratio"),
  aspect: is("aspect_ratio"),

  num_images: COUNT,
  n_images: COUNT,
  num_outputs: COUNT,
  num_images_per_prompt: COUNT,
  number_of_images: COUNT,
  batch_size: COUNT,
  batch_count: COUNT,
  sample_count: COUNT,
  num_samples: COUNT,
  samples: COUNT,
  count: [COUNT, is("limit")],
  max_results: is("limit"),
  n_iter: COUNT,

  image: PICTURE,
  images: PICTURES,
  image_id: PICTURE,
  image_ids: PICTURES,
  image_url: PICTURE,
  image_urls: PICTURES,
  image_path: PICTURE,
  image_paths: PICTURES,
  input_image: PICTURE,
  input_images: PICTURES,
  init_image: PICTURE,
  base_image: PICTURE,
  source_image: PICTURE,
  picture: PICTURE,
  pictures: PICTURES,
  based_on: is("images"),
  reference_images: REFERENCE,
  reference_image: REFERENCE,
  style_image: [like("images", "as { image, role: 'style' }"), NO_PICTURES],
  mask_image: is("mask"),
  mask_url: is("mask"),
  mask_path: is("mask"),
  region: is("mask_region"),
  regions: is("mask_region"),
  mask_regions: is("mask_region"),
  bbox: like("mask_region", "as { x, y, width, height } in fractions from 0 to 1"),
  invert_mask: is("invert"),
  denoising_strength: is("strength"),
  image_strength: like("strength", "where 0 keeps the picture and 1 forgets it"),

  instruction: is("prompt"),
  instructions: is("prompt"),
  edit_prompt: is("prompt"),
  positive_prompt: is("prompt"),
  text_prompt: is("prompt"),
  positive: is("prompt"),
  text: [like("prompt"), is("query")],
  prompts: is("items"),
  description: like("prompt"),
  text_prompts: like("prompt", "one text"),
  negative: is("negative_prompt"),

  model_id: is("model"),
  model_name: is("model"),
  engine: like("model"),
  engine_id: like("model"),
  checkpoint: like("model"),
  ckpt_name: like("model"),
  style_preset: is("style"),
  style_id: is("style"),
  random_seed: is("seed"),
  noise_seed: is("seed"),
  format: is("output_format"),
  image_format: is("output_format"),
  output_quality: like("output_compression"),
  compression_quality: like("output_compression"),
  jpeg_quality: like("output_compression"),
  transparent: TRANSPARENT,
  transparent_background: TRANSPARENT,
  filename: like("file_prefix", "which begins the file's name"),
  file_name: like("file_prefix", "which begins the file's name"),
  filename_prefix: is("file_prefix"),
  output_filename: like("file_prefix", "which begins the file's name"),
  timeout: like("wait_seconds"),
  max_wait: like("wait_seconds"),

  id: [is("job_id"), is("upload_id"), ...PICTURE],
  ids: PICTURES,
  job: is("job_id"),
  batch_id: is("job_id"),
  search: is("query"),
  search_query: is("query"),
  keywords: is("query"),
  since: is("after"),
  until: is("before"),
  tag: is("add_tags"),
  tags: [is("add_tags"), is("tag")],
  favourite: is("favorite"),
  is_favorite: is("favorite"),
  name: is("title"),
  // What compare_images takes lists of.
  style: is("styles"),
  provider: is("providers"),
  model: is("models"),
  seed: is("seeds"),

  source: [is("image"), is("svg")],
  svg_code: is("svg"),
  svg_content: is("svg"),
  svg_string: is("svg"),
  svg_text: is("svg"),
  code: is("svg"),
  content: is("svg"),
  markup: is("svg"),
  quality: is("output_compression"),
  output_format: is("format"),
  file_format: is("format"),
  output_compression: is("quality"),
  max_size: is("max_bytes"),
  max_file_size: is("max_bytes"),
  rotation: is("rotate"),
  angle: is("rotate"),
  greyscale: is("grayscale"),
  background_color: is("background"),
  crop_box: is("crop"),
  resize: SIZE,
  scale: like("width", "in pixels, with or without 'height'"),

  response_format: none("every answer holds the picture and tells where it is"),
  save_as: NO_COPY,
  output_path: COPY,
  output_file: COPY,
  save_path: COPY,
  save_to: COPY,
  cfg: OF_MODEL,
  cfg_scale: OF_MODEL,
  guidance: OF_MODEL,
  guidance_scale: OF_MODEL,
  steps: OF_MODEL,
  num_inference_steps: OF_MODEL,
  num_steps: OF_MODEL,
  sampler: OF_MODEL,
  sampler_name: OF_MODEL,
  scheduler: OF_MODEL,
  clip_skip: OF_MODEL,
  loras: OF_MODEL,
  user: none(),
};
