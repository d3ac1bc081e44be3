/** The skies a picture can have, and the words that call for them. */

import { type Colour, hex } from "./colour.ts";

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
  rain: sky("#44586a #66808f #90a5ad #bccac9", "#dfe8e9", "#c9d6d6", 0.6),
  overcast: sky("#7189a1 #93a7b8 #b6c3cb #d8dcda", "#edf0ee", "#dfe3e0", 0.78),
  fog: sky("#a3b3bd #bac6cb #d0d6d6 #e3e4df", "#fbfaf2", "#f3f1e6", 0.82),
  winter: sky("#7f9fc8 #aac5e0 #d5e4ef #f3f6f8", "#ffffff", "#ffffff", 0.95),
  spring: sky("#8cc7ec #bfe0f1 #f7dfe8 #fff3ea", "#fffaf0", "#ffe4e6", 1),
  pastel: sky("#a7b8ee #cdbdf0 #f3c7e4 #ffd9cf #fff0d9", "#fffdf2", "#ffe1ec", 0.95),
  ember: sky("#170a16 #4a1220 #a3281f #ee6a1f #ffbe4a", "#ffe9a0", "#ff7a2a", 0.34),
} as const satisfies Record<string, Sky>;

export type SkyName = keyof typeof SKIES;

/**
 * The earlier entry wins: in a snowy night the night makes the sky, and the snow falls. Skies
 * without words come with the weather.
 */
export const SKY_WORDS: Readonly<Partial<Record<SkyName, RegExp>>> = {
  neon: /cyber ?punk|neon|synthwave|vaporwave|retrowave|赛博|霓虹/u,
  aurora: /aurora|northern lights|极光/u,
  space:
    /\b(outer )?space\b|galax|nebula|universe|cosm(ic|os)|planet|astronaut|宇宙|太空|星系|银河/u,
  sunset: /sunset|sundown|日落|夕阳|晚霞|落日/u,
  dawn: /sunrise|\bdawn|morning|日出|黎明|清晨|早晨|朝霞/u,
  dusk: /\bdusk|twilight|evening|黄昏|傍晚|暮/u,
  night: /\bnight|moon|starry|\bstars?\b|midnight|夜|月|星空/u,
  winter: /snow|winter|\bice\b|\bicy|frozen|glacier|christmas|雪|冬|冰/u,
  ember: /\bfire(?!fl)|flame|lava|volcan|dragon|inferno|火(?!箭)|熔岩|龙/u,
  golden: /autumn|\bfall\b|golden|harvest|wheat|maple|秋|金色|麦|枫/u,
  spring: /spring|blossom|sakura|cherry|春|樱|桃花/u,
  pastel: /dream|pastel|candy|magic|fairy|unicorn|kawaii|\bcute\b|\bpink|梦|童话|可爱|粉/u,
  day: /\bday\b|daylight|\bsky\b|summer|sunny|晴|蓝天|夏|白天/u,
};

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
