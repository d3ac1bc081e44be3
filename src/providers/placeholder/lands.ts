/** The lands a picture can show, and the words that call for them. */

import { type Colour, hex } from "./colour.ts";
import type { SkyName } from "./skies.ts";

export type Shape =
  | "mountains"
  | "hills"
  | "dunes"
  | "sea"
  | "forest"
  | "bamboo"
  | "garden"
  | "city"
  | "planets"
  | "arches";

export interface Land {
  readonly shape: Shape;
  readonly far: Colour;
  readonly near: Colour;
  /** Flowers, windows, foam. */
  readonly accent: Colour;
  /** Skies that suit it where the prompt names none. */
  readonly skies: readonly SkyName[];
}

export const LANDS: Readonly<Record<Shape, Land>> = {
  sea: land("sea", "#63c1c9", "#06324f", "#e8fbf6", "day", "dawn", "sunset", "dusk"),
  forest: land("forest", "#86b59a", "#0c2f25", "#d6ef9a", "dawn", "golden", "day", "spring"),
  garden: land("garden", "#a9d27c", "#1b5a3b", "#ff7fa3", "spring", "day", "dawn", "golden"),
  bamboo: land("bamboo", "#c3dba4", "#1d5238", "#8fbf6a", "day", "dawn", "spring", "golden"),
  mountains: land("mountains", "#93abcf", "#1b2946", "#ffffff", "dawn", "day", "dusk", "sunset"),
  dunes: land("dunes", "#f0bd7f", "#7a3a1c", "#ffe0a6", "golden", "sunset", "day", "dusk"),
  city: land("city", "#8089ad", "#11162b", "#ffd98a", "dusk", "night", "sunset", "dawn"),
  planets: land("planets", "#8a5cc0", "#150c33", "#8ff0ff", "space", "aurora"),
  hills: land("hills", "#b7d69a", "#2c5f4d", "#fff2b0", "day", "dawn", "golden", "spring"),
  arches: land("arches", "#f4b183", "#23395b", "#f6e7cb", "pastel", "golden", "dawn"),
};

export const LAND_WORDS: Readonly<Record<Shape, RegExp>> = {
  city:
    /\bcity|cities|skyline|urban|street|building|tower|tokyo|shanghai|new york|downtown|cyber ?punk|城(?!堡)|街|楼|上海|北京|东京|都市/u,
  sea:
    /ocean|\bseas?\b|seaside|beach|coast|\bwaves?\b|\blakes?\b|river|island|\bship|\bboat|sail|whale|fish\b|\bkoi\b|harbou?r|海|湖|江|河|船|舟|岛|鱼|浪/u,
  forest: /forest|woods?\b|jungle|\btrees\b|\bpines?\b|woodland|森林|树(?=林|木)|林/u,
  garden:
    /garden|flower|meadow|floral|\brose|tulip|park\b|blossom|grass|(?<!雪|烟|火|浪)花|园|(?<!水)草|樱/u,
  bamboo: /bamboo|竹/u,
  mountains: /mountain|\bpeaks?\b|\balps?\b|cliff|canyon|volcan|himalaya|山|峰|岭|峡谷/u,
  dunes: /desert|\bdunes?\b|\bsand|sahara|camel|pyramid|沙漠|沙|骆驼/u,
  planets: /\bspace\b|planet|galax|nebula|astronaut|universe|rocket|\bmars\b|宇宙|太空|星球|火箭/u,
  hills: /\bhills?\b|field|countryside|village|\bfarm|valley|pasture|田|村|丘|草原|牧/u,
  arches: /abstract|geometr|bauhaus|rainbow|pattern|modern|logo|poster|抽象|几何|彩虹|海报|标志/u,
};

function land(
  shape: Shape,
  far: string,
  near: string,
  accent: string,
  ...skies: readonly SkyName[]
): Land {
  return { shape, far: hex(far), near: hex(near), accent: hex(accent), skies };
}
