/** Small things in the air and on the land. */

import { adjust, type Colour, mix, WHITE } from "./colour.ts";
import type { Breathe } from "./breath.ts";
import type { Look } from "./looks.ts";
import type { Extra } from "./mood.ts";
import type { Random } from "./random.ts";
import {
  drawRectangle,
  drawSpot,
  drawStroke,
  type Ink,
  type Raster,
  type Stroke,
} from "./raster.ts";
import type { Scene } from "./scene.ts";

/** Adds what the sky, the land and the prompt's words call for. */
export async function drawExtras(
  raster: Raster,
  scene: Scene,
  look: Look,
  random: Random,
  breathe: Breathe,
): Promise<void> {
  const { sky, land, extras } = scene.mood;
  if (sky.stars) drawStars(raster, scene, random);
  if (sky.body === "moon") drawCraters(raster, scene, look);
  if (sky.body === "planet") await drawRing(raster, scene, breathe);
  if (land.shape === "sea") drawGlints(raster, scene, random);
  if (land.shape === "city") await drawWindows(raster, scene, random, breathe);
  if (land.shape === "garden") await drawFlowers(raster, scene, random, breathe);
  for (const extra of extras) {
    await breathe();
    EXTRAS[extra](raster, scene, random);
  }
}

const inSky = (kind: number) => kind === 0;
const onLand = (kind: number) => kind >= 2;

function drawStars(raster: Raster, { width, horizon, unit, light }: Scene, random: Random): void {
  const count = Math.round(260 * (width / unit));
  for (let index = 0; index < count; index++) {
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
    if (band.bottom) continue;
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

const EXTRAS: Readonly<Record<Extra, (raster: Raster, scene: Scene, random: Random) => void>> = {
  snow: (raster, { width, height, unit }, random) => {
    const count = Math.round(260 * (width / unit));
    for (let index = 0; index < count; index++) {
      const nearness = random.next() ** 4;
      drawSpot(raster, {
        x: random.next() * width,
        y: random.next() * height,
        radius: unit * (0.0014 + 0.0085 * nearness),
        softness: 0.3 + 0.6 * nearness,
      }, { colour: WHITE, opacity: 0.85 - 0.4 * nearness });
    }
  },
  rain: (raster, { width, height, unit, light }, random) => {
    const count = Math.round(280 * (width / unit));
    for (let index = 0; index < count; index++) {
      const [x, y] = [random.next() * width, random.next() * height];
      const long = unit * random.between(0.02, 0.06);
      const radius = unit * 0.0008;
      drawStroke(
        raster,
        { x1: x, y1: y, x2: x - long * 0.25, y2: y + long, radius1: radius, radius2: radius },
        { colour: light.colour, opacity: random.between(0.12, 0.4) },
      );
    }
  },
  petals: (raster, { width, height, unit }, random) => {
    for (let index = 0; index < 70 * (width / unit); index++) {
      const [x, y] = [random.next() * width, random.next() * height];
      const size = unit * random.between(0.004, 0.011);
      const angle = random.next() * 6;
      const stroke = {
        x1: x,
        y1: y,
        x2: x + Math.cos(angle) * size,
        y2: y + Math.sin(angle) * size,
        radius1: size * 0.7,
        radius2: size * 0.25,
      };
      drawStroke(raster, stroke, {
        colour: mix([255, 160, 190], WHITE, random.next() * 0.6),
        opacity: 0.85,
      });
    }
  },
  fireflies: (raster, { width, height, unit, horizon }, random) => {
    for (let index = 0; index < 45 * (width / unit); index++) {
      const spot = {
        x: random.next() * width,
        y: horizon * 0.7 + random.next() * (height - horizon * 0.7),
      };
      const radius = unit * random.between(0.0015, 0.0035);
      drawSpot(raster, { ...spot, radius: radius * 8, softness: 1 }, {
        colour: [255, 226, 120],
        opacity: 0.35,
      });
      drawSpot(raster, { ...spot, radius }, { colour: [255, 250, 215], opacity: 0.95 });
    }
  },
  birds: (raster, { width, unit, horizon, land }, random) => {
    const [x, y] = [width * random.between(0.3, 0.7), horizon * random.between(0.25, 0.5)];
    for (let index = 0; index < 7; index++) {
      const size = unit * random.between(0.011, 0.02);
      const at = {
        x: x + random.between(-0.2, 0.2) * unit,
        y: y + random.between(-0.08, 0.08) * unit,
      };
      for (const side of [-1, 1]) {
        const elbow = { x: at.x + side * size * 0.55, y: at.y - size * 0.42 };
        const tip = { x: at.x + side * size * 1.25, y: at.y - size * 0.1 };
        const ink: Ink = { colour: land.near, opacity: 0.85 };
        drawStroke(raster, {
          x1: at.x,
          y1: at.y,
          x2: elbow.x,
          y2: elbow.y,
          radius1: size * 0.1,
          radius2: size * 0.09,
        }, ink);
        drawStroke(raster, {
          x1: elbow.x,
          y1: elbow.y,
          x2: tip.x,
          y2: tip.y,
          radius1: size * 0.09,
          radius2: size * 0.03,
        }, ink);
      }
    }
  },
  cat: (raster, scene, random) => placeFigure(raster, scene, random, CAT, 0.2),
  boat: (raster, scene, random) => {
    if (scene.land.shape === "sea") placeFigure(raster, scene, random, BOAT, 0.15);
  },
  house: (raster, scene, random) => placeFigure(raster, scene, random, HOUSE, 0.13),
};

/** A silhouette as strokes [x1, y1, x2, y2, radius1, radius2] in shares of its height, feet at 0, 0. */
type Figure = readonly (readonly [number, number, number, number, number, number])[];

/** Stands a silhouette on the land, away from the light. */
function placeFigure(
  raster: Raster,
  scene: Scene,
  random: Random,
  figure: Figure,
  size: number,
): void {
  const { width, unit, light, bands, land, horizon, height } = scene;
  const away = light.x < width / 2 ? random.between(0.62, 0.8) : random.between(0.2, 0.38);
  const x = width * away;
  const ground = bands[Math.max(0, Math.round((bands.length - 1) * 0.6))];
  const floor = ground?.top[Math.min(width - 1, Math.floor(x))] ?? horizon;
  const y = Math.min(Math.max(floor, horizon) + unit * 0.02, height * 0.74);
  const tall = unit * size;
  const flip = random.chance(0.5) ? 1 : -1;
  const colour = adjust(land.near, { light: 0.62 });
  for (const [x1, y1, x2, y2, radius1, radius2] of figure) {
    const stroke: Stroke = {
      x1: x + x1 * tall * flip,
      y1: y - y1 * tall,
      x2: x + x2 * tall * flip,
      y2: y - y2 * tall,
      radius1: radius1 * tall,
      radius2: radius2 * tall,
    };
    drawStroke(raster, stroke, { colour, opacity: 1 });
  }
}

const CAT: Figure = [
  [0.02, 0.2, 0.05, 0.45, 0.22, 0.13], // body
  [-0.02, 0.12, 0.1, 0.12, 0.13, 0.12],
  [0.13, 0.05, 0.13, 0.4, 0.05, 0.06], // fore legs
  [0.06, 0.7, 0.09, 0.7, 0.15, 0.15], // head
  [-0.02, 0.78, -0.05, 0.96, 0.075, 0.008], // ears
  [0.16, 0.78, 0.19, 0.96, 0.075, 0.008],
  [-0.12, 0.05, -0.26, 0.045, 0.045, 0.043], // tail
  [-0.26, 0.045, -0.36, 0.075, 0.043, 0.042],
  [-0.36, 0.075, -0.43, 0.14, 0.042, 0.041],
  [-0.43, 0.14, -0.45, 0.23, 0.041, 0.039],
  [-0.45, 0.23, -0.42, 0.31, 0.039, 0.037],
  [-0.42, 0.31, -0.36, 0.36, 0.037, 0.034],
  [-0.36, 0.36, -0.31, 0.37, 0.034, 0.03],
];

const BOAT: Figure = [
  [-0.32, 0.07, 0.34, 0.07, 0.05, 0.05],
  [-0.24, 0.02, 0.24, 0.02, 0.06, 0.06],
  [0, 0.1, 0, 1, 0.014, 0.01],
  [0.1, 0.2, 0.03, 0.94, 0.1, 0.004],
  [0.2, 0.18, 0.06, 0.6, 0.06, 0.004],
  [-0.12, 0.2, -0.03, 0.8, 0.075, 0.004],
];

const HOUSE: Figure = [
  ...rows(0.04, 0.42, () => 0.36), // walls
  ...rows(0.42, 0.84, (height) => 0.46 * (0.84 - height) / 0.42), // roof
  [0.25, 0.6, 0.25, 0.86, 0.05, 0.05], // chimney
];

/** A filled shape, as strokes lying upon each other. */
function rows(low: number, high: number, reach: (height: number) => number): Figure {
  return Array.from({ length: Math.round((high - low) / 0.03) + 1 }, (_, index) => {
    const height = low + index * 0.03;
    return [-reach(height), height, reach(height), height, 0.03, 0.03];
  });
}
