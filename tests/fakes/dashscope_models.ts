/** What the small Model Studio knows of each model; what is not here is retired or never was. */

export interface Model {
  /** Below /api/v1/services/aigc/. */
  readonly path: string;
  readonly isTask: boolean;
  readonly shape: "messages" | "fields";
  /** Fields of `input`, where the shape is fields and they are not a prompt and a negative one. */
  readonly input?: readonly string[];
  readonly parameters: readonly string[];
  /** The most pictures that it draws at once. */
  readonly most: number;
  /** The fewest and the most pictures that come in. */
  readonly images: readonly [number, number];
  /** Bounds of the area, in pixels; `editArea` where pictures come in. */
  readonly area?: readonly [number, number];
  readonly editArea?: readonly [number, number];
  readonly sides?: readonly [number, number];
  /** The only sizes, where they are listed. */
  readonly sizes?: readonly string[];
}

const MESSAGES = {
  path: "multimodal-generation/generation",
  isTask: false,
  shape: "messages",
} as const;
const MESSAGES_TASK = {
  path: "image-generation/generation",
  isTask: true,
  shape: "messages",
} as const;
const TEXT_TASK = { path: "text2image/image-synthesis", isTask: true, shape: "fields" } as const;
const IMAGES_TASK = { path: "image2image/image-synthesis", isTask: true, shape: "fields" } as const;

const QWEN_FIELDS = ["n", "size", "negative_prompt", "seed", "prompt_extend", "watermark"];
const UP_TO_2K = [512 ** 2, 2048 ** 2] as const;

export const MODELS: Readonly<Record<string, Model>> = {
  "qwen-image-3.0": {
    ...MESSAGES,
    parameters: QWEN_FIELDS,
    most: 6,
    images: [0, 3],
    area: UP_TO_2K,
  },
  "qwen-image-2.1-pro": {
    ...MESSAGES,
    parameters: QWEN_FIELDS.filter((name) => name !== "negative_prompt"),
    most: 6,
    images: [0, 10],
    area: UP_TO_2K,
  },
  "qwen-image-2.0": {
    ...MESSAGES,
    parameters: QWEN_FIELDS,
    most: 6,
    images: [0, 3],
    area: UP_TO_2K,
  },
  "qwen-image-edit-max": {
    ...MESSAGES,
    parameters: QWEN_FIELDS,
    most: 6,
    images: [1, 3],
    sides: [512, 2048],
  },
  "qwen-image-edit": {
    ...MESSAGES,
    parameters: ["n", "negative_prompt", "seed", "watermark"],
    most: 1,
    images: [1, 3],
  },
  "qwen-image-plus": {
    ...MESSAGES,
    parameters: QWEN_FIELDS,
    most: 1,
    images: [0, 0],
    sizes: ["1664*928", "1472*1104", "1328*1328", "1104*1472", "928*1664"],
  },
  "wan2.7-image": {
    ...MESSAGES_TASK,
    parameters: ["n", "size", "seed", "watermark", "thinking_mode", "bbox_list"],
    most: 4,
    images: [0, 9],
    area: [768 ** 2, 2048 ** 2],
  },
  "wan2.7-image-pro": {
    ...MESSAGES_TASK,
    parameters: ["n", "size", "seed", "watermark", "thinking_mode", "bbox_list"],
    most: 4,
    images: [0, 9],
    area: [768 ** 2, 4096 ** 2],
    editArea: [768 ** 2, 2048 ** 2],
  },
  "wan2.6-image": {
    ...MESSAGES_TASK,
    parameters: [...QWEN_FIELDS, "enable_interleave"],
    most: 4,
    images: [1, 4],
    area: [768 ** 2, 2048 ** 2],
  },
  "wan2.6-t2i": {
    ...MESSAGES_TASK,
    parameters: QWEN_FIELDS,
    most: 4,
    images: [0, 0],
    area: [1280 ** 2, 1440 ** 2],
  },
  "wan2.5-t2i-preview": {
    ...TEXT_TASK,
    parameters: ["n", "size", "seed", "prompt_extend", "watermark"],
    most: 4,
    images: [0, 0],
    area: [768 ** 2, 1440 ** 2],
  },
  "wan2.2-t2i-flash": {
    ...TEXT_TASK,
    parameters: ["n", "size", "seed", "prompt_extend", "watermark"],
    most: 4,
    images: [0, 0],
    sides: [512, 1440],
  },
  "wan2.5-i2i-preview": {
    ...IMAGES_TASK,
    input: ["prompt", "negative_prompt", "images"],
    parameters: ["n", "size", "seed", "prompt_extend", "watermark"],
    most: 4,
    images: [1, 3],
    area: [768 ** 2, 1280 ** 2],
  },
  "wanx2.1-imageedit": {
    ...IMAGES_TASK,
    input: ["function", "prompt", "base_image_url", "mask_image_url"],
    parameters: ["n", "seed", "watermark", "strength"],
    most: 4,
    images: [1, 1],
  },
};
