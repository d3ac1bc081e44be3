/** What all parts of a picture share: its measures, its light and its palette. */

import { adjust, BLACK, type Colour, lean, mix, WHITE } from "../../images/svg/colour.ts";
import type { Look } from "./looks.ts";
import type { Mood } from "./mood.ts";
import type { Random } from "./random.ts";

export interface Scene {
  /** In pixels, as everything here. */
  readonly width: number;
  readonly height: number;
  /** The shorter side: everything is measured by it, so that shapes keep their proportions. */
  readonly unit: number;
  readonly horizon: number;
  /** The lowest row on which a thing may stand without touching the caption. */
  readonly floor: number;
  /** The sky's colours, from the zenith down to the horizon. */
  readonly stops: readonly Colour[];
  readonly haze: Colour;
  readonly light: Light;
  /** The land as this sky lights it. */
  readonly land: Mood["land"];
  readonly mood: Mood;
  readonly look: Look;
  readonly random: Random;
}

export interface Light {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly colour: Colour;
  readonly glow: Colour;
  /** How strongly the glow tints the sky, 0 to 1. */
  readonly strength: number;
  /** How much of the body shows through the weather, 0 to 1. */
  readonly disc: number;
}

export function composeScene(
  mood: Mood,
  look: Look,
  random: Random,
  { width, height, floor }: { width: number; height: number; floor: number },
): Scene {
  const unit = Math.min(width, height);
  const horizon = height * random.between(0.52, 0.6);
  const { hue } = mood;
  const tint = (colour: Colour) => look.tint(hue ? lean(colour, hue.colour, hue.share) : colour);
  const turn = random.between(-0.14, 0.14);
  const stops = mood.sky.stops.map((colour) => tint(adjust(colour, { turn: turn / 2 })));
  const haze = stops.at(-1) ?? WHITE;
  const light = placeLight(mood, look, random, { width, unit, horizon });
  const land = litLand(mood, turn, tint);
  return { width, height, unit, horizon, floor, stops, haze, light, land, mood, look, random };
}

/** Night darkens and cools the land, a sunset warms it, snow pales it. */
function litLand({ sky, land, extras }: Mood, turn: number, tint: Look["tint"]): Mood["land"] {
  const under = (colour: Colour, towards: Colour, share: number) => {
    const snowed = extras.has("snow") ? mix(colour, [226, 236, 248], 0.5) : colour;
    const lit = mix(adjust(snowed, { turn }), towards, share * (1 - sky.daylight * 0.6));
    return tint(adjust(lit, { light: 0.5 + 0.5 * sky.daylight, vivid: 1.25 }));
  };
  return {
    ...land,
    far: under(land.far, sky.stops.at(-1) ?? WHITE, 0.38),
    near: under(land.near, sky.stops[0] ?? BLACK, 0.36),
    accent: tint(mix(land.accent, sky.glow, 0.15)),
  };
}

function placeLight(
  { sky, weather }: Mood,
  look: Look,
  random: Random,
  { width, unit, horizon }: { width: number; unit: number; horizon: number },
): Light {
  const side = random.chance(0.5) ? random.between(0.22, 0.4) : random.between(0.6, 0.78);
  const isSun = sky.body === "sun" || sky.body === "neon";
  const isLow = isSun && sky.daylight < 0.9;
  const disc = weather?.disc ?? 1;
  const size = sky.body === "planet" ? random.between(0.15, 0.21) : random.between(0.065, 0.11);
  const radius = unit * size * look.lightSize;
  const row = horizon * (isLow ? random.between(0.66, 0.84) : random.between(0.3, 0.48));
  return {
    x: width * (look.isCentred ? 0.5 : side),
    y: Math.max(radius * 1.3, row),
    radius,
    disc,
    colour: look.sun ?? look.tint(sky.light),
    glow: look.tint(sky.glow),
    strength: look.glow * (isSun ? 1 : 0.5) * (0.45 + 0.55 * disc),
  };
}
