/** Gives the things of a prompt ground to stand on, water to float on, and room in the sky. */

import { adjust, type Colour, mix, WHITE } from "../../images/svg/colour.ts";
import { bamboo } from "./growth.ts";
import { type Band, drawBand, type Outline, relief } from "./land.ts";
import type { Point } from "../../images/svg/markup.ts";
import type { Scene } from "./scene.ts";
import type { Subject } from "./mood.ts";

/** A thing where it stands: `x` and `y` are the middle of its feet, `tall` its height in pixels. */
export interface Placed extends Point {
  readonly subject: Subject;
  readonly tall: number;
  readonly looksLeft: boolean;
  /** The row where its ground begins: bands further down are in front of it. */
  readonly base: number;
}

/** The ground that was added to the land, and what stands there, back to front. */
export interface Stage {
  readonly ground?: Band;
  readonly cast: readonly Placed[];
}

export function setStage(scene: Scene): Stage {
  const { mood: { subjects }, land, light, width } = scene;
  const fliers = subjects.filter(({ place }) => place === "sky");
  const swimmers = subjects.filter(({ place }) => place === "water" && land.shape === "sea");
  const walkers = subjects.filter((each) => !fliers.includes(each) && !swimmers.includes(each));
  const away = light.x < width / 2 ? 1 : -1;
  const stand = walkers.length > 0 ? makeStand(scene, walkers, away) : { cast: [] };
  const low = [...stand.cast, ...float(scene, swimmers, walkers.length > 0 ? -away : away)];
  return { ...stand, cast: [...fly(scene, fliers, low), ...low] };
}

/** Ground for those on their feet, and where they stand on it. */
function makeStand(scene: Scene, walkers: readonly Subject[], away: number): Stage {
  const { width, height, horizon, unit, floor, land, light, look, mood } = scene;
  const isSea = land.shape === "sea";
  const depth = (height - horizon) * (isSea ? 0.24 : 0.46);
  const base = Math.min(floor - unit * 0.02, horizon + depth);
  const row = lineUp(scene, walkers, away, base - height * 0.06);
  const outline = (isSea ? cape : knoll)(scene, row, away);
  const rock = adjust(ROCK, { light: 0.35 + 0.4 * mood.sky.daylight });
  const colour = isSea ? look.tint(mix(land.near, rock, 0.55)) : mix(land.far, land.near, 0.8);
  const ground = drawBand(scene, "stage", {
    base,
    foot: height,
    outline,
    nearness: 1,
    depth: unit * 0.3,
    growth: land.shape === "bamboo" ? bamboo : undefined,
    colours: [mix(colour, light.glow, 0.1), colour, mix(colour, land.near, 0.6)],
    rim: mood.extras.has("snow")
      ? mix(colour, WHITE, 0.55)
      : mix(colour, light.glow, 0.25 * look.glow),
  });
  const cast = row.map((spot) => {
    // Feet just below the lowest point under them, so that the ground hides where they end.
    const under = [-0.36, -0.18, 0, 0.18, 0.36].map((step) => spot.x + step * spot.wide);
    const y = Math.max(...under.map((x) => base - outline((x - width / 2) / unit) * unit));
    return { ...spot, y: y + unit * 0.004, looksLeft: away > 0, base };
  });
  return { ground, cast };
}

const ROCK: Colour = [92, 86, 84];

interface Spot extends Pick<Placed, "subject" | "x" | "tall"> {
  readonly wide: number;
}

/** A low rise under the things. */
function knoll({ unit, width, random, land }: Scene, row: readonly Spot[]): Outline {
  const roll = relief(random, 1.1);
  const middle = row.reduce((sum, { x }) => sum + x, 0) / row.length - width / 2;
  const size = land.shape === "city" ? 0 : 0.05;
  return (x) => {
    const aside = (x - middle / unit) / 0.62;
    return size * (1 / (1 + aside ** 4) + (roll(x) - 0.6) * Math.min(1, aside ** 2));
  };
}

/** A headland that comes from the side of the picture and drops into the sea. */
function cape({ unit, width, random }: Scene, row: readonly Spot[], away: number): Outline {
  const [slow, fast] = [relief(random, 9), relief(random, 31)];
  const inner = Math.min(...row.map(({ x, wide }) => (x - width / 2) * away - wide / 2)) / unit;
  return (x) => {
    const beyond = inner - x * away + 0.02; // towards the open sea
    const rough = 0.02 * (slow(x) - 0.5) + 0.008 * fast(x);
    const slope = beyond <= 0 ? 0.05 * (1 - Math.exp(beyond * 2)) : -0.9 * beyond ** 1.4;
    return 0.05 + slope + rough * Math.min(1, Math.max(0.25, Math.abs(beyond) * 6));
  };
}

/** Things in one row about a third into the picture, big ones outermost. */
function lineUp(
  { width, unit }: Scene,
  subjects: readonly Subject[],
  away: number,
  room: number,
): Spot[] {
  const sorted = subjects.toSorted((one, other) => one.rank - other.rank);
  const highest = sorted.at(-1)?.rank ?? 0;
  const wished = sorted.map((subject) => {
    const scale = (SCALES[subjects.length] ?? 1) * (BESIDE_HIGHER[highest - subject.rank] ?? 1);
    const tall = Math.min(room, subject.tall * scale * unit);
    return { subject, tall, wide: tall * subject.wide / 100 };
  });
  const gap = unit * 0.06;
  const sum = wished.reduce((total, { wide }) => total + wide + gap, -gap);
  const shrink = Math.min(1, width * 0.86 / sum);
  const margin = Math.min(sum * shrink / 2 + width * 0.06, width / 2);
  const middle = Math.max(margin, Math.min(width - margin, width * (0.5 + away * 0.16)));
  let edge = -sum * shrink / 2;
  return wished.map(({ subject, tall, wide }) => {
    const x = middle + away * (edge + wide * shrink / 2);
    edge += (wide + gap) * shrink;
    return { subject, x, tall: tall * shrink, wide: wide * shrink };
  });
}

/** How much smaller a thing looks beside one of the same rank, of the next, or of the highest. */
const BESIDE_HIGHER = [1, 0.66, 0.46];

/** By how many share the picture. */
const SCALES = [1, 1.14, 1, 0.92];

/** On the waves, the horizon well behind them. */
function float(scene: Scene, swimmers: readonly Subject[], side: number): Placed[] {
  const { height, horizon, unit, floor } = scene;
  const y = Math.min(floor - unit * 0.03, horizon + (height - horizon) * 0.3);
  return lineUp(scene, swimmers, side, y - height * 0.06)
    .map((spot) => ({ ...spot, y, looksLeft: side > 0, base: y }));
}

/** In the sky, as far as can be from the light, from what stands below and from one another. */
function fly(scene: Scene, fliers: readonly Subject[], others: readonly Placed[]): Placed[] {
  const { width, unit, horizon, light } = scene;
  const placed: Placed[] = [];
  for (const subject of fliers) {
    const scale = others.length + placed.length === 0 ? 1.14 : 0.85;
    const tall = Math.min(subject.tall * unit * scale, horizon * 0.85);
    const freedom = ({ x, y }: Point) => {
      const toOthers = [...others, ...placed].map((other) =>
        Math.hypot(x - other.x, y - Math.max(y, other.y - other.tall)) -
        other.tall * other.subject.wide / 200
      );
      const toLight = Math.hypot(x - light.x, y - light.y) - light.radius * light.disc;
      const fromMiddle = Math.abs(x - width / 2) * 0.12 + Math.abs(y - horizon / 2) * 0.15;
      return Math.min(toLight, unit * 0.45, x * 1.3, (width - x) * 1.3, ...toOthers) - fromMiddle;
    };
    const { x, y } = PLACES.map((at) => ({ x: at.x * width, y: at.y * horizon }))
      .reduce((one, other) => freedom(other) > freedom(one) ? other : one);
    placed.push({ subject, x, y: y + tall / 2, tall, looksLeft: x > width * 0.55, base: Infinity });
  }
  return placed;
}

/** Where to look for room, in shares of the picture's width and of the sky's height. */
const PLACES = [0.36, 0.45, 0.55, 0.62].flatMap((y) =>
  [0.2, 0.28, 0.36, 0.44, 0.5, 0.56, 0.64, 0.72, 0.8].map((x) => ({ x, y }))
);
