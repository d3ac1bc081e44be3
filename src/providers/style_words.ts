/** Styles as words, for vendors that know none of their own. */

import type { ImageRequest, Style } from "./provider.ts";

/**
 * The prompt, and in the prompt's own language, each on a line: the style's words and, where
 * `negativePrompt` is given, what to leave out.
 */
export function promptInWords(
  { prompt, style, negativePrompt }: Pick<ImageRequest, "prompt" | "style" | "negativePrompt">,
): string {
  const says = HAN.test(prompt) ? CHINESE : ENGLISH;
  const words = style === undefined ? undefined : STYLE_WORDS[style]?.prompt;
  return [
    prompt,
    ...(words ? [says.style + words] : []),
    ...(negativePrompt ? [says.avoid + negativePrompt] : []),
  ].join("\n");
}

const HAN = /\p{Script=Han}/u;
const CHINESE = { style: "画面风格：", avoid: "画面中不要出现：" };
const ENGLISH = { style: "Style: ", avoid: "Do not show: " };

/** The ids that other vendors' styles are translated to and from. */
export const STYLE_WORDS: Readonly<Record<string, Style>> = {
  natural: { label: "自然 Natural", prompt: "" },
  vivid: {
    label: "鲜明 Vivid",
    prompt: "vivid saturated colours, dramatic light, strong contrast",
  },
  photographic: {
    label: "摄影 Photograph",
    prompt: "a real photograph, natural light, true-to-life textures and colours, fine detail",
  },
  anime: {
    label: "动漫 Anime",
    prompt: "Japanese anime, clean line art, cel shading, expressive characters, vivid colours",
  },
  comic_book: {
    label: "漫画 Comic book",
    prompt: "comic book art, strong ink outlines, vivid colours, halftone dots, bold composition",
  },
  cartoon: {
    label: "卡通 Cartoon",
    prompt: "cartoon illustration, bold outlines, simple rounded shapes, bright flat colours",
  },
  oil_painting: {
    label: "油画 Oil painting",
    prompt: "oil painting on canvas, visible brush strokes, rich layered pigment, warm depth",
  },
  watercolor: {
    label: "水彩 Watercolour",
    prompt: "watercolour painting, transparent washes, soft bleeding edges, paper texture",
  },
  chinese_painting: {
    label: "国画 Traditional Chinese painting",
    prompt: "traditional Chinese ink painting (中国水墨画), ink wash on rice paper, flowing " +
      "brushwork, generous empty space",
  },
  sketch: {
    label: "素描 Pencil sketch",
    prompt: "pencil sketch, graphite lines, cross-hatched shading, white paper, no colour",
  },
  pixel_art: {
    label: "像素 Pixel art",
    prompt: "pixel art, crisp square pixels, limited palette, 16-bit game graphics",
  },
  "3d_model": {
    label: "3D 渲染 3D rendering",
    prompt: "polished 3D rendering, realistic materials, global illumination, soft studio light",
  },
  digital_art: {
    label: "数字艺术 Digital art",
    prompt: "digital painting, polished detail, dramatic light, rich colours",
  },
  cyberpunk: {
    label: "赛博朋克 Cyberpunk",
    prompt: "cyberpunk, neon lights, rain-wet streets, holograms, dark futuristic city",
  },
  fantasy: {
    label: "奇幻 Fantasy art",
    prompt: "fantasy art, magical atmosphere, epic scenery, luminous detail, painterly finish",
  },
  sci_fi: {
    label: "科幻 Science-fiction art",
    prompt: "science-fiction concept art, advanced technology, cinematic light, sense of scale",
  },
  minimalist: {
    label: "极简 Minimalist",
    prompt: "minimalist design, few simple shapes, restrained colours, much empty space",
  },
};
