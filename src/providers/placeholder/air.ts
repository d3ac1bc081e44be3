/** What lies on the land and fills the air: flowers, glints, rain, snow, a flash of lightning. */

import { adjust, type Colour, mix, WHITE } from "../../svg/colour.ts";
import { place } from "./drawings.ts";
import type { Extra } from "./mood.ts";
import type { Scene } from "./scene.ts";

export function drawOnLand(scene: Scene): string {
  if (scene.land.shape === "garden") return scatter(scene, FLOWERS);
  return scene.land.shape === "sea" && scene.light.disc > 0.2 ? scatter(scene, GLINTS) : "";
}

/** What is behind the things of the picture, or in front of them. */
export function drawAir(scene: Scene, where: "behind" | "front"): string {
  return [...scene.mood.extras].filter((extra) => BEHIND.has(extra) === (where === "behind"))
    .map((extra) => extra === "lightning" ? drawBolt(scene) : scatter(scene, AIR[extra])).join("");
}

const BEHIND: ReadonlySet<Extra> = new Set(["birds", "lightning"]);

/** Many of one drawing. */
interface Scattered {
  readonly drawing: string;
  /** On a square picture; a wide one has more. */
  readonly count: number;
  /** Smallest and largest height in units; the higher `rarity`, the fewer are large. */
  readonly tall: readonly [number, number];
  readonly rarity: number;
  readonly opacity: readonly [number, number];
  /** Highest and lowest row, in heights of the picture; 0 is the horizon where `isOnLand`. */
  readonly rows: readonly [number, number];
  /** The lower ones are nearer, and larger. */
  readonly isOnLand?: boolean;
  /** Keeps to the light, as its path over the water does. */
  readonly isLit?: boolean;
  readonly turns?: boolean;
  readonly colours: (scene: Scene) => readonly Colour[];
}

const SOFT = { tall: [0.004, 0.026], rarity: 4, opacity: [0.5, 0.95], rows: [0, 1] } as const;

const AIR: Readonly<Record<Exclude<Extra, "lightning">, Scattered>> = {
  snow: { ...SOFT, drawing: "flake", count: 260, colours: () => [WHITE] },
  rain: {
    ...{ ...SOFT, drawing: "drop", count: 280, tall: [0.02, 0.06], rarity: 1 },
    ...{ opacity: [0.12, 0.4], colours: ({ light }) => [light.colour] },
  },
  petals: {
    ...{ ...SOFT, drawing: "petal", count: 70, tall: [0.009, 0.02], rarity: 1, turns: true },
    colours: () => [[255, 160, 190], [255, 190, 210], [255, 215, 228]],
  },
  fireflies: {
    ...{ ...SOFT, drawing: "firefly", count: 60, tall: [0.02, 0.05], opacity: [0.8, 1] },
    ...{ rows: [0.35, 1], colours: () => [[255, 226, 120]] },
  },
  birds: {
    ...{ ...SOFT, drawing: "gull", count: 8, tall: [0.012, 0.024], rarity: 1, opacity: [0.9, 0.9] },
    ...{ rows: [0.1, 0.3], colours: ({ land }) => [adjust(land.near, { light: 0.8 })] },
  },
};

const FLOWERS: Scattered = {
  ...{ ...SOFT, drawing: "blossom", count: 150, tall: [0.01, 0.042], opacity: [0.92, 0.92] },
  ...{ rows: [0.12, 1.02], isOnLand: true, turns: true },
  colours: ({ land, light }) => [
    ...[0, 0.7, -0.9].map((turn) => adjust(land.accent, { turn })),
    mix(WHITE, light.glow, 0.3),
  ],
};

const GLINTS: Scattered = {
  ...{ ...SOFT, drawing: "glint", count: 150, tall: [0.0015, 0.006], opacity: [0.2, 0.7] },
  ...{ rows: [0.01, 1], isOnLand: true, isLit: true, colours: ({ light }) => [light.colour] },
};

function scatter(scene: Scene, kind: Scattered): string {
  const { width, height, unit, horizon, light, random } = scene;
  const { drawing, count, tall, rarity, opacity, rows, isOnLand, isLit, turns } = kind;
  const colours = kind.colours(scene);
  const [start, reach] = isOnLand ? [horizon, height - horizon] : [0, height];
  const shares = Array.from({ length: Math.round(count * width / unit) }, () => random.next());
  if (isOnLand) shares.sort((one, other) => one - other);
  return shares.map((share) => {
    const nearness = isOnLand ? share ** 1.5 : random.next() ** rarity;
    const spread = light.radius * (0.5 + 1.5 * share);
    const x = isLit
      ? light.x + (random.next() + random.next() - 1) * spread
      : random.next() * width;
    const size = unit * (tall[0] + (tall[1] - tall[0]) * nearness) * random.between(0.75, 1.1);
    const colour = random.pick(colours, WHITE);
    return place(
      drawing,
      {
        ...{
          x,
          y: start + reach * (rows[0] + (rows[1] - rows[0]) * (isOnLand ? share : random.next())),
        },
        ...{ tall: size, turn: turns ? random.next() * 360 : 0 },
      },
      { body: colour, tint: colour, pale: colour, glow: LAMP },
      {
        opacity: random.between(...opacity),
      },
    );
  }).join("");
}

const LAMP: Colour = [255, 226, 130];

/** A bolt from the clouds to the horizon, on the side away from the things. */
function drawBolt({ width, unit, horizon, light, random }: Scene): string {
  const x = light.x + (light.x < width / 2 ? -0.06 : 0.06) * unit;
  const stretch = random.between(0.7, 1.1) * (random.chance(0.5) ? 1 : -1);
  return place("bolt", { x, y: horizon, tall: horizon, stretch }, { pale: [255, 250, 226] });
}
