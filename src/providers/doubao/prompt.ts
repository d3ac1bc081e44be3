/** What Seedream is told in words: styles, and how many pictures make a group. */

import type { Style } from "../provider.ts";

/** What makes the model draw a group of `count` pictures, in the prompt's language: it counts by words. */
export function groupWords(prompt: string, count: number): string {
  return HAN.test(prompt) ? `生成一组共${count}张图片。` : `Draw a group of ${count} pictures.`;
}

/** A word about a prompt longer than Seedream reads well. */
export function lengthWarnings(prompt: string): readonly string[] {
  const characters = prompt.match(/\p{Script=Han}/gu)?.length ?? 0;
  const words = prompt.split(/\s+/).filter((word) => word && !HAN.test(word)).length;
  const isLong = characters > ADVISED_CHARACTERS || words > ADVISED_WORDS;
  return isLong
    ? [
      `Seedream reads up to ${ADVISED_CHARACTERS} Chinese characters or ${ADVISED_WORDS} words ` +
      "well; details of this longer prompt may be missing from the picture",
    ]
    : [];
}

const HAN = /\p{Script=Han}/u;

const ADVISED_CHARACTERS = 300;
const ADVISED_WORDS = 600;

export const STYLES: Readonly<Record<string, Style>> = {
  general: { label: "通用风格 General", prompt: "" },
  anime: {
    label: "动漫风格 Anime",
    prompt:
      "动漫风格，anime style, clean line art, cel shading, expressive characters, vivid colours",
  },
  realistic: {
    label: "写实风格 Realistic photograph",
    prompt:
      "写实摄影风格，realistic photography, natural light, true-to-life textures and colours, " +
      "fine detail",
  },
  oil_painting: {
    label: "油画风格 Oil painting",
    prompt:
      "油画风格，oil painting on canvas, visible brushstrokes, rich layered pigment, warm depth",
  },
  watercolor: {
    label: "水彩风格 Watercolour",
    prompt:
      "水彩风格，watercolour painting, transparent washes, soft bleeding edges, paper texture",
  },
  sketch: {
    label: "素描风格 Pencil sketch",
    prompt:
      "素描风格，pencil sketch, graphite lines, cross-hatched shading, white paper, monochrome",
  },
  cartoon: {
    label: "卡通风格 Cartoon illustration",
    prompt:
      "卡通风格，cartoon illustration, bold outlines, simple rounded shapes, bright flat colours",
  },
  chinese_painting: {
    label: "国画风格 Traditional Chinese painting",
    prompt: "中国传统国画风格，traditional Chinese ink painting, ink wash on rice paper, flowing " +
      "brushwork, generous empty space",
  },
  pixel_art: {
    label: "像素艺术 Pixel art",
    prompt:
      "像素艺术风格，pixel art, crisp square pixels, limited palette, retro 16-bit game graphics",
  },
  cyberpunk: {
    label: "赛博朋克 Cyberpunk",
    prompt:
      "赛博朋克风格，cyberpunk, neon lights, rain-wet streets, holograms, dark futuristic city mood",
  },
  fantasy: {
    label: "奇幻风格 Fantasy art",
    prompt:
      "奇幻风格，fantasy art, magical atmosphere, epic scenery, luminous detail, painterly finish",
  },
  sci_fi: {
    label: "科幻风格 Science-fiction concept art",
    prompt:
      "科幻风格，science-fiction concept art, advanced technology, cinematic light, sense of scale",
  },
};
