/** Styles in words, which FLUX reads like the rest of a prompt. */

import type { Style } from "../provider.ts";

export const STYLES: Readonly<Record<string, Style>> = {
  natural: { label: "自然风格 Natural", prompt: "" },
  photographic: {
    label: "摄影风格 Photographic",
    prompt: "professional photograph, natural light, sharp focus, shallow depth of field",
  },
  realistic: {
    label: "写实风格 Realistic",
    prompt: "realistic rendering, true-to-life proportions, materials, textures and light",
  },
  anime: {
    label: "动漫风格 Anime",
    prompt: "Japanese anime, clean line art, cel shading, expressive characters, vivid colors",
  },
  cartoon: {
    label: "卡通风格 Cartoon",
    prompt: "cartoon illustration, bold outlines, simple rounded shapes, bright flat colors",
  },
  comic_book: {
    label: "漫画风格 Comic book",
    prompt: "comic book art, inked contours, halftone shading, dramatic composition",
  },
  watercolor: {
    label: "水彩风格 Watercolor",
    prompt: "watercolor painting, soft washes, bleeding edges, visible paper texture",
  },
  oil_painting: {
    label: "油画风格 Oil painting",
    prompt: "oil painting on canvas, visible brushstrokes, thick paint, rich layered colors",
  },
  chinese_painting: {
    label: "国画风格 Traditional Chinese painting",
    prompt:
      "traditional Chinese ink painting, ink wash on rice paper, flowing brushwork, empty space",
  },
  sketch: {
    label: "素描风格 Pencil sketch",
    prompt: "hand-drawn pencil sketch, loose lines, hatching, graphite on white paper",
  },
  pixel_art: {
    label: "像素艺术 Pixel art",
    prompt: "pixel art, crisp square pixels, limited palette, retro 16-bit game graphics",
  },
  cyberpunk: {
    label: "赛博朋克 Cyberpunk",
    prompt: "cyberpunk, neon light, rain-wet streets, holograms, dark futuristic mood",
  },
  sci_fi: {
    label: "科幻风格 Science fiction",
    prompt: "science-fiction concept art, advanced technology, cinematic light, sense of scale",
  },
  fantasy: {
    label: "奇幻风格 Fantasy",
    prompt: "fantasy art, magical atmosphere, epic scenery, luminous painterly detail",
  },
  digital_art: {
    label: "数字艺术 Digital art",
    prompt: "polished digital art, crisp detail, smooth gradients, cinematic lighting",
  },
  "3d_model": {
    label: "3D 渲染 3D rendering",
    prompt: "3D rendering, physically based materials, soft global illumination",
  },
  minimalist: {
    label: "极简风格 Minimalist",
    prompt: "minimalist, few simple shapes, restrained palette, generous empty space",
  },
};
