/** Models of the small Replicate, described as the pages of their versions described them in November 2026. */

import type { Schema } from "./openapi_schema.ts";

export interface FakeModel {
  readonly isOfficial: boolean;
  readonly version: string;
  readonly schemas: Readonly<Record<string, Schema>>;
}

const URI = { type: "string", format: "uri" };
const text = (description: string, rest: Schema = {}) => ({ type: "string", description, ...rest });
const integer = (minimum: number, maximum: number, rest: Schema = {}) => ({
  type: "integer",
  minimum,
  maximum,
  ...rest,
});
const among = (name: string, usual: string, description = "") => ({
  allOf: [{ $ref: `#/components/schemas/${name}` }],
  default: usual,
  description,
});
const words = (...values: string[]) => ({ type: "string", enum: values });

function model(
  properties: Record<string, Schema>,
  { required = ["prompt"], isOfficial = true, ...enums }:
    & { required?: string[]; isOfficial?: boolean }
    & Record<string, unknown>,
): FakeModel {
  const ordered = Object.entries(properties)
    .map(([name, field], index) => [name, { ...field, "x-order": index }]);
  const schemas = {
    Input: { type: "object", title: "Input", required, properties: Object.fromEntries(ordered) },
    Output: { type: "array", items: URI },
    ...enums as Record<string, Schema>,
  };
  return { isOfficial, version: newVersion(), schemas };
}

export function newVersion(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}

const SIDE = "Only used when aspect_ratio=custom. Must be a multiple of 16 (if it's not, it will " +
  "be rounded to nearest multiple of 16).";
const RATIOS = ["1:1", "16:9", "3:2", "2:3", "4:5", "5:4", "9:16", "3:4", "4:3"];
const SEED = { type: "integer", description: "Random seed. Set for reproducible generation" };

/** By owner and name. */
export const MODELS = {
  "black-forest-labs/flux-2-pro": model({
    prompt: text("Text prompt for image generation"),
    input_images: {
      type: "array",
      items: URI,
      default: [],
      description: "List of input images for image-to-image generation. Maximum 8 images.",
    },
    aspect_ratio: among("aspect_ratio", "1:1", "Use 'match_input_image' to match the first"),
    resolution: among("resolution", "1 MP"),
    width: integer(256, 2048, { description: `Width of the generated image. ${SIDE}` }),
    height: integer(256, 2048, { description: `Height of the generated image. ${SIDE}` }),
    safety_tolerance: integer(1, 5, { default: 2 }),
    seed: SEED,
    output_format: among("output_format", "webp"),
    output_quality: integer(0, 100, { default: 80 }),
  }, {
    aspect_ratio: words("match_input_image", "custom", ...RATIOS),
    resolution: words("match_input_image", "0.5 MP", "1 MP", "2 MP", "4 MP"),
    output_format: words("webp", "jpg", "png"),
  }),
  "black-forest-labs/flux-fill-pro": model({
    image: { ...URI, description: "The image to inpaint. Can contain an alpha mask." },
    mask: {
      ...URI,
      description: "A black-and-white image that describes the part of the image to inpaint. " +
        "Black areas will be preserved while white areas will be inpainted.",
    },
    prompt: text("Text prompt for image generation"),
    steps: integer(15, 50, { default: 50 }),
    guidance: { type: "number", minimum: 1.5, maximum: 100, default: 60 },
    seed: SEED,
    output_format: among("output_format", "jpg"),
  }, { required: ["image", "prompt"], output_format: words("jpg", "png") }),
  "stability-ai/sdxl": model({
    prompt: text("Input prompt", { default: "An astronaut riding a rainbow unicorn" }),
    negative_prompt: text("Input Negative Prompt", { default: "" }),
    image: { ...URI, description: "Input image for img2img or inpaint mode" },
    mask: {
      ...URI,
      description: "Input mask for inpaint mode. Black areas will be preserved, white areas will " +
        "be inpainted.",
    },
    width: { type: "integer", default: 1024, description: "Width of output image" },
    height: { type: "integer", default: 1024, description: "Height of output image" },
    num_outputs: integer(1, 4, { default: 1, description: "Number of images to output." }),
    scheduler: among("scheduler", "K_EULER"),
    num_inference_steps: integer(1, 500, { default: 50 }),
    prompt_strength: { type: "number", minimum: 0, maximum: 1, default: 0.8 },
    seed: SEED,
    hf_api_token: { ...text("Token of Hugging Face"), format: "password", "x-cog-secret": true },
  }, { required: [], isOfficial: false, scheduler: words("DDIM", "K_EULER") }),
  "acme/lamp-style": model({
    prompt: text("Prompt for generated image. Include LAMP"),
    aspect_ratio: among("aspect_ratio", "1:1"),
    num_outputs: integer(1, 4, { default: 1 }),
    lora_scale: { type: "number", minimum: -1, maximum: 3, default: 1 },
    extra_lora: text("Load LoRA weights, such as owner/name or an address"),
    seed: SEED,
  }, { isOfficial: false, aspect_ratio: words(...RATIOS) }),
  "ostris/flux-dev-lora-trainer": model({ prompt: text("Prompt") }, {
    isOfficial: false,
    TrainingInput: {
      type: "object",
      required: ["input_images"],
      properties: {
        input_images: { ...URI, description: "A zip file with the images for training" },
        trigger_word: text("The trigger word", { default: "TOK" }),
        steps: integer(3, 6000, { default: 1000 }),
        autocaption: { type: "boolean", default: true },
      },
    },
  }),
  "acme/keep-white": model({
    prompt: text("What the hole shows"),
    image: { ...URI, description: "Image" },
    mask: { ...URI, description: "Black and white image, where white is kept as it is" },
  }, { required: ["prompt", "image", "mask"], isOfficial: false }),
} as const satisfies Readonly<Record<string, FakeModel>>;
