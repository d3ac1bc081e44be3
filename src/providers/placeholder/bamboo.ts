/** A grove of bamboo: stalks from far and pale to near and dark, the middle left free. */

import type { Breathe } from "./breath.ts";
import { adjust, type Colour, mix, WHITE } from "./colour.ts";
import { fillOutline, type Point, thicken } from "./outline.ts";
import type { Random } from "./random.ts";
import type { Raster } from "./raster.ts";
import type { Scene } from "./scene.ts";

export async function drawBamboo(
  raster: Raster,
  scene: Scene,
  random: Random,
  breathe: Breathe,
): Promise<void> {
  const { width, unit, height, haze, land, bands } = scene;
  const clouds = bands.filter((band) => band.bottom).length;
  const lands = bands.length - clouds;
  for (const { nearness, count, free } of LAYERS) {
    const behind = clouds + Math.round((lands - 1) * nearness) - 1;
    const isFront = nearness >= 1 && !scene.cast.length;
    const colour = mix(mix(haze, land.far, 0.45), mix(land.far, land.near, 0.75), nearness);
    const stalks = Math.round(count * Math.sqrt(width / unit));
    for (let index = 0; index < stalks; index++) {
      await breathe();
      const place = (index + random.between(0.15, 0.85)) / stalks * 2 - 1;
      const x = width * (0.5 + 0.5 * Math.sign(place) * (free + (1 - free) * Math.abs(place)));
      const foot = isFront
        ? height + unit * 0.05
        : (bands[behind + 1]?.base ?? height) + unit * 0.08;
      await drawStalk(
        raster,
        {
          x,
          foot,
          top: -unit * 0.1 + unit * 0.3 * random.next() * (1 - nearness),
          radius: unit * (0.004 + 0.0085 * nearness) * random.between(0.8, 1.15),
          lean: random.between(-0.05, 0.05) * unit,
          colour: adjust(colour, { light: random.between(0.94, 1.05) }),
          over: isFront ? undefined : (kind) => kind <= behind + 2,
        },
        random,
        breathe,
      );
    }
  }
}

/** How near, how many, and how much of the middle stays free. */
const LAYERS = [
  { nearness: 0.1, count: 20, free: 0.02 },
  { nearness: 0.5, count: 13, free: 0.14 },
  { nearness: 1, count: 8, free: 0.5 },
] as const;

interface Stalk {
  readonly x: number;
  readonly foot: number;
  readonly top: number;
  readonly radius: number;
  /** How far the tip stands beside the foot. */
  readonly lean: number;
  readonly colour: Colour;
  readonly over?: (kind: number) => boolean;
}

async function drawStalk(raster: Raster, stalk: Stalk, random: Random, breathe: Breathe) {
  const { foot, top, radius, colour, over } = stalk;
  const ink = { colour, opacity: 1, over };
  const shine = { colour: mix(colour, WHITE, 0.22), opacity: 1, over };
  const shade = { colour: adjust(colour, { light: 0.8 }), opacity: 1, over };
  const at = (y: number): Point => {
    const share = (foot - y) / (foot - top);
    return { x: stalk.x + stalk.lean * share * share, y };
  };
  for (let y = foot; y > top;) {
    await breathe();
    const next = y - radius * random.between(11, 16);
    const [from, to] = [at(y), at(next + radius * 0.35)];
    fillOutline(
      raster,
      thicken([from, { x: (from.x + to.x) / 2, y: (y + next) / 2 }, to], radius, radius),
      ink,
    );
    const side = radius * 0.45;
    fillOutline(
      raster,
      thicken(
        [{ x: from.x - side, y: y - radius }, { x: to.x - side, y: next + radius * 2 }],
        radius * 0.2,
        radius * 0.2,
      ),
      shine,
    );
    fillOutline(
      raster,
      thicken([{ x: from.x - radius, y }, { x: from.x + radius, y }], radius * 0.24, radius * 0.24),
      shade,
    );
    if (random.chance(0.4)) drawLeaves(raster, at(next), radius, random, ink);
    y = next;
  }
}

/** A twig with a few long leaves. */
function drawLeaves(
  raster: Raster,
  from: Point,
  radius: number,
  random: Random,
  ink: { colour: Colour; opacity: number; over?: (kind: number) => boolean },
): void {
  const side = random.chance(0.5) ? 1 : -1;
  const tip = {
    x: from.x + side * radius * random.between(5, 9),
    y: from.y - radius * random.between(3, 6),
  };
  fillOutline(raster, thicken([from, tip], radius * 0.22, radius * 0.12), ink);
  const count = 3 + Math.floor(random.next() * 3);
  for (let index = 0; index < count; index++) {
    const share = (index + 1) / count;
    const root = { x: from.x + (tip.x - from.x) * share, y: from.y + (tip.y - from.y) * share };
    const angle = random.between(-0.5, 1.1);
    const long = radius * random.between(6, 10);
    fillOutline(raster, leaf(root, side * Math.cos(angle) * long, Math.sin(angle) * long), ink);
  }
}

/** A slender leaf from its root to its tip, widest a third of the way. */
function leaf({ x, y }: Point, across: number, down: number): Point[] {
  const edge = (side: number) =>
    LEAF_EDGE.map(([along, wide]) => ({
      x: x + across * along - down * wide * side,
      y: y + down * along + across * wide * side,
    }));
  return [...edge(1), ...edge(-1).toReversed()];
}

const LEAF_EDGE: readonly (readonly [number, number])[] = [
  [0, 0],
  [0.12, 0.05],
  [0.25, 0.078],
  [0.38, 0.085],
  [0.52, 0.075],
  [0.68, 0.052],
  [0.84, 0.024],
  [1, 0],
];
