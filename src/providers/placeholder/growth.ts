/** What stands in numbers on a land: trees, bushes, houses, bamboo. */

import { type Colour, mix, WHITE } from "../../images/svg/colour.ts";
import { place } from "./drawings.ts";
import { type Point, round } from "../../images/svg/markup.ts";
import type { Scene } from "./scene.ts";

/** What grows along a ridge: `d` as part of the ground, the rest behind its edge. */
export type Growth = (
  scene: Scene,
  ridge: (x: number) => Point,
  band: { readonly nearness: number; readonly colour: Colour; readonly edge: object },
) => { readonly d?: string; readonly behind?: string };

/** What is drawn at places along a ridge, about `step` units apart. */
function along({ width, unit, random }: Scene, step: number, draw: (x: number) => string): string {
  const count = Math.ceil(width / unit / step) + 2;
  return Array.from(
    { length: count },
    (_, index) => draw((index - 1 + random.between(-0.4, 0.4)) * step * unit),
  ).join("");
}

export const conifers: Growth = (scene, ridge, { nearness, colour, edge }) => {
  const high = 0.075 + 0.15 * nearness;
  const behind = along(scene, high * 0.3, (x) => {
    const tall = scene.unit * high * scene.random.between(0.45, 1.1);
    return place("conifer", { x, y: ridge(x).y + 1, tall }, { body: colour }, edge);
  });
  return { behind };
};

export const bushes: Growth = (scene, ridge, { nearness }) => {
  const size = 0.05 + 0.06 * nearness;
  return {
    d: along(
      scene,
      size * 0.62,
      (x) => round(ridge(x), scene.unit * size * scene.random.between(0.35, 1)),
    ),
  };
};

/** Stalks, thicker towards the viewer, who keeps the middle free. */
export const bamboo: Growth = (scene, ridge, { nearness, colour }) => {
  const { width, unit, random } = scene;
  const tones = { body: colour, soft: mix(colour, WHITE, 0.25) };
  const free = 0.55 * nearness ** 1.5;
  const behind = along(scene, 0.055 + 0.09 * nearness, (at) => {
    const aside = at / width * 2 - 1;
    const x = width * (0.5 + 0.5 * Math.sign(aside) * (free + (1 - free) * Math.abs(aside)));
    const y = ridge(x).y + unit * 0.05;
    const tall = y + unit * 0.05;
    const wide = (0.4 + 0.75 * nearness) * Math.min(1, unit / tall) * random.between(0.85, 1.15);
    const pose = { x, y, tall, stretch: random.chance(0.5) ? wide : -wide };
    return place("bamboo", { ...pose, turn: random.between(-2, 2) }, tones);
  });
  return { behind };
};

/** A skyline, of which each district is another colour. */
export const houses: Growth = (scene, ridge, { nearness, colour, edge }) => {
  const { unit, random, land } = scene;
  const tones = { body: colour, glow: mix(colour, land.accent, 0.35 + 0.6 * nearness) };
  const behind = along(scene, 0.05 + 0.035 * nearness, (x) => {
    const tall = unit * (0.07 + 0.38 * random.next() ** 1.7);
    const kind = random.pick(["tower", "block", "slab"], "slab");
    const stretch = unit * random.between(0.06, 0.11) * (0.8 + nearness * 0.7) / tall * 3.6;
    return place(kind, { x, y: ridge(x).y, tall, stretch }, tones, edge);
  });
  return { behind };
};
