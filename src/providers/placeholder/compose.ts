/** Composes a picture: a sky with its light, and bands of land from far to near. */

import { adjust, BLACK, type Colour, gradient, mix, WHITE } from "./colour.ts";
import type { Look } from "./looks.ts";
import type { Land, Mood } from "./mood.ts";
import { lineNoise, type Random } from "./random.ts";
import { type Band, COLOUR_STEPS, type Light, type Scene } from "./scene.ts";
import { SHAPES } from "./shapes.ts";

export function composeScene(
  mood: Mood,
  look: Look,
  random: Random,
  { width, height }: { width: number; height: number },
): Scene {
  const unit = Math.min(width, height);
  const horizon = height * random.between(0.52, 0.6);
  const { tint } = look;
  const turn = random.between(-0.14, 0.14);
  const stops = mood.sky.stops.map((colour) => tint(adjust(colour, { turn: turn / 2 })));
  const sky = gradient(stops, Math.max(2, Math.round(horizon * 1.1)));
  const land = litLand(mood, turn, tint);
  const light = placeLight(mood, look, random, { width, unit, horizon });
  const shape = SHAPES[land.shape];
  const haze = stops.at(-1) ?? WHITE;
  const base = { width, height, unit, horizon, haze, sky, light, land, mood };
  return {
    ...base,
    bands: [
      ...clouds(base, look, random),
      ...shape({ ...base, look, random }),
    ],
  };
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
  { sky }: Mood,
  look: Look,
  random: Random,
  { width, unit, horizon }: { width: number; unit: number; horizon: number },
): Light {
  const side = random.chance(0.5) ? random.between(0.22, 0.4) : random.between(0.6, 0.78);
  const isLow = sky.body === "sun" && sky.daylight < 0.9;
  const size = sky.body === "planet" ? random.between(0.15, 0.21) : random.between(0.065, 0.11);
  const radius = unit * size * look.lightSize;
  const height = horizon * (isLow ? random.between(0.66, 0.84) : random.between(0.3, 0.48));
  return {
    x: width * (look.isCentred ? 0.5 : side),
    y: Math.max(radius * 1.3, height),
    radius,
    colour: look.tint(sky.light),
    glow: look.tint(sky.glow),
    strength: look.glow * (sky.body === "sun" ? 1 : 0.5),
    body: sky.body,
  };
}

const CLOUD_SHADE: Colour = [150, 178, 222];

/** Long thin clouds, or heaps of them where the look asks for it. */
function clouds(
  { width, unit, horizon, haze, light, mood }: Omit<Scene, "bands">,
  look: Look,
  random: Random,
): Band[] {
  if (look.clouds === "none" || mood.land.shape === "planets") return [];
  const isHeaped = look.clouds === "heaps" && mood.sky.daylight > 0.5;
  const count = isHeaped ? 4 : 3 + Math.floor(random.next() * 4);
  return Array.from({ length: count }, (_, index) => {
    const share = (index + random.next()) / count;
    const centre = width * random.next();
    const base = horizon * (isHeaped ? 0.35 + 0.6 * share : 0.14 + 0.7 * share);
    const reach = unit * (isHeaped ? random.between(0.25, 0.5) : random.between(0.3, 0.75));
    const tall = unit * (isHeaped ? random.between(0.1, 0.19) : random.between(0.008, 0.02));
    const outline = isHeaped ? heap(random, reach, tall) : lens(random, reach, tall);
    const top = new Float32Array(width);
    const bottom = new Float32Array(width);
    for (let x = 0; x < width; x++) {
      const rise = outline(x + 0.5 - centre);
      top[x] = base - rise;
      bottom[x] = rise <= 0 ? base - 2 : base + (isHeaped ? 0 : rise * 0.7);
    }
    const shade = mix(haze, CLOUD_SHADE, 0.7);
    const bright = mix(light.glow, WHITE, isHeaped ? 0.8 : 0.25);
    return {
      top,
      bottom,
      colours: gradient([bright, mix(bright, isHeaped ? shade : haze, 0.6)], COLOUR_STEPS),
      depth: tall * (isHeaped ? 1 : 1.3),
      opacity: isHeaped ? 1 : 0.2 + 0.3 * random.next(),
      fade: isHeaped ? 1 : tall * 1.2,
    };
  });
}

function lens(random: Random, reach: number, tall: number): (x: number) => number {
  const wobble = lineNoise(random);
  return (x) => {
    const share = 1 - (x / reach) ** 2;
    return share <= 0 ? 0 : tall * share * (0.55 + 0.9 * wobble(40 + (x / reach) * 4));
  };
}

function heap(random: Random, reach: number, tall: number): (x: number) => number {
  const puffs = Array.from({ length: 11 }, (_, index) => {
    const place = (index / 10) * 2 - 1;
    const radius = tall * (0.35 + 0.75 * (1 - place * place)) * random.between(0.6, 1);
    return { x: place * reach * 0.8, radius };
  });
  return (x) =>
    puffs.reduce((highest, puff) => {
      const inside = puff.radius ** 2 - (x - puff.x) ** 2;
      return inside <= 0 ? highest : Math.max(highest, Math.sqrt(inside));
    }, 0);
}
