/** Stability's presets, and further styles in words. */

import type { Style } from "../provider.ts";

/** The presets (vendor's API reference, read 2026-11-25), in its own words. */
const PRESETS: Readonly<Record<string, Style>> = {
  photographic: { label: "摄影风格 Photographic", prompt: "" },
  cinematic: { label: "电影风格 Cinematic", prompt: "" },
  anime: { label: "动漫风格 Anime", prompt: "" },
  "comic-book": { label: "漫画风格 Comic book", prompt: "" },
  "digital-art": { label: "数字艺术 Digital art", prompt: "" },
  "fantasy-art": { label: "奇幻艺术 Fantasy art", prompt: "" },
  "line-art": { label: "线条艺术 Line art", prompt: "" },
  "pixel-art": { label: "像素艺术 Pixel art", prompt: "" },
  "3d-model": { label: "3D 模型 3D model", prompt: "" },
  "low-poly": { label: "低多边形 Low poly", prompt: "" },
  isometric: { label: "等距视角 Isometric", prompt: "" },
  "neon-punk": { label: "霓虹朋克 Neon punk", prompt: "" },
  "analog-film": { label: "胶片风格 Analog film", prompt: "" },
  "modeling-compound": { label: "黏土风格 Modeling compound", prompt: "" },
  origami: { label: "折纸风格 Origami", prompt: "" },
  "tile-texture": { label: "平铺纹理 Tile texture", prompt: "" },
  enhance: { label: "增强 Enhance", prompt: "" },
};

const IN_WORDS: Readonly<Record<string, Style>> = {
  natural: { label: "自然风格 Natural", prompt: "" },
  realistic: {
    label: "写实风格 Realistic",
    prompt: "realistic, true-to-life proportions, materials, textures and light",
  },
  cartoon: {
    label: "卡通风格 Cartoon",
    prompt: "cartoon illustration, bold outlines, simple rounded shapes, bright flat colors",
  },
  watercolor: {
    label: "水彩风格 Watercolor",
    prompt: "watercolor painting, soft washes, bleeding edges, paper texture",
  },
  oil_painting: {
    label: "油画风格 Oil painting",
    prompt: "oil painting on canvas, visible brushstrokes, thick paint, rich layered colors",
  },
  chinese_painting: {
    label: "国画风格 Traditional Chinese painting",
    prompt: "traditional Chinese ink painting, ink wash on rice paper, flowing brushwork",
  },
  sketch: {
    label: "素描风格 Pencil sketch",
    prompt: "hand-drawn pencil sketch, loose lines, hatching, graphite on white paper",
  },
  cyberpunk: {
    label: "赛博朋克 Cyberpunk",
    prompt: "cyberpunk, neon light, rain-wet streets, holograms, dark futuristic mood",
  },
  sci_fi: {
    label: "科幻风格 Science fiction",
    prompt: "science-fiction concept art, advanced technology, cinematic light",
  },
  minimalist: {
    label: "极简风格 Minimalist",
    prompt: "minimalist, few simple shapes, restrained palette, generous empty space",
  },
};

export const STYLES: Readonly<Record<string, Style>> = { ...PRESETS, ...IN_WORDS };

export function isPreset(style: string): boolean {
  return Object.hasOwn(PRESETS, style);
}

/** A style where the service has no presets: "" for none. */
export function wordsOf(style: string): string {
  return isPreset(style) ? `${style.replaceAll("-", " ")} style` : STYLES[style]?.prompt ?? "";
}
