/** What stands in numbers on a land: trees, bushes, houses, bamboo. */

import { type Colour, css, mix, WHITE } from "../../svg/colour.ts";
import { place } from "./drawings.ts";
import { box, pathOf, type Point, round } from "../../svg/markup.ts";
import type { Scene } from "./scene.ts";

/** What grows along a ridge: `d` as part of the ground, the rest in its own colours. */
export type Growth = (
  scene: Scene,
  ridge: (x: number) => Point,
  band: { readonly nearness: number; readonly colour: Colour; readonly edge: object },
) => { readonly d?: string; readonly behind?: string; readonly over?: string };

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

/** A skyline and its windows, of which the night lights more. */
export const houses: Growth = (scene, ridge, { nearness }) => {
  const { unit, random, land, mood } = scene;
  const litShare = 0.12 + 0.3 * (1 - mood.sky.daylight);
  const [wide, high] = [unit * (0.004 + 0.005 * nearness), unit * (0.006 + 0.006 * nearness)];
  let panes = "";
  const d = along(scene, 0.05 + 0.035 * nearness, (x) => {
    const across = unit * random.between(0.05, 0.1) * (0.8 + nearness * 0.7);
    const [tall, { y }] = [unit * (0.06 + 0.38 * random.next() ** 1.7), ridge(x)];
    for (let column = x + wide; column < x + across - wide * 1.5; column += wide * 2.4) {
      for (let row = y - tall + high; row < y; row += high * 2.1) {
        if (random.chance(litShare)) panes += box(column, row, wide, high);
      }
    }
    const spire = random.chance(0.2)
      ? box(x + across / 2, y - tall * 1.25, unit * 0.003, tall / 4)
      : "";
    return box(x, y - tall, across, tall + unit * 0.1) + spire;
  });
  return { d, over: pathOf(panes, css(land.accent, 0.3 + 0.6 * nearness)) };
};
