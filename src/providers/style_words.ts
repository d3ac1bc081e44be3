/** Styles, and what pictures are for, as words for vendors that have no fields of their own. */

import type { ImageRequest, InputRole, Style } from "./provider.ts";

type Told = Pick<ImageRequest, "prompt" | "style" | "negativePrompt">;

/**
 * The prompt, and in the prompt's own language, each on a line: the words of its style among
 * `styles` and, where `negativePrompt` is given, what to leave out.
 */
export function promptInWords(
  { prompt, style, negativePrompt }: Told,
  styles: Readonly<Record<string, Style>> = STYLE_WORDS,
): string {
  const says = HAN.test(prompt) ? CHINESE : ENGLISH;
  const words = style === undefined ? undefined : styles[style]?.prompt;
  return [
    prompt,
    ...(words ? [says.style + words] : []),
    ...(negativePrompt ? [says.avoid + negativePrompt] : []),
  ].join("\n");
}

/** The same, and before it what each picture is for, by its number, where not all are to be changed. */
export function promptWithRoles(
  request: Told & Pick<ImageRequest, "inputs">,
  styles?: Readonly<Record<string, Style>>,
): string {
  const words = promptInWords(request, styles);
  const { inputs, prompt } = request;
  if (inputs.every(({ role }) => role === "base")) return words;
  const says = HAN.test(prompt) ? CHINESE : ENGLISH;
  const sentences = inputs.map(({ role }, index) => says.roles[role](index + 1));
  return `${sentences.join(says.comma)}${says.stop}\n${words}`;
}

const HAN = /\p{Script=Han}/u;

interface Phrases {
  readonly style: string;
  readonly avoid: string;
  readonly roles: Readonly<Record<InputRole, (number: number) => string>>;
  readonly comma: string;
  readonly stop: string;
}

const CHINESE: Phrases = {
  style: "画面风格：",
  avoid: "画面中不要出现：",
  roles: {
    base: (number) => `图${number}是要修改的图`,
    reference: (number) => `图${number}是内容参考`,
    style: (number) => `图${number}只参考其风格`,
  },
  comma: "，",
  stop: "。",
};

const ENGLISH: Phrases = {
  style: "Style: ",
  avoid: "Do not show: ",
  roles: {
    base: (number) => `Image ${number} is the one to change`,
    reference: (number) => `image ${number} is an example of what to show`,
    style: (number) => `of image ${number} take the style only`,
  },
  comma: ", ",
  stop: ".",
};

/** The ids that other vendors' styles are translated to and from. */
export const STYLE_WORDS: Readonly<Record<string, Style>> = {
  natural: { label: "自然风格 Natural", prompt: "" },
  vivid: {
    label: "鲜明风格 Vivid",
    prompt: "vivid saturated colours, dramatic light, strong contrast",
  },
  photographic: {
    label: "摄影风格 Photograph",
    prompt: "a real photograph, natural light, true-to-life textures and colours, fine detail",
  },
  realistic: {
    label: "写实风格 Realistic",
    prompt: "realistic rendering, true-to-life proportions, materials, textures and light",
  },
  anime: {
    label: "动漫风格 Anime",
    prompt: "Japanese anime, clean line art, cel shading, expressive characters, vivid colours",
  },
  comic_book: {
    label: "漫画风格 Comic book",
    prompt: "comic book art, strong ink outlines, vivid colours, halftone dots, bold composition",
  },
  cartoon: {
    label: "卡通风格 Cartoon",
    prompt: "cartoon illustration, bold outlines, simple rounded shapes, bright flat colours",
  },
  oil_painting: {
    label: "油画风格 Oil painting",
    prompt: "oil painting on canvas, visible brush strokes, rich layered pigment, warm depth",
  },
  watercolor: {
    label: "水彩风格 Watercolour",
    prompt: "watercolour painting, transparent washes, soft bleeding edges, paper texture",
  },
  chinese_painting: {
    label: "国画风格 Traditional Chinese painting",
    prompt: "traditional Chinese ink painting (中国水墨画), ink wash on rice paper, flowing " +
      "brushwork, generous empty space",
  },
  sketch: {
    label: "素描风格 Pencil sketch",
    prompt: "pencil sketch, graphite lines, cross-hatched shading, white paper, no colour",
  },
  pixel_art: {
    label: "像素风格 Pixel art",
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
    label: "赛博朋克风格 Cyberpunk",
    prompt: "cyberpunk, neon lights, rain-wet streets, holograms, dark futuristic city",
  },
  fantasy: {
    label: "奇幻风格 Fantasy art",
    prompt: "fantasy art, magical atmosphere, epic scenery, luminous detail, painterly finish",
  },
  sci_fi: {
    label: "科幻风格 Science-fiction art",
    prompt: "science-fiction concept art, advanced technology, cinematic light, sense of scale",
  },
  minimalist: {
    label: "极简风格 Minimalist",
    prompt: "minimalist design, few simple shapes, restrained colours, much empty space",
  },
};
