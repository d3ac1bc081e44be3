/** Composes a picture: a sky with its light, bands of land from far to near, and what stands there. */

import type { Breathe } from "./breath.ts";
import { composeClouds } from "./clouds.ts";
import { adjust, BLACK, type Colour, gradient, lean, mix, WHITE } from "./colour.ts";
import type { Land } from "./lands.ts";
import type { Look } from "./looks.ts";
import type { Mood } from "./mood.ts";
import type { Random } from "./random.ts";
import type { Light, Scene } from "./scene.ts";
import { SHAPES } from "./shapes.ts";
import { setStage } from "./stage.ts";

/** `floor` is the lowest row, in pixels, on which a thing may stand without touching the caption. */
export async function composeScene(
  mood: Mood,
  look: Look,
  random: Random,
  { width, height, floor }: { width: number; height: number; floor: number },
  breathe: Breathe,
): Promise<Scene> {
  const unit = Math.min(width, height);
  const horizon = height * random.between(0.52, 0.6);
  const tint = tintOf(mood, look);
  const turn = random.between(-0.14, 0.14);
  const stops = mood.sky.stops.map((colour) => tint(adjust(colour, { turn: turn / 2 })));
  const sky = gradient(stops, Math.max(2, Math.round(horizon * 1.1)));
  const land = litLand(mood, turn, tint);
  const light = placeLight(mood, look, random, { width, unit, horizon });
  const haze = stops.at(-1) ?? WHITE;
  const base = { width, height, unit, horizon, haze, sky, light, land, mood };
  const ground = { ...base, look, random };
  await breathe();
  const lands = SHAPES[land.shape](ground);
  await breathe();
  const { bands, cast } = setStage(ground, lands, floor);
  await breathe();
  const clouds = composeClouds(base, look, random);
  return {
    ...base,
    bands: [...clouds, ...bands],
    cast: cast.map((placed) => ({ ...placed, behind: placed.behind + clouds.length })),
  };
}

/** The look's tint, upon the colour that the prompt names. */
function tintOf({ hue }: Mood, { tint }: Look): (colour: Colour) => Colour {
  return hue ? (colour) => tint(lean(colour, hue.colour, hue.share)) : tint;
}

/** The land under this sky's light: night darkens and cools it, a sunset warms it. */
function litLand(
  { sky, land, extras }: Mood,
  turn: number,
  tint: (colour: Colour) => Colour,
): Land {
  const horizon = sky.stops.at(-1) ?? WHITE;
  const zenith = sky.stops[0] ?? BLACK;
  const under = (colour: Colour, towards: Colour, share: number) => {
    const snowed = extras.has("snow") ? mix(colour, SNOW, 0.5) : colour;
    const lit = mix(adjust(snowed, { turn }), towards, share * (1 - sky.daylight * 0.6));
    return tint(adjust(lit, { light: 0.5 + 0.5 * sky.daylight, vivid: 1.25 }));
  };
  return {
    ...land,
    far: under(land.far, horizon, 0.38),
    near: under(land.near, zenith, 0.36),
    accent: tint(mix(land.accent, sky.glow, 0.15)),
  };
}

const SNOW: Colour = [226, 236, 248];

function placeLight(
  { sky, weather }: Mood,
  look: Look,
  random: Random,
  { width, unit, horizon }: { width: number; unit: number; horizon: number },
): Light {
  const side = random.chance(0.5) ? random.between(0.22, 0.4) : random.between(0.6, 0.78);
  const isLow = sky.body === "sun" && sky.daylight < 0.9;
  const disc = weather?.disc ?? 1;
  const size = sky.body === "planet" ? random.between(0.15, 0.21) : random.between(0.065, 0.11);
  const radius = unit * size * look.lightSize;
  const height = horizon * (isLow ? random.between(0.66, 0.84) : random.between(0.3, 0.48));
  return {
    x: width * (look.isCentred ? 0.5 : side),
    y: Math.max(radius * 1.3, height),
    radius,
    colour: look.tint(sky.light),
    glow: look.tint(sky.glow),
    strength: look.glow * (sky.body === "sun" ? 1 : 0.5) * (0.45 + 0.55 * disc),
    body: sky.body,
    disc,
  };
}
