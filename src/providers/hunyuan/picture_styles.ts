/** The styles of Tencent's own style transformation (its list 1668/86250, read 2026-11-25). */

import type { Style } from "../provider.ts";

const TABLE: readonly (readonly [id: string, number: string, label: string])[] = [
  ["anime", "201", "日系动漫 Japanese anime"],
  ["fresh_anime", "123", "清新日漫 Fresh anime"],
  ["anime_2.5d", "210", "2.5D 动画 2.5D animation"],
  ["cartoon", "107", "卡通插画 Cartoon illustration"],
  ["3d_model", "116", "3D 卡通 3D cartoon"],
  ["comic_book", "124", "小人书插画 Picture-story book"],
  ["watercolor", "104", "水彩画 Watercolour"],
  ["oil_painting", "134", "厚涂手绘 Impasto painting"],
  ["monet", "133", "莫奈花园 Monet's garden"],
  ["sketch", "132", "素描 Sketch"],
  ["chinese_painting", "125", "国风工笔 Chinese fine brushwork"],
  ["ancient_beauty", "203", "唯美古风 Ancient China"],
  ["cyberpunk", "131", "赛博朋克 Cyberpunk"],
  ["steampunk", "130", "蒸汽朋克 Steampunk"],
  ["american_retro", "129", "美式复古 American retro"],
  ["wood_carving", "120", "木雕 Wood carving"],
  ["clay", "121", "黏土 Clay"],
  ["jade", "126", "玉石 Jade"],
  ["porcelain", "127", "瓷器 Porcelain"],
  ["felt", "135", "毛毡（亚洲版） Felt, Asian"],
  ["felt_western", "128", "毛毡（欧美版） Felt, Western"],
];

export const PICTURE_STYLES: Readonly<Record<string, Style>> = Object.fromEntries(
  TABLE.map(([id, , label]) => [id, { label, prompt: "" }]),
);

/** The number of a style of the list, or of one of those that new pictures may have; else undefined. */
export function styleNumber(style: string): string | undefined {
  const id = SAME[style] ?? style;
  return TABLE.find(([known]) => known === id)?.[1];
}

/** Styles of new pictures that the list has too. */
const SAME: Readonly<Record<string, string>> = {
  riman: "anime",
  "3dxuanran": "3d_model",
  saibopengke: "cyberpunk",
  monai: "monet",
  youhua: "oil_painting",
  qinghuaci: "porcelain",
};
