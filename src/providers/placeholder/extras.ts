/** What fills the air: rain, snow, petals, fireflies, a flock, a flash of lightning. */

import type { Breathe } from "./breath.ts";
import { adjust, mix, WHITE } from "./colour.ts";
import type { Extra } from "./mood.ts";
import { curveThrough, fillOutline, type Point, thicken } from "./outline.ts";
import type { Random } from "./random.ts";
import { drawSpot, drawStroke, type Raster } from "./raster.ts";
import type { Scene } from "./scene.ts";

/** Adds what the prompt's words call for behind the things that stand in the picture. */
export async function drawFarExtras(
  raster: Raster,
  scene: Scene,
  random: Random,
  breathe: Breathe,
): Promise<void> {
  await drawAll(raster, scene, random, breathe, (extra) => FAR_EXTRAS.has(extra));
}

/** Adds what falls and floats in front of them. */
export async function drawNearExtras(
  raster: Raster,
  scene: Scene,
  random: Random,
  breathe: Breathe,
): Promise<void> {
  await drawAll(raster, scene, random, breathe, (extra) => !FAR_EXTRAS.has(extra));
}

const FAR_EXTRAS: ReadonlySet<Extra> = new Set(["birds", "lightning"]);

async function drawAll(
  raster: Raster,
  scene: Scene,
  random: Random,
  breathe: Breathe,
  isWanted: (extra: Extra) => boolean,
): Promise<void> {
  for (const extra of scene.mood.extras) {
    await breathe();
    if (isWanted(extra)) await EXTRAS[extra](raster, scene, random, breathe);
  }
}

type Draw = (raster: Raster, scene: Scene, random: Random, breathe: Breathe) => Promise<void>;

const EXTRAS: Readonly<Record<Extra, Draw>> = {
  snow: async (raster, { width, height, unit }, random, breathe) => {
    const count = Math.round(260 * (width / unit));
    for (let index = 0; index < count; index++) {
      await breathe();
      const nearness = random.next() ** 4;
      drawSpot(raster, {
        x: random.next() * width,
        y: random.next() * height,
        radius: unit * (0.0014 + 0.0085 * nearness),
        softness: 0.3 + 0.6 * nearness,
      }, { colour: WHITE, opacity: 0.85 - 0.4 * nearness });
    }
  },
  rain: async (raster, { width, height, unit, light }, random, breathe) => {
    const count = Math.round(280 * (width / unit));
    for (let index = 0; index < count; index++) {
      await breathe();
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
  petals: async (raster, { width, height, unit }, random, breathe) => {
    for (let index = 0; index < 70 * (width / unit); index++) {
      await breathe();
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
  fireflies: async (raster, { width, height, unit, horizon }, random, breathe) => {
    for (let index = 0; index < 45 * (width / unit); index++) {
      await breathe();
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
  birds: async (raster, { width, unit, horizon, land }, random, breathe) => {
    const [x, y] = [width * random.between(0.3, 0.7), horizon * random.between(0.22, 0.42)];
    for (let index = 0; index < 7; index++) {
      await breathe();
      const size = unit * random.between(0.014, 0.026);
      const at = {
        x: x + random.between(-0.22, 0.22) * unit,
        y: y + random.between(-0.09, 0.09) * unit,
      };
      const lift = random.between(0.75, 1.15);
      const wings = BIRD_WINGS.map((wing) => ({
        x: at.x + wing.x * size,
        y: at.y - wing.y * size * lift,
      }));
      fillOutline(raster, wings, { colour: adjust(land.near, { light: 0.8 }), opacity: 0.9 });
    }
  },
  lightning: drawLightning,
};

/** A far bird from the front. */
const BIRD_WINGS = curveThrough(
  "-1.3 0.12!, -0.95 0.5, -0.5 0.48, 0 0!, 0.5 0.48, 0.95 0.5, 1.3 0.12!, 0.9 0.34, 0.5 0.3, 0 -0.24, -0.5 0.3, -0.9 0.34",
);

/** A bolt from the clouds to the horizon, and its branches, on the side away from the things. */
async function drawLightning(
  raster: Raster,
  scene: Scene,
  random: Random,
  breathe: Breathe,
): Promise<void> {
  const { width, unit, horizon, light, bands } = scene;
  const clouds = bands.filter((band) => band.bottom).length;
  const over = (kind: number) => kind < 2 + clouds;
  const x = light.x + (light.x < width / 2 ? -0.06 : 0.06) * unit;
  drawSpot(raster, { x, y: horizon * 0.3, radius: unit * 0.16, softness: 1 }, {
    colour: BOLT,
    opacity: 0.3,
    over,
  });
  await breathe();
  const draw = (from: Point, end: number, drift: number, thick: number) => {
    const points = [from];
    for (let at = from; at.y < end;) {
      at = {
        x: at.x + (random.between(-0.045, 0.045) + drift) * unit,
        y: at.y + random.between(0.02, 0.055) * unit,
      };
      points.push(at);
      if (thick > unit * 0.002 && random.chance(0.32)) {
        const side = random.chance(0.5) ? 0.03 : -0.03;
        draw(at, at.y + unit * random.between(0.06, 0.16), side, thick * 0.4);
      }
    }
    for (const [wide, opacity] of [[4, 0.16], [1, 0.95]] as const) {
      const bolt = thicken(points, thick * wide, thick * wide * 0.3);
      fillOutline(raster, bolt, { colour: BOLT, opacity, over });
    }
  };
  draw({ x, y: -unit * 0.02 }, horizon, 0, unit * 0.0036);
}

const BOLT = [255, 250, 226] as const;
