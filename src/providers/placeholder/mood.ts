/** Which sky and which land the words of a prompt call for. */

import { type Colour, hex } from "./colour.ts";
import type { Random } from "./random.ts";

export interface Sky {
  /** From the zenith down to the horizon. */
  readonly stops: readonly Colour[];
  /** The sun or the moon. */
  readonly light: Colour;
  readonly glow: Colour;
  /** How much light falls on the land, 0 to 1. */
  readonly daylight: number;
  readonly stars: boolean;
  /** What hangs in the sky. */
  readonly body: "sun" | "moon" | "planet";
}

export type Shape =
  | "mountains"
  | "hills"
  | "dunes"
  | "sea"
  | "forest"
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

export interface Mood {
  readonly sky: Sky;
  readonly land: Land;
  /** Small things in the air or on the land. */
  readonly extras: ReadonlySet<Extra>;
}

export type Extra = "snow" | "rain" | "petals" | "fireflies" | "birds" | "cat" | "boat" | "house";

/** The mood of a prompt; words it does not know leave the choice to chance. */
export function readMood(prompt: string, random: Random, forcedSky?: SkyName): Mood {
  const text = prompt.toLowerCase();
  const [named] = allNamed(text, SKY_WORDS);
  const implied = named && SKY_LANDS[named];
  const land = LANDS[firstNamed(text, LAND_WORDS) ?? implied ?? random.pick(WILD_LANDS, "hills")];
  const sky = SKIES[forcedSky ?? named ?? random.pick(land.skies, "day")];
  return { sky, land, extras: new Set(allNamed(text, EXTRA_WORDS)) };
}

/** The entry whose word stands first in the text; the longer word where two begin together. */
function firstNamed<Name extends string>(
  text: string,
  words: Readonly<Record<Name, RegExp>>,
): Name | undefined {
  let best: { name: Name; index: number; length: number } | undefined;
  for (const [name, pattern] of entries(words)) {
    const found = pattern.exec(text);
    if (!found) continue;
    const [index, length] = [found.index, found[0].length];
    const isBetter = !best || index < best.index || (index === best.index && length > best.length);
    if (isBetter) best = { name, index, length };
  }
  return best?.name;
}

function allNamed<Name extends string>(
  text: string,
  words: Readonly<Record<Name, RegExp>>,
): Name[] {
  return entries(words).filter(([, pattern]) => pattern.test(text)).map(([name]) => name);
}

function entries<Name extends string, Value>(
  table: Readonly<Record<Name, Value>>,
): [Name, Value][] {
  return Object.entries(table) as [Name, Value][];
}

function sky(
  stops: string,
  light: string,
  glow: string,
  daylight: number,
  body: Sky["body"] = "sun",
  stars = false,
): Sky {
  return {
    stops: stops.split(" ").map(hex),
    light: hex(light),
    glow: hex(glow),
    daylight,
    body,
    stars,
  };
}

function land(
  shape: Shape,
  far: string,
  near: string,
  accent: string,
  ...skies: readonly SkyName[]
): Land {
  return { shape, far: hex(far), near: hex(near), accent: hex(accent), skies };
}

export const SKIES = {
  day: sky("#2f80d8 #79b8ee #bfe0f2 #eaf4ee", "#fffdf0", "#fff6d0", 1),
  dawn: sky("#7088c9 #b79fd0 #f2b3bd #ffd9b8 #ffedd2", "#fff4dd", "#ffd7a8", 0.88),
  sunset: sky("#2b2560 #7b3a80 #d9506c #ff8a55 #ffc46e", "#fff0c0", "#ffb45e", 0.6),
  golden: sky("#7d9bb0 #cbb592 #f3c67c #ffdf9e", "#fffbe0", "#ffd27a", 0.85),
  dusk: sky("#141a46 #3b3a7c #7c5a9e #c987a8 #f2b9a2", "#ffe9d2", "#f7a8a0", 0.42, "moon", true),
  night: sky("#050a22 #0c1a48 #1d3672 #41619b", "#f8f3dd", "#8fb0e8", 0.24, "moon", true),
  aurora: sky("#050b20 #0a2a4a #0f6a6c #37b98b #9fe0b0", "#f1fff2", "#67e8b0", 0.28, "moon", true),
  neon: sky("#0b0324 #2a0a55 #6d1089 #d81b8c #ff6a6a", "#ffe25c", "#ff4fa0", 0.22, "sun", true),
  space: sky("#04030d #0d0a2a #241452 #4a1f74 #83387f", "#ffd9a8", "#b56be0", 0.25, "planet", true),
  storm: sky("#2c3947 #4f6172 #7d8e9b #b4c0c4", "#e6edf0", "#ccd7da", 0.6),
  winter: sky("#7f9fc8 #aac5e0 #d5e4ef #f3f6f8", "#ffffff", "#ffffff", 0.95),
  spring: sky("#8cc7ec #bfe0f1 #f7dfe8 #fff3ea", "#fffaf0", "#ffe4e6", 1),
  pastel: sky("#a7b8ee #cdbdf0 #f3c7e4 #ffd9cf #fff0d9", "#fffdf2", "#ffe1ec", 0.95),
  ember: sky("#170a16 #4a1220 #a3281f #ee6a1f #ffbe4a", "#ffe9a0", "#ff7a2a", 0.34),
} as const satisfies Record<string, Sky>;

export type SkyName = keyof typeof SKIES;

const LANDS: Readonly<Record<Shape, Land>> = {
  sea: land("sea", "#63c1c9", "#06324f", "#e8fbf6", "day", "dawn", "sunset", "dusk"),
  forest: land("forest", "#86b59a", "#0c2f25", "#d6ef9a", "dawn", "golden", "day", "spring"),
  garden: land("garden", "#a9d27c", "#1b5a3b", "#ff7fa3", "spring", "day", "dawn", "golden"),
  mountains: land("mountains", "#93abcf", "#1b2946", "#ffffff", "dawn", "day", "dusk", "sunset"),
  dunes: land("dunes", "#f0bd7f", "#7a3a1c", "#ffe0a6", "golden", "sunset", "day", "dusk"),
  city: land("city", "#8089ad", "#11162b", "#ffd98a", "dusk", "night", "sunset", "dawn"),
  planets: land("planets", "#8a5cc0", "#150c33", "#8ff0ff", "space", "aurora"),
  hills: land("hills", "#b7d69a", "#2c5f4d", "#fff2b0", "day", "dawn", "golden", "spring"),
  arches: land("arches", "#f4b183", "#23395b", "#f6e7cb", "pastel", "golden", "dawn"),
};

const WILD_LANDS: readonly Shape[] = ["hills", "mountains", "sea", "dunes", "arches", "garden"];

/** Skies that come with a land of their own. */
const SKY_LANDS: Partial<Record<SkyName, Shape>> = {
  neon: "city",
  space: "planets",
  winter: "mountains",
  aurora: "mountains",
  spring: "garden",
  ember: "mountains",
};

/** The earlier entry wins: in a snowy night the night makes the sky, and the snow falls. */
const SKY_WORDS: Readonly<Record<SkyName, RegExp>> = {
  neon: /cyber ?punk|neon|synthwave|vaporwave|retrowave|赛博|霓虹/u,
  aurora: /aurora|northern lights|极光/u,
  space:
    /\b(outer )?space\b|galax|nebula|universe|cosm(ic|os)|planet|astronaut|宇宙|太空|星系|银河/u,
  sunset: /sunset|sundown|日落|夕阳|晚霞|落日/u,
  dawn: /sunrise|\bdawn|morning|日出|黎明|清晨|早晨|朝霞/u,
  dusk: /\bdusk|twilight|evening|黄昏|傍晚|暮/u,
  night: /night|moon|starry|\bstars?\b|midnight|夜|月|星空/u,
  storm: /\bstorm|thunder|\brain|cloudy|fog|\bmist|暴风|雨|雷|雾|阴天/u,
  winter: /snow|winter|\bice\b|\bicy|frozen|glacier|christmas|雪|冬|冰/u,
  ember: /\bfire|flame|lava|volcan|dragon|inferno|火|熔岩|龙/u,
  golden: /autumn|\bfall\b|golden|harvest|wheat|maple|秋|金色|麦|枫/u,
  spring: /spring|blossom|sakura|cherry|春|樱|桃花/u,
  pastel: /dream|pastel|candy|magic|fairy|unicorn|kawaii|\bcute\b|\bpink|梦|童话|可爱|粉/u,
  day: /\bday\b|daylight|\bsky\b|summer|sunny|晴|蓝天|夏|白天/u,
};

const LAND_WORDS: Readonly<Record<Shape, RegExp>> = {
  city:
    /\bcity|cities|skyline|urban|street|building|tower|tokyo|shanghai|new york|downtown|cyber ?punk|城|街|楼|上海|北京|东京|都市/u,
  sea:
    /ocean|\bseas?\b|seaside|beach|coast|\bwaves?\b|\blakes?\b|river|island|\bship|\bboat|sail|whale|\bfish|harbou?r|海|湖|江|河|船|舟|岛|鱼|浪/u,
  forest: /forest|woods?\b|jungle|\btrees?\b|\bpines?\b|woodland|森林|树|林/u,
  garden: /garden|flower|meadow|floral|\brose|tulip|park\b|blossom|grass|花|园|草|樱/u,
  mountains: /mountain|\bpeaks?\b|\balps?\b|cliff|canyon|volcan|himalaya|山|峰|岭|峡谷/u,
  dunes: /desert|\bdunes?\b|\bsand|sahara|camel|pyramid|沙漠|沙|骆驼/u,
  planets: /\bspace\b|planet|galax|nebula|astronaut|universe|rocket|\bmars\b|宇宙|太空|星球|火箭/u,
  hills: /\bhills?\b|field|countryside|village|\bfarm|valley|pasture|田|村|丘|草原|牧/u,
  arches: /abstract|geometr|bauhaus|rainbow|pattern|modern|logo|poster|抽象|几何|彩虹|海报|标志/u,
};

const EXTRA_WORDS: Readonly<Record<Extra, RegExp>> = {
  snow: /snow|winter|blizzard|雪|冬/u,
  rain: /\brain(?!bow)|drizzle|雨/u,
  petals: /petal|blossom|sakura|cherry|樱|桃花|花瓣/u,
  fireflies: /firefl|magic|fairy|lantern|enchanted|萤火|灯笼|仙/u,
  birds: /\bbirds?\b|gull|\bcranes?\b|\bflock|swallow|crow|鸟|鹤|雁|燕/u,
  cat: /\bcats?\b|kitten|kitty|猫/u,
  boat: /\bboats?\b|\bship|sail|船|舟|帆/u,
  house: /\bhouses?\b|cottage|cabin|\bhome\b|\bhut\b|\bvillage|房|屋|村/u,
};
