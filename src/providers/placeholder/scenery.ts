/** What belongs to a sky and to a land whatever the prompt: stars, glints, windows, flowers. */

import { drawBamboo } from "./bamboo.ts";
import type { Breathe } from "./breath.ts";
import { adjust, type Colour, mix, WHITE } from "./colour.ts";
import type { Look } from "./looks.ts";
import type { Random } from "./random.ts";
import { drawRectangle, drawSpot, drawStroke, type Ink, type Raster } from "./raster.ts";
import type { Scene } from "./scene.ts";

/** Adds what the scene's sky and land call for. */
export async function drawScenery(
  raster: Raster,
  scene: Scene,
  look: Look,
  random: Random,
  breathe: Breathe,
): Promise<void> {
  const { land, light, mood: { sky } } = scene;
  const showsBody = light.disc > 0.5;
  if (sky.stars) await drawStars(raster, scene, random, breathe);
  if (sky.body === "moon" && showsBody) drawCraters(raster, scene, look);
  if (sky.body === "planet" && showsBody) await drawRing(raster, scene, breathe);
  if (land.shape === "sea" && light.disc > 0.2) drawGlints(raster, scene, random);
  if (land.shape === "city") await drawWindows(raster, scene, random, breathe);
  if (land.shape === "garden") await drawFlowers(raster, scene, random, breathe);
  if (land.shape === "bamboo") await drawBamboo(raster, scene, random, breathe);
}

const inSky = (kind: number) => kind === 0;
const onLand = (kind: number) => kind >= 2;

async function drawStars(
  raster: Raster,
  { width, horizon, unit, light }: Scene,
  random: Random,
  breathe: Breathe,
): Promise<void> {
  const count = Math.round(260 * (width / unit));
  for (let index = 0; index < count; index++) {
    await breathe();
    const size = random.next() ** 6;
    const spot = {
      x: random.next() * width,
      y: random.next() ** 1.3 * horizon,
      radius: unit * (0.0007 + 0.0022 * size),
    };
    const opacity = 0.3 + 0.7 * random.next();
    const colour = mix(WHITE, light.glow, random.next() * 0.4);
    drawSpot(raster, spot, { colour, opacity, over: inSky });
    if (size > 0.5) {
      const halo = { ...spot, radius: spot.radius * 5, softness: 1 };
      drawSpot(raster, halo, { colour, opacity: 0.25, over: inSky });
    }
  }
}

/** The moon's seas, so that it is no lamp. */
function drawCraters(raster: Raster, { light, sky }: Scene, { paper }: Look): void {
  if (paper) return;
  const colour: Colour = [sky[0] ?? 0, sky[1] ?? 0, sky[2] ?? 0];
  for (const [x, y, radius] of CRATERS) {
    const spot = {
      x: light.x + x * light.radius,
      y: light.y + y * light.radius,
      radius: radius * light.radius,
      softness: 0.3,
    };
    drawSpot(raster, spot, { colour, opacity: 0.1, over: (kind) => kind === 1 });
  }
}

/** Place and size of each, in shares of the moon. */
const CRATERS: readonly (readonly [number, number, number])[] = [
  [-0.35, -0.25, 0.3],
  [0.3, 0.2, 0.38],
  [-0.1, 0.5, 0.22],
  [0.35, -0.45, 0.18],
];

async function drawRing(
  raster: Raster,
  { light, land, mood: { sky } }: Scene,
  breathe: Breathe,
): Promise<void> {
  const point = (turn: number, size: number) => {
    const [x, y] = [Math.cos(turn) * size * 1.85, Math.sin(turn) * size * 0.42];
    return {
      x: light.x + (x * 0.94 - y * 0.34) * light.radius,
      y: light.y + (x * 0.34 + y * 0.94) * light.radius,
    };
  };
  for (const [size, opacity, thickness] of RINGS) {
    for (let step = 0; step < 96; step++) {
      await breathe();
      const [from, to] = [step, step + 1].map((at) => point(at / 96 * 2 * Math.PI, size));
      if (!from || !to) continue;
      const isBehind = Math.sin((step + 0.5) / 96 * 2 * Math.PI) < 0;
      const radius = thickness * light.radius;
      drawStroke(
        raster,
        { x1: from.x, y1: from.y, x2: to.x, y2: to.y, radius1: radius, radius2: radius },
        {
          colour: mix(sky.stops[1] ?? WHITE, land.accent, opacity),
          opacity: 1,
          over: (kind) => isBehind ? kind === 0 : kind < 2,
        },
      );
    }
  }
}

/** Size, opacity and half the thickness of each ring, in shares of the planet. */
const RINGS: readonly (readonly [number, number, number])[] = [
  [1, 0.75, 0.03],
  [0.9, 0.45, 0.045],
  [1.12, 0.35, 0.015],
];

/** The light's path over the water. */
function drawGlints(raster: Raster, scene: Scene, random: Random): void {
  const { light, horizon, height, unit } = scene;
  const count = 150;
  for (let index = 0; index < count; index++) {
    const nearness = random.next() ** 1.4;
    const y = horizon + (height - horizon) * nearness;
    const spread = light.radius * (0.5 + 1.5 * nearness);
    const x = light.x + (random.next() + random.next() - 1) * spread;
    const half = unit * (0.006 + 0.028 * nearness) * random.between(0.4, 1);
    const radius = unit * (0.0009 + 0.0024 * nearness);
    drawStroke(
      raster,
      { x1: x - half, y1: y, x2: x + half, y2: y, radius1: radius, radius2: radius },
      {
        colour: light.colour,
        opacity: (0.25 + 0.5 * random.next()) * (1 - 0.55 * nearness),
        over: onLand,
      },
    );
  }
}

async function drawWindows(
  raster: Raster,
  scene: Scene,
  random: Random,
  breathe: Breathe,
): Promise<void> {
  const { bands, unit, width, height, land, mood } = scene;
  const litShare = 0.12 + 0.3 * (1 - mood.sky.daylight);
  for (const [index, band] of bands.entries()) {
    if (band.bottom || band.isStage) continue;
    const nearness = index / Math.max(1, bands.length - 1);
    const [wide, high] = [unit * (0.004 + 0.005 * nearness), unit * (0.006 + 0.006 * nearness)];
    for (let x = wide; x < width - wide; x += wide * 2.4) {
      await breathe();
      const top = Math.max(
        band.top[Math.floor(x)] ?? height,
        band.top[Math.floor(x + wide)] ?? height,
      );
      for (let y = top + high; y < Math.min(height, top + unit * 0.5); y += high * 2.1) {
        if (!random.chance(litShare)) continue;
        const colour = mix(land.accent, scene.light.glow, random.next() * 0.7);
        const opacity = (0.25 + 0.65 * random.next()) * (0.35 + 0.65 * nearness);
        drawRectangle(raster, {
          left: Math.round(x),
          top: Math.round(y),
          right: Math.round(x) + wide,
          bottom: Math.round(y) + high,
        }, {
          colour,
          opacity,
          over: (kind) => kind === index + 2,
        });
      }
    }
  }
}

async function drawFlowers(
  raster: Raster,
  scene: Scene,
  random: Random,
  breathe: Breathe,
): Promise<void> {
  const { width, height, unit, horizon, land, light } = scene;
  const count = Math.round(150 * (width / unit));
  const colours = [
    land.accent,
    adjust(land.accent, { turn: 0.7 }),
    adjust(land.accent, { turn: -0.9 }),
    mix(WHITE, light.glow, 0.3),
  ];
  const spots = Array.from({ length: count }, () => random.next()).sort((one, other) =>
    one - other
  );
  for (const nearness of spots) {
    await breathe();
    const [x, y] = [random.next() * width, horizon + (height - horizon) * (0.12 + 0.9 * nearness)];
    const radius = unit * (0.0025 + 0.0085 * nearness ** 1.5) * random.between(0.6, 1.1);
    const colour = random.pick(colours, land.accent);
    const turn = random.next() * 6;
    const ink: Ink = { colour, opacity: 0.92, over: onLand };
    for (let petal = 0; petal < 5; petal++) {
      const angle = turn + petal * 2 * Math.PI / 5;
      drawSpot(raster, {
        x: x + Math.cos(angle) * radius,
        y: y + Math.sin(angle) * radius * 0.85,
        radius: radius * 0.72,
      }, ink);
    }
    drawSpot(raster, { x, y, radius: radius * 0.5 }, { ...ink, colour: [255, 226, 130] });
  }
}
