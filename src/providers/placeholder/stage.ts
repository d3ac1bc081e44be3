/** Gives the things of a prompt ground to stand on, water to float on, and room in the sky. */

import { findRoom, lineUp, type Spot } from "./arrange.ts";
import { adjust, type Colour, gradient, mix, WHITE } from "./colour.ts";
import { lineNoise } from "./random.ts";
import { type Band, COLOUR_STEPS, type Placed } from "./scene.ts";
import type { Ground } from "./shapes.ts";
import type { Subject } from "./subjects.ts";

/** The land's bands with a stage among them, and every thing in its place, back to front. */
export function setStage(
  ground: Ground,
  land: readonly Band[],
  floor: number,
): { bands: readonly Band[]; cast: readonly Placed[] } {
  const { subjects } = ground.mood;
  if (subjects.length === 0) return { bands: land, cast: [] };
  const isSea = ground.land.shape === "sea";
  const fliers = subjects.filter(({ figure }) => figure.place === "sky");
  const swimmers = subjects.filter(({ figure }) => isSea && figure.place === "water");
  const walkers = subjects.filter((each) => !fliers.includes(each) && !swimmers.includes(each));
  const away = ground.light.x < ground.width / 2 ? 1 : -1;
  const stand = makeStand(ground, land, walkers, floor, away);
  const floats = float(ground, stand.bands, swimmers, floor, walkers.length > 0 ? -away : away);
  const taken = [...stand.cast, ...floats];
  return { bands: stand.bands, cast: [...fly(ground, fliers, taken), ...taken] };
}

/** Ground for those on their feet, and where they stand on it. */
function makeStand(
  ground: Ground,
  land: readonly Band[],
  walkers: readonly Subject[],
  floor: number,
  away: number,
): { bands: readonly Band[]; cast: readonly Placed[] } {
  if (walkers.length === 0) return { bands: land, cast: [] };
  const { height, horizon, unit, land: { shape } } = ground;
  const depth = shape === "sea" ? 0.24 : 0.46;
  const base = Math.min(floor - unit * 0.02, horizon + (height - horizon) * depth);
  const row = lineUp(walkers, { ...ground, away, room: base - height * 0.06 });
  const outline = (shape === "sea" ? cape : knoll)(ground, row, away);
  const top = Float32Array.from({ length: ground.width }, (_, x) => base - outline(x + 0.5));
  const stage: Band = { ...paintStage(ground), base, top };
  const behind = land.filter((band) => band.base < base - (shape === "sea" ? 0 : unit * 0.05));
  const inFront = shape === "sea" ? land.filter((band) => !behind.includes(band)) : [];
  return {
    bands: [...behind, stage, ...inFront],
    cast: row.map((spot) => placeOn(ground, spot, top, behind.length - 1, away)),
  };
}

/** Feet just below the ridge's lowest point under them, so that the ground hides where they end. */
function placeOn(
  { width, unit }: Ground,
  { subject, x, tall }: Spot,
  top: Float32Array,
  behind: number,
  away: number,
): Placed {
  const half = tall * subject.figure.wide / 100 * 0.36;
  let y = 0;
  for (let column = Math.floor(x - half); column <= x + half; column++) {
    y = Math.max(y, top[Math.max(0, Math.min(width - 1, column))] ?? 0);
  }
  return { subject, behind, pose: { x, y: y + unit * 0.004, tall, looksLeft: away > 0, turn: 0 } };
}

/** A low rise under the things, in height above the stage's base by column. */
function knoll({ unit, width, random, land: { shape } }: Ground, row: readonly Spot[]) {
  const noise = lineNoise(random);
  const offset = random.between(20, 90);
  const middle = middleOf(row, width);
  const rise = shape === "city" ? 0.004 : 0.05;
  return (x: number) => {
    const away = (x - middle) / (unit * 0.62);
    const roll = shape === "city" ? 0 : 0.05 * (noise(offset + x / unit * 1.1) - 0.6);
    return unit * (rise / (1 + away ** 4) + roll * Math.min(1, away * away));
  };
}

/** A headland that comes from the side of the picture and drops into the sea. */
function cape({ unit, random }: Ground, row: readonly Spot[], away: number) {
  const noise = lineNoise(random);
  const offset = random.between(20, 90);
  const inner = away * Math.min(...row.map((spot) => away * spot.x - widthOf(spot) / 2));
  return (x: number) => {
    const beyond = (inner - x) * away / unit + 0.02; // towards the open sea
    const drop = beyond <= 0 ? 0 : 0.9 * beyond ** 1.4;
    const rough = 0.02 * (noise(offset + x / unit * 9) - 0.5) +
      0.008 * noise(offset + x / unit * 31);
    const rise = 0.05 + (beyond <= 0 ? 0.05 * (1 - Math.exp(beyond * 2)) : 0);
    return unit * (rise - drop + rough * Math.min(1, Math.max(0.25, Math.abs(beyond) * 6)));
  };
}

function widthOf({ subject, tall }: Spot): number {
  return tall * subject.figure.wide / 100;
}

function middleOf(row: readonly Spot[], otherwise: number): number {
  const edges = row.flatMap((spot) => [spot.x - widthOf(spot) / 2, spot.x + widthOf(spot) / 2]);
  return edges.length > 0 ? (Math.min(...edges) + Math.max(...edges)) / 2 : otherwise;
}

function paintStage(ground: Ground): Omit<Band, "base" | "top"> {
  const { land, haze, light, look, unit, mood } = ground;
  const isSea = land.shape === "sea";
  const flat = isSea
    ? mix(land.near, adjust(ROCK, { light: 0.35 + 0.4 * mood.sky.daylight }), 0.55)
    : mix(land.far, land.near, 0.8);
  const colour: Colour = isSea ? look.tint(flat) : flat;
  const rim = mood.extras.has("snow")
    ? mix(colour, WHITE, 0.55)
    : mix(colour, light.glow, 0.2 * Math.min(1, look.glow) + 0.06);
  const foot = mix(colour, isSea ? haze : land.near, isSea ? 0.12 : 0.6);
  return {
    colours: gradient([rim, colour, mix(colour, foot, 0.5), foot], COLOUR_STEPS),
    depth: unit * (isSea ? 0.12 : 0.3),
    opacity: 1,
    isStage: true,
  };
}

const ROCK: Colour = [92, 86, 84];

/** On the waves, the horizon well behind them. */
function float(
  ground: Ground,
  bands: readonly Band[],
  swimmers: readonly Subject[],
  floor: number,
  side: number,
): Placed[] {
  const { height, horizon, unit } = ground;
  const y = Math.min(floor - unit * 0.03, horizon + (height - horizon) * 0.3);
  const behind = bands.findLastIndex((band) => band.base < y);
  return lineUp(swimmers, { ...ground, away: side, room: y - height * 0.06 }).map(
    ({ subject, x, tall }) => ({
      subject,
      behind,
      pose: { x, y, tall, looksLeft: side > 0, turn: 0 },
    }),
  );
}

/** In the sky, away from the light and from what stands below. */
function fly(ground: Ground, fliers: readonly Subject[], others: readonly Placed[]): Placed[] {
  const placed: Placed[] = [];
  for (const subject of fliers) {
    const { x, y, tall } = findRoom(subject, ground, [...others, ...placed]);
    const looksLeft = x > ground.width * 0.55;
    const turn = subject.figure.lean * (looksLeft ? -1 : 1);
    placed.push({ subject, behind: FAR_FRONT, pose: { x, y, tall, looksLeft, turn } });
  }
  return placed;
}

/** In front of every band. */
const FAR_FRONT = 200;
