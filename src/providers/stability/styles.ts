/** Stability's presets, and further styles in words. */

import type { Style } from "../provider.ts";
import { STYLE_WORDS } from "../style_words.ts";

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

/** Those of the common vocabulary that no preset stands for. */
const IN_WORDS: Readonly<Record<string, Style>> = Object.fromEntries(
  Object.entries(STYLE_WORDS).filter(([id]) => {
    const preset = id.replaceAll("_", "-");
    return !isPreset(preset) && !isPreset(`${preset}-art`);
  }),
);

export const STYLES: Readonly<Record<string, Style>> = { ...PRESETS, ...IN_WORDS };

export function isPreset(style: string): boolean {
  return Object.hasOwn(PRESETS, style);
}

/** A style where the service has no presets: "" for none. */
export function wordsOf(style: string): string {
  return isPreset(style) ? `${style.replaceAll("-", " ")} style` : STYLES[style]?.prompt ?? "";
}
