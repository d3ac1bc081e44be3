/** The colours of skies, lands and words; `palette.json` holds them. */

import { type Colour, hex } from "../../images/svg/colour.ts";
import palette from "./palette.json" with { type: "json" };

export type SkyName = keyof typeof palette.skies;
export type Shape = keyof typeof palette.lands;
export type HueName = keyof typeof palette.hues;

export interface Sky {
  /** From the zenith down to the horizon. */
  readonly stops: readonly Colour[];
  /** The sun or the moon. */
  readonly light: Colour;
  readonly glow: Colour;
  /** How much light falls on the land, 0 to 1. */
  readonly daylight: number;
  /** What hangs in it, by the name of its drawing. */
  readonly body: string;
  readonly stars: boolean;
}

export interface Land {
  readonly shape: Shape;
  readonly far: Colour;
  readonly near: Colour;
  /** Flowers, windows, foam. */
  readonly accent: Colour;
  /** Skies that suit it where the prompt names none. */
  readonly skies: readonly SkyName[];
}

/** Written as the stops, the light and its glow, how bright a day it is and what hangs there. */
export function skyOf(name: SkyName): Sky {
  const [stops, [light, glow], [daylight, body]] = partsOf(palette.skies[name]);
  return {
    stops: stops.map(hex),
    light: hex(light),
    glow: hex(glow),
    daylight: Number(daylight),
    body,
    stars: body !== "sun",
  };
}

/** Written as the far, the near and the accent colour, and the skies. */
export function landOf(shape: Shape): Land {
  const [[far, near, accent], skies] = partsOf(palette.lands[shape]);
  return { shape, far: hex(far), near: hex(near), accent: hex(accent), skies: skies as SkyName[] };
}

export function hueOf(name: HueName): Colour {
  return hex(palette.hues[name]);
}

type Words = [string, string, string];

function partsOf(text: string): [Words, Words, Words] {
  return text.split(" | ").map((part) => part.split(" ")) as [Words, Words, Words];
}
