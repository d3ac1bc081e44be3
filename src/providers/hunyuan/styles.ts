/** The 18 styles of Tencent Hunyuan; newer models know them only as words in the prompt. */

import type { Style } from "../provider.ts";

/** For a backend that takes a style's id itself. */
export function withoutWords(styles: Readonly<Record<string, Style>>): Record<string, Style> {
  const entries = Object.entries(styles).map(([id, { label }]) => [id, { label, prompt: "" }]);
  return Object.fromEntries(entries);
}

/** In both languages, because the models were trained on Chinese captions and people mix the two. */
export const STYLES: Readonly<Record<string, Style>> = {
  riman: {
    label: "日漫动画 Japanese anime",
    prompt: "日漫动画风格，赛璐璐上色，线条干净，色彩明亮，光影通透, Japanese anime style, " +
      "clean line art, cel shading, bright colours, luminous light",
  },
  shuimo: {
    label: "水墨画 Chinese ink wash",
    prompt:
      "中国水墨画风格，宣纸质感，墨分五色，笔触写意，大面积留白, traditional Chinese ink wash " +
      "painting, expressive brush strokes, graded black ink on rice paper, generous empty space",
  },
  monai: {
    label: "莫奈 Monet",
    prompt:
      "莫奈印象派油画风格，细碎的笔触，朦胧的自然光，柔和的色彩, impressionist painting in the " +
      "manner of Claude Monet, broken brush strokes, hazy natural light, soft shimmering colours",
  },
  bianping: {
    label: "扁平插画 Flat illustration",
    prompt:
      "扁平插画风格，简洁的几何形状，大色块，没有渐变和阴影, flat vector illustration, simple " +
      "geometric shapes, bold solid colours, no gradients and no shadows",
  },
  xiangsu: {
    label: "像素插画 Pixel art",
    prompt:
      "像素插画风格，清晰的方形像素，有限的调色板，复古游戏画面, pixel art, crisp square pixels, " +
      "limited palette, retro video game look",
  },
  ertonghuiben: {
    label: "儿童绘本 Children's picture book",
    prompt: "儿童绘本风格，温馨可爱，圆润的造型，柔和的水彩和蜡笔质感, children's picture book " +
      "illustration, warm and charming, rounded shapes, soft watercolour and crayon texture",
  },
  "3dxuanran": {
    label: "3D 渲染 3D rendering",
    prompt:
      "3D渲染风格，精细建模，真实材质，全局光照，柔和的影棚灯光, polished 3D rendering, detailed " +
      "models, realistic materials, global illumination, soft studio lighting",
  },
  manhua: {
    label: "漫画 Comic",
    prompt:
      "漫画风格，有力的墨线，鲜明的色彩，网点和动感的构图, comic book style, strong ink outlines, " +
      "vivid colours, halftone dots, dynamic composition",
  },
  heibaimanhua: {
    label: "黑白漫画 Black-and-white comic",
    prompt:
      "黑白漫画风格，墨线稿，网点纸，强烈的明暗对比，没有彩色, black and white manga, ink line " +
      "drawing, screentone shading, strong contrast, no colour at all",
  },
  xieshi: {
    label: "写实 Realistic",
    prompt:
      "写实摄影风格，真实的材质和皮肤纹理，自然光，细节清晰，景深自然, photorealistic, true-to-life " +
      "textures, natural light, sharp detail, natural depth of field",
  },
  dongman: {
    label: "动漫 Animation",
    prompt:
      "动漫风格，流畅的线条，饱满的色彩，生动的表情，精致的背景, animation style, flowing lines, " +
      "rich colours, lively expressions, finely painted background",
  },
  bijiasuo: {
    label: "毕加索 Picasso",
    prompt:
      "毕加索立体主义风格，几何化的块面，多重视角，大胆的轮廓和色彩, cubist painting in the manner " +
      "of Pablo Picasso, fragmented geometric planes, several viewpoints at once, bold outlines",
  },
  saibopengke: {
    label: "赛博朋克 Cyberpunk",
    prompt:
      "赛博朋克风格，霓虹灯，雨夜都市，高科技与破败并存，蓝紫色调, cyberpunk style, neon lights, " +
      "rain-soaked night city, high technology amid decay, blue and magenta tones",
  },
  youhua: {
    label: "油画 Oil painting",
    prompt:
      "油画风格，厚涂颜料，可见的笔触，画布纹理，浓郁的色彩和光影, oil painting, thick impasto, " +
      "visible brush strokes, canvas texture, rich colours and dramatic light",
  },
  masaike: {
    label: "马赛克 Mosaic",
    prompt:
      "马赛克镶嵌画风格，由彩色小瓷砖拼贴而成，可见的拼缝, mosaic art made of small coloured " +
      "tiles, visible grout lines, shimmering ceramic and glass",
  },
  qinghuaci: {
    label: "青花瓷 Blue-and-white porcelain",
    prompt:
      "青花瓷风格，白底钴蓝纹样，细腻的釉面光泽，中国传统花纹, blue and white porcelain style, " +
      "cobalt blue drawing on white glaze, fine brushwork, traditional Chinese ornament",
  },
  xinnianjianzhi: {
    label: "新年剪纸画 New Year paper-cut",
    prompt:
      "新年剪纸画风格，中国红，镂空的纸雕层次，喜庆的吉祥图案, Chinese New Year paper-cut art, " +
      "festive red, intricate cut-out layers, auspicious symmetrical patterns",
  },
  xinnianhuayi: {
    label: "新年花艺 New Year flowers",
    prompt:
      "新年花艺风格，用鲜花和枝叶拼成的画面，红金色调，喜庆而雅致, Chinese New Year floral art, " +
      "the scene composed of fresh blossoms and branches, red and gold, festive and elegant",
  },
};
