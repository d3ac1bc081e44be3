/** The provider for a machine with no key: draws a picture of the prompt's mood by itself. */

import { MAX_NATIVE_PIXELS } from "../../images/limits.ts";
import { defineProvider } from "../provider.ts";
import type {
  Capabilities,
  GeneratedImage,
  ImageProvider,
  ImageRequest,
  ProviderDefinition,
} from "../provider.ts";

/**
 * The placeholder provider. `howToEnable` says in words which variables switch on real
 * providers, such as "OPENAI_API_KEY or ARK_API_KEY"; it is asked when a picture is made.
 */
export function definePlaceholder(howToEnable: () => string): ProviderDefinition {
  return defineProvider({
    name: "placeholder",
    title: "Placeholder (no key needed)",
    variables: {},
    charges: false,
    missing: () => [],
    create: () => createPlaceholder(howToEnable),
  });
}

function createPlaceholder(howToEnable: () => string): ImageProvider {
  return {
    name: "placeholder",
    models: [MODEL],
    concurrency: 1, // drawing is the processor's work: two at once are no faster
    capabilities: () => CAPABILITIES,
    async generate(request, { signal, onProgress }) {
      const images: GeneratedImage[] = [];
      for (let number = 1; number <= request.count; number++) {
        onProgress({ message: `Drawing placeholder ${number} of ${request.count}` });
        images.push(await drawOne(request, number, signal));
      }
      return { images, warnings: warningsFor(request, howToEnable()), model: MODEL };
    },
  };
}

const MODEL = "placeholder";
const SEEDS = 2 ** 32;

async function drawOne(
  request: ImageRequest,
  number: number,
  signal: AbortSignal,
): Promise<GeneratedImage> {
  // Loaded with the first picture, so that the letters cost the start of the server nothing.
  const { drawPicture, hashText } = await import("./draw.ts");
  const { prompt, style, seed, inputs, mask, strength } = request;
  const own = ((seed ?? hashText(prompt)) + number - 1) % SEEDS;
  const isCutout = wantsClear(request) && !hasBase(request);
  const drawing = { prompt, style, seed: own, isCutout, ...sizeOf(request) };
  const bytes = inputs.length === 0
    ? await drawPicture(drawing, signal)
    : await (await import("./edit.ts")).drawEdit({ ...drawing, inputs, mask, strength }, signal);
  const sourceType = inputs.length === 0 ? "algorithmicMedia" : "compositeSynthetic";
  return { bytes, seed: own, sourceType };
}

function wantsClear({ options }: ImageRequest): boolean {
  return options.background === "transparent";
}

function hasBase({ inputs }: ImageRequest): boolean {
  return inputs.some(({ role }) => role === "base");
}

/** The size asked for, else the base picture's within the bounds, else the usual one. */
function sizeOf({ size = "auto", inputs }: ImageRequest): { width: number; height: number } {
  const base = inputs.find(({ role }) => role === "base");
  if (size === "auto" && base) {
    const scale = Math.min(1, MAX_SIDE / Math.max(base.width, base.height));
    const [width, height] = [base.width, base.height].map((side) =>
      Math.max(MIN_SIDE, Math.round(side * scale))
    );
    return { width: width!, height: height! };
  }
  const [width = 1024, height = 1024] = size === "auto" ? [] : size.split("x").map(Number);
  return { width, height };
}

/** In pixels. */
const MIN_SIDE = 64;
const MAX_SIDE = 2048;

function warningsFor(request: ImageRequest, howToEnable: string): string[] {
  const { model, inputs } = request;
  const warnings = [
    `Placeholder, no AI model: set ${howToEnable}; icons, logos: render_svg`,
  ];
  if (inputs.filter(({ role }) => role === "style").length > 1) {
    warnings.push("The placeholder takes the tones of the first picture of a style alone");
  }
  if (wantsClear(request) && hasBase(request)) {
    warnings.push("The placeholder keeps the background of a picture that it changes");
  }
  if (model && model !== MODEL) warnings.push(`The placeholder has no model '${model}'`);
  return warnings;
}

const CAPABILITIES: Capabilities = {
  styles: {
    natural: { label: "自然 Natural", prompt: "" },
    vivid: { label: "鲜艳 Vivid", prompt: "" },
    photographic: { label: "摄影 Photographic", prompt: "" },
    anime: { label: "动漫 Anime", prompt: "" },
    cartoon: { label: "卡通 Cartoon", prompt: "" },
    watercolor: { label: "水彩 Watercolor", prompt: "" },
    oil_painting: { label: "油画 Oil painting", prompt: "" },
    chinese_painting: { label: "国画 Chinese painting", prompt: "" },
    sketch: { label: "素描 Sketch", prompt: "" },
    pixel_art: { label: "像素 Pixel art", prompt: "" },
    cyberpunk: { label: "赛博朋克 Cyberpunk", prompt: "" },
    minimalist: { label: "极简 Minimalist", prompt: "" },
  },
  sizes: {
    listed: {
      "1024x1024": "1:1",
      "1536x1024": "3:2",
      "1024x1536": "2:3",
      "1280x720": "16:9",
      "720x1280": "9:16",
      "1024x768": "4:3",
      "768x1024": "3:4",
      "512x512": "1:1",
      "2048x2048": "1:1",
      auto: "the size of the picture to change, else 1024x1024",
    },
    default: "1024x1024",
    range: { minSide: MIN_SIDE, maxSide: MAX_SIDE },
  },
  maxCount: 10,
  maxPromptLength: 32_000,
  seed: { minimum: 0, maximum: SEEDS - 1 },
  inputs: {
    maxImages: 16,
    roles: ["base", "reference", "style"],
    mediaTypes: ["image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp"],
    maxBytes: 50_000_000,
    maxPixels: MAX_NATIVE_PIXELS,
  },
  mask: "white",
  strength: { minimum: 0, maximum: 1 },
  negativePrompt: "none",
  options: { background: { values: ["transparent", "opaque", "auto"] } },
};
