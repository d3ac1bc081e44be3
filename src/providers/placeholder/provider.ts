/** The provider for a machine with no key: draws a picture of the prompt's mood by itself. */

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
  { prompt, style, size, seed }: ImageRequest,
  number: number,
  signal: AbortSignal,
): Promise<GeneratedImage> {
  // Loaded with the first picture, so that the letters cost the start of the server nothing.
  const { drawPicture, hashText } = await import("./draw.ts");
  const [width = 1024, height = 1024] =
    (size === "auto" ? undefined : size)?.split("x").map(Number) ?? [];
  const own = ((seed ?? hashText(prompt)) + number - 1) % SEEDS;
  return {
    bytes: await drawPicture({ prompt, style, width, height, seed: own }, signal),
    seed: own,
  };
}

function warningsFor({ negativePrompt, model }: ImageRequest, howToEnable: string): string[] {
  const warnings = [
    "This picture is a placeholder drawn on this computer, not by an AI model. " +
    `For real pictures set ${howToEnable}`,
  ];
  if (negativePrompt) warnings.push("The placeholder takes no notice of negative_prompt");
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
    },
    default: "1024x1024",
    range: { minSide: 64, maxSide: 2048 },
  },
  maxCount: 10,
  maxPromptLength: 32_000,
  seed: { minimum: 0, maximum: SEEDS - 1 },
  negativePrompt: "words",
  options: {},
};
