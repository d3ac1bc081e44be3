/** Words that people and other image services use for shapes and for the sizes of screens. */

import { wordTable } from "./word_table.ts";

/**
 * Width over height, from such a word, also with a ratio that says more: "landscape_16_9", "16:9
 * (landscape)", "portrait 3:4". A ratio is turned as the word says.
 */
export function parseShapeWord(text: string): number | undefined {
  const word = text.trim().toLowerCase().replace(/[\s_-]+/g, "_");
  const { before, one, other, after } = WITH_RATIO.exec(word)?.groups ?? {};
  if (one === undefined) return SHAPE_WORDS.get(word);
  const shape = SHAPE_WORDS.get(`${before}${after}`.replace(/^[_(]+|[_()]+$/g, ""));
  const [shorter = 0, longer = 0] = [Number(one), Number(other)].sort((a, b) => a - b);
  if (shape === undefined || shorter === 0 || (shape === 1 && shorter !== longer)) return undefined;
  return shape > 1 ? longer / shorter : shorter / longer;
}

/** The shorter side of a screen in pixels, from "1080p", "Full HD", "UHD" and the like. */
export function parseScreenWord(text: string): number | undefined {
  return SCREENS.get(text.trim().toLowerCase().replace(/[\s_-]+/g, "_"));
}

/** Of screens that are called so. */
export const SCREEN_RATIO = 16 / 9;

const WITH_RATIO =
  /^(?<before>[^\d(]*)[_(]*(?<one>\d{1,2})[_:：x/](?<other>\d{1,2})(?<after>[^\d]*)$/;

/** "portrait" and "landscape" as OpenAI's own sizes have them; "square_hd" and the like are fal's. */
const SHAPE_WORDS = wordTable([
  [1, "square square_hd 正方形 方形 方图 スクエア 정사각형 cuadrado cuadrada quadratisch carré"],
  [2 / 3, "portrait 竖版 竖图 縦長 縦 세로 retrato hochformat"],
  [3 / 2, "landscape 横版 横图 横長 横 가로 apaisado querformat paysage"],
  [9 / 16, "vertical tall 竖屏"],
  [16 / 9, "horizontal widescreen wide 横屏 宽屏 ワイド 와이드"],
  [21 / 9, "ultrawide ultra_wide"],
]);

const SCREENS = wordTable([
  [480, "480p"],
  [720, "720p hd 高清"],
  [1080, "1080p full_hd fullhd fhd 全高清"],
  [1440, "1440p qhd wqhd"],
  [2160, "2160p uhd ultra_hd 4k_uhd uhd_4k"],
]);
