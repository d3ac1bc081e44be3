/** Endpoints of the small fal, described as its OpenAPI documents and model pages did in November 2026. */

import type { Schema } from "./openapi_schema.ts";

const text = (description: string, rest: Schema = {}) => ({ type: "string", description, ...rest });
const integer = (minimum: number, maximum: number, rest: Schema = {}) => ({
  type: "integer",
  minimum,
  maximum,
  ...rest,
});
const words = (values: readonly string[], usual: string) => ({
  type: "string",
  enum: values,
  default: usual,
});

const PRESETS = [
  "square_hd",
  "square",
  "portrait_4_3",
  "portrait_16_9",
  "landscape_4_3",
  "landscape_16_9",
];

const IMAGE_SIZE = (usual: string, presets: readonly string[] = PRESETS) => ({
  anyOf: [{ $ref: "#/components/schemas/ImageSize" }, { type: "string", enum: presets }],
  description: "The size of the generated image.",
  default: usual,
});

const DEFINITIONS: Readonly<Record<string, Schema>> = {
  ImageSize: {
    type: "object",
    properties: {
      width: { type: "integer", maximum: 14142, exclusiveMinimum: 0, default: 512 },
      height: { type: "integer", maximum: 14142, exclusiveMinimum: 0, default: 512 },
    },
  },
  LoraWeight: {
    type: "object",
    required: ["path"],
    properties: {
      path: text("URL or the path to the LoRA weights."),
      scale: { type: "number", minimum: 0, maximum: 4, default: 1 },
    },
  },
};

const SEED = { type: "integer", description: "The seed" };
const COMMON = {
  seed: SEED,
  sync_mode: { type: "boolean", default: false },
  enable_safety_checker: { type: "boolean", default: true },
  output_format: words(["jpeg", "png"], "jpeg"),
};
const FLUX_2 = {
  prompt: text("The prompt to generate an image from."),
  ...COMMON,
  safety_tolerance: words(["1", "2", "3", "4", "5"], "2"),
};
const URLS = { type: "array", items: { type: "string" } };

export interface FakeEndpoint {
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required: readonly string[];
}

const ENDPOINTS: Readonly<Record<string, FakeEndpoint>> = {
  "fal-ai/flux-2-pro": {
    properties: { ...FLUX_2, image_size: IMAGE_SIZE("landscape_4_3") },
    required: ["prompt"],
  },
  "fal-ai/flux-2-pro/edit": {
    properties: {
      ...FLUX_2,
      image_urls: { ...URLS, description: "List of URLs of input images for editing" },
      image_size: IMAGE_SIZE("auto", ["auto", ...PRESETS]),
    },
    required: ["prompt", "image_urls"],
  },
  "fal-ai/flux-pro/v1/fill": {
    properties: {
      prompt: text("The prompt to fill the masked part of the image."),
      image_url: text("The image URL to generate an image from. Needs to match the mask."),
      mask_url: text("The mask URL to inpaint the image. Needs to match the image."),
      num_images: integer(1, 4, { default: 1 }),
      ...COMMON,
    },
    required: ["prompt", "image_url", "mask_url"],
  },
  "fal-ai/flux-lora": {
    properties: {
      prompt: text("The prompt to generate an image from."),
      image_size: IMAGE_SIZE("landscape_4_3"),
      num_inference_steps: integer(1, 50, { default: 28 }),
      guidance_scale: { type: "number", minimum: 0, maximum: 35, default: 3.5 },
      num_images: integer(1, 4, { default: 1 }),
      loras: {
        type: "array",
        items: { $ref: "#/components/schemas/LoraWeight" },
        description: "The LoRAs to use for the image generation.",
        default: [],
      },
      ...COMMON,
    },
    required: ["prompt"],
  },
  "fal-ai/flux-lora-fast-training": {
    properties: {
      images_data_url: text("URL to zip archive with images. Try to use at least 4 images"),
      trigger_word: text("Trigger word to be used in the captions."),
      create_masks: { type: "boolean", default: true },
      steps: { type: "integer", description: "Number of steps to train the LoRA on." },
      is_style: { type: "boolean", default: false },
      is_input_format_already_preprocessed: { type: "boolean", default: false },
      data_archive_format: text("The format of the archive."),
    },
    required: ["images_data_url"],
  },
  "fal-ai/nano-banana-2": {
    properties: {
      prompt: text("The text prompt to generate an image from."),
      num_images: integer(1, 4, { default: 1 }),
      aspect_ratio: words(["auto", "21:9", "16:9", "3:2", "4:3", "1:1", "3:4", "9:16"], "auto"),
      resolution: words(["1K", "2K", "4K"], "1K"),
      output_format: words(["jpeg", "png", "webp"], "png"),
    },
    required: ["prompt"],
  },
};

export interface FakeModelInput {
  readonly schema: Schema;
  readonly definitions: Readonly<Record<string, Schema>>;
}

export function inputOf(endpoint: string): FakeModelInput | undefined {
  const found = ENDPOINTS[endpoint];
  return found && { schema: { type: "object", ...found }, definitions: DEFINITIONS };
}

/** The OpenAPI document of an endpoint. */
export function documentOf(endpoint: string): unknown {
  const input = inputOf(endpoint);
  if (!input) return undefined;
  const { schema, definitions } = input;
  const name = `${endpoint.replaceAll(/\W+/g, "")}Input`;
  const order = Object.keys(ENDPOINTS[endpoint]!.properties).sort();
  const body = {
    content: { "application/json": { schema: { $ref: `#/components/schemas/${name}` } } },
  };
  return {
    openapi: "3.0.4",
    info: { title: `Queue OpenAPI for ${endpoint}`, version: "1.0.0" },
    components: {
      schemas: { ...definitions, [name]: { "x-fal-order-properties": order, ...schema } },
    },
    paths: {
      [`/${endpoint}/requests/{request_id}/status`]: { get: {} },
      [`/${endpoint}`]: { post: { requestBody: { required: true, ...body } } },
    },
    servers: [{ url: "https://queue.fal.run" }],
  };
}
