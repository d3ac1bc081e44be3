/** The skies a picture can have. */

import { type Colour, hex } from "../../svg/colour.ts";

export interface Sky {
  /** From the zenith down to the horizon. */
  readonly stops: readonly Colour[];
  /** The sun or the moon. */
  readonly light: Colour;
  readonly glow: Colour;
  /** How much light falls on the land, 0 to 1. */
  readonly daylight: number;
  /** What hangs in it, by the name of its drawing. */
  readonly body: "sun" | "moon" | "neon" | "planet";
  readonly stars: boolean;
}

export const SKIES = {
  day: sky("#2f80d8 #79b8ee #bfe0f2 #eaf4ee", "#fffdf0 #fff6d0", 1),
  dawn: sky("#7088c9 #b79fd0 #f2b3bd #ffd9b8 #ffedd2", "#fff4dd #ffd7a8", 0.88),
  sunset: sky("#2b2560 #7b3a80 #d9506c #ff8a55 #ffc46e", "#fff0c0 #ffb45e", 0.6),
  golden: sky("#7d9bb0 #cbb592 #f3c67c #ffdf9e", "#fffbe0 #ffd27a", 0.85),
  dusk: sky("#141a46 #3b3a7c #7c5a9e #c987a8 #f2b9a2", "#ffe9d2 #f7a8a0", 0.42, "moon"),
  night: sky("#050a22 #0c1a48 #1d3672 #41619b", "#f8f3dd #8fb0e8", 0.24, "moon"),
  aurora: sky("#050b20 #0a2a4a #0f6a6c #37b98b #9fe0b0", "#f1fff2 #67e8b0", 0.28, "moon"),
  neon: sky("#0b0324 #2a0a55 #6d1089 #d81b8c #ff6a6a", "#ffe25c #ff4fa0", 0.22, "neon"),
  space: sky("#04030d #0d0a2a #241452 #4a1f74 #83387f", "#ffd9a8 #b56be0", 0.25, "planet"),
  storm: sky("#2c3947 #4f6172 #7d8e9b #b4c0c4", "#e6edf0 #ccd7da", 0.6),
  rain: sky("#44586a #66808f #90a5ad #bccac9", "#dfe8e9 #c9d6d6", 0.6),
  overcast: sky("#7189a1 #93a7b8 #b6c3cb #d8dcda", "#edf0ee #dfe3e0", 0.78),
  fog: sky("#a3b3bd #bac6cb #d0d6d6 #e3e4df", "#fbfaf2 #f3f1e6", 0.82),
  winter: sky("#7f9fc8 #aac5e0 #d5e4ef #f3f6f8", "#ffffff #ffffff", 0.95),
  spring: sky("#8cc7ec #bfe0f1 #f7dfe8 #fff3ea", "#fffaf0 #ffe4e6", 1),
  pastel: sky("#a7b8ee #cdbdf0 #f3c7e4 #ffd9cf #fff0d9", "#fffdf2 #ffe1ec", 0.95),
  ember: sky("#170a16 #4a1220 #a3281f #ee6a1f #ffbe4a", "#ffe9a0 #ff7a2a", 0.34),
};

export type SkyName = keyof typeof SKIES;

function sky(stops: string, lights: string, daylight: number, body: Sky["body"] = "sun"): Sky {
  const [light = "", glow = ""] = lights.split(" ");
  const colours = { stops: stops.split(" ").map(hex), light: hex(light), glow: hex(glow) };
  return { ...colours, daylight, body, stars: body !== "sun" };
}
