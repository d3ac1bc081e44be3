/** Styles by any of their names, and which style of one provider stands for another's. */

import type { ImageProvider, Style } from "../providers/provider.ts";
import { OTHER_NAMES } from "./style_names.ts";

export type Styles = Readonly<Record<string, Style>>;

/**
 * The id of the style that `text` names: by id, by label, by its Chinese or English name alone or
 * by one in another language, also where a word such as "style" or 画 follows it.
 */
export function findStyle(text: string, styles: Styles): string | undefined {
  const own = findNamed(text, styles);
  if (own !== undefined) return own;
  const name = plain(text);
  const names = [name, name.replace(WORD_BEFORE, "").replace(WORD_AFTER, "")]
    .flatMap((each) => OTHER_NAMES.get(each) ?? []);
  return names.map((each) => findNamed(each, styles)).find((id) => id !== undefined);
}

/** What the pictures of that style may be recorded as: the word itself, and what each provider calls it. */
export function stylesMeant(
  text: string,
  providers: ReadonlyMap<string, Pick<ImageProvider, "capabilities">>,
): readonly string[] {
  const own = [...providers.values()].map((each) => findStyle(text, each.capabilities().styles));
  const ids = [text.trim(), ...own].filter((id) => id !== undefined);
  return [...new Map(ids.map((id) => [id.toLowerCase(), id])).values()];
}

function findNamed(text: string, styles: Styles): string | undefined {
  const wanted = plain(text);
  const entries = Object.entries(styles);
  const found = entries.find(([id]) => plain(id) === wanted) ??
    entries.find(([, style]) => namesOf(style).includes(wanted)) ??
    entries.find(([id, style]) => [id, ...namesOf(style)].some((each) => isAlike(each, wanted)));
  return found?.[0];
}

function isAlike(one: string, other: string): boolean {
  const [first, second] = [one, other].map((name) => plain(name).replace(WORD_AFTER, ""));
  return first === second && first !== "";
}

/** The style among `styles` closest to the style `id` of another provider, or undefined. */
export function closestStyle(id: string, own: Styles, styles: Styles): string | undefined {
  for (const kin of [id, ...(KIN[plain(id)] ?? [])]) {
    const found = findStyle(kin, styles);
    if (found !== undefined) return found;
  }
  const names = own[id] ? namesOf(own[id]) : [];
  return names.map((name) => findStyle(name, styles)).find((found) => found !== undefined);
}

/** Whether a style only says that none is wanted, so that nothing is lost without it. */
export function isNeutralStyle(id: string): boolean {
  return NEUTRAL.has(id);
}

/** A label such as "3D 渲染 3D rendering" whole, its Chinese part and its English part. */
function namesOf({ label }: Style): readonly string[] {
  const chinese = /^.*\p{Script=Han}/u.exec(label)?.[0] ?? "";
  const english = label.slice(chinese.length).replace(/^[\s,，·(（]+|[)）\s]+$/g, "");
  const names = [label, chinese, chinese.replace(/风格$/, ""), english];
  return names.map(plain).filter((name) => name !== "");
}

/** "Oil-Painting", "oil painting" and "oil_painting" are one name, and "watercolour" is "watercolor". */
function plain(name: string): string {
  return name.trim().toLowerCase().replace(/[\s_-]+/g, "_").replaceAll("colour", "color");
}

const WORD_AFTER = /(?:_style|_stil|风格|画风|画|_?スタイル|風|_?스타일|풍)+$/u;
const WORD_BEFORE = /^(?:estilo|style|stil)_(?:de_)?/;

const NEUTRAL: ReadonlySet<string> = new Set(["natural", "general"]);

/** For each style id, with "_" between its words, the ids that stand for it elsewhere, the closest first. */
const KIN: Readonly<Record<string, readonly string[]>> = {
  natural: ["general"],
  general: ["natural"],

  anime: ["riman", "dongman", "manhua"],
  riman: ["anime", "dongman", "manhua", "cartoon"],
  dongman: ["anime", "riman", "cartoon"],
  manhua: ["comic_book", "anime", "riman", "cartoon"],
  heibaimanhua: ["manhua", "comic_book", "sketch"],
  comic_book: ["manhua", "cartoon", "anime"],
  cartoon: ["dongman", "ertonghuiben", "bianping", "comic_book"],
  ertonghuiben: ["cartoon", "watercolor"],
  bianping: ["minimalist", "cartoon", "digital_art"],
  minimalist: ["bianping"],

  realistic: ["photographic", "xieshi"],
  photographic: ["realistic", "xieshi"],
  xieshi: ["realistic", "photographic"],
  cinematic: ["photographic", "realistic", "xieshi"],
  analog_film: ["photographic", "realistic", "xieshi"],

  chinese_painting: ["shuimo", "watercolor"],
  shuimo: ["chinese_painting", "watercolor"],
  qinghuaci: ["chinese_painting", "shuimo"],
  xinnianjianzhi: ["chinese_painting"],
  xinnianhuayi: ["chinese_painting"],

  oil_painting: ["youhua", "monai"],
  youhua: ["oil_painting"],
  monai: ["oil_painting", "youhua", "watercolor"],
  bijiasuo: ["artistic", "oil_painting"],
  artistic: ["oil_painting", "youhua", "monai"],
  masaike: ["artistic"],
  watercolor: ["monai", "ertonghuiben"],
  sketch: ["heibaimanhua"],
  line_art: ["sketch", "heibaimanhua", "minimalist"],

  pixel_art: ["xiangsu", "digital_art"],
  xiangsu: ["pixel_art", "digital_art"],
  cyberpunk: ["saibopengke", "sci_fi", "digital_art"],
  neon_punk: ["cyberpunk", "saibopengke", "sci_fi", "digital_art"],
  saibopengke: ["cyberpunk", "sci_fi", "digital_art"],
  sci_fi: ["cyberpunk", "saibopengke", "digital_art"],
  digital_art: ["3dxuanran", "sci_fi", "fantasy"],
  "3dxuanran": ["3d_model", "digital_art"],
  "3d_model": ["3dxuanran", "digital_art"],
  low_poly: ["3d_model", "3dxuanran", "digital_art"],
  isometric: ["3d_model", "3dxuanran", "digital_art"],
  modeling_compound: ["3d_model", "3dxuanran"],
  fantasy: ["fantasy_art", "digital_art"],
  fantasy_art: ["fantasy", "digital_art"],
};
