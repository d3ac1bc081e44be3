/** The lands a picture can show, each as bands from far to near. */

import { adjust, type Colour, css, mix, WHITE } from "../../images/svg/colour.ts";
import { place } from "./drawings.ts";
import { bamboo, bushes, conifers, type Growth, houses } from "./growth.ts";
import type { Shape } from "./palette.ts";
import { pathOf, type Point, short, through, vertical } from "../../images/svg/markup.ts";
import { lineNoise, type Random } from "./random.ts";
import type { Scene } from "./scene.ts";

/** A strip of land or water that hides what is behind it. */
export interface Band {
  /** The row around which its upper edge lies. */
  readonly base: number;
  readonly markup: string;
}

/** Height above a band's base; both in units, x from the middle of the picture. */
export type Outline = (x: number) => number;

interface Ridges {
  readonly count: number;
  /** How far a band fades into the haze towards its foot, 0 to 1. */
  readonly mist: number;
  /** Where the first and the last band stand below the horizon, in shares of the land. */
  readonly rows: readonly [number, number];
  /** How much closer together the far ones are. */
  readonly depth: number;
  readonly outline: (random: Random, nearness: number, folds: number) => Outline;
  readonly growth?: Growth;
}

const LAND = { count: 6, mist: 0.4, rows: [0, 0.8], depth: 1.25 } as const;

const RIDGES: Readonly<Record<Exclude<Shape, "arches">, Ridges>> = {
  mountains: { ...LAND, mist: 0.62, rows: [-0.02, 0.8], outline: mountains },
  hills: { ...LAND, outline: hills },
  dunes: { ...LAND, count: 5, mist: 0.35, rows: [0.02, 0.8], outline: dunes },
  bamboo: { ...LAND, count: 5, mist: 0.7, outline: hills, growth: bamboo },
  forest: { ...LAND, mist: 0.6, outline: hills, growth: conifers },
  garden: { ...LAND, mist: 0.3, rows: [0.02, 0.8], outline: hills, growth: bushes },
  city: { ...LAND, count: 4, mist: 0.5, outline: () => () => -0.02, growth: houses },
  planets: { ...LAND, count: 3, mist: 0.3, rows: [0.2, 0.8], outline: crust },
  sea: { count: 8, mist: 0.1, rows: [0, 0.92], depth: 1.7, outline: waves },
};

export function composeLand(scene: Scene): Band[] {
  const { height, horizon, unit, haze, land, look, light, mood, random } = scene;
  if (land.shape === "arches") return arches(scene);
  const { count, mist, rows, depth, outline, growth } = RIDGES[land.shape];
  const last = Math.max(2, Math.round(count * look.detail)) - 1;
  const air = mist * look.mist * (mood.weather?.mist ?? 1);
  const baseOf = (index: number) =>
    horizon + (height - horizon) * (rows[0] + (rows[1] - rows[0]) * (index / last) ** depth);
  return Array.from({ length: last + 1 }, (_, index) => {
    const nearness = index / last;
    const colour = mix(land.far, land.near, nearness ** 0.85);
    const foot = mix(colour, mix(haze, land.far, 0.5), Math.min(1, air * (1 - nearness * 0.75)));
    const bright = land.shape === "sea" ? land.accent : light.glow;
    return drawBand(scene, `land${index}`, {
      base: baseOf(index),
      foot: index < last ? baseOf(index + 1) : height,
      outline: outline(random, nearness, look.folds),
      nearness,
      growth,
      depth: unit * (0.13 + 0.16 * nearness),
      colours: [colour, mix(colour, foot, 0.6), foot],
      rim: mood.extras.has("snow")
        ? mix(colour, WHITE, 0.5)
        : mix(colour, bright, 0.25 * look.glow),
    });
  });
}

export interface BandPlan extends Pick<Band, "base"> {
  readonly outline: Outline;
  /** The base of the band in front, which hides all below. */
  readonly foot: number;
  /** From the ridge down over `depth` pixels. */
  readonly colours: readonly Colour[];
  readonly depth: number;
  readonly rim: Colour;
  /** 0 for the farthest to 1 for the nearest. */
  readonly nearness: number;
  readonly growth?: Growth;
}

/** One band: its ground, what grows on it, and how the look draws its edge. */
export function drawBand(scene: Scene, id: string, plan: BandPlan): Band {
  const { width, unit, look, random } = scene;
  const { base, outline, colours, depth, foot, nearness, rim } = plan;
  const wander = relief(random, 26);
  const ridge = (x: number): Point => {
    const place = (x - width / 2) / unit;
    return { x, y: base - (outline(place) + look.rough * (wander(place) - 0.5)) * unit };
  };
  const step = Math.max(1.5, unit / 300);
  const line = Array.from({ length: Math.ceil(width / step) + 3 }, (_, i) => ridge((i - 1) * step));
  const top = Math.min(...line.map(({ y }) => y));
  const [colour = WHITE] = colours;
  const edge = edgeOf(scene, rim, unit / 700);
  const growth = plan.growth?.(scene, ridge, { nearness, colour, edge });
  const ground = `${through(line)}V${short(foot + unit * 0.15)}H-9Z${growth?.d ?? ""}`;
  const stops = colours.map((each) => css(each));
  const fill = vertical(id, top, Math.max(base, top) + depth, stops);
  const band = pathOf(ground, `url(#${id})`, edgeOf(scene, rim));
  return { base, markup: fill + (growth?.behind ?? "") + band };
}

/**
 * A thin edge of light, or the line that the look draws around everything; `scale` is that of the
 * drawing it is used in.
 */
export function edgeOf({ look, unit }: Scene, rim: Colour, scale = 1) {
  const line = look.line ?? { colour: rim, width: 0.0034, opacity: 1 };
  return {
    stroke: css(line.colour, line.opacity),
    "stroke-width": line.width * unit / scale,
    "stroke-linejoin": "round",
    "paint-order": "stroke",
  };
}

/** Noise over x from 0 to 1; `isSharp` turns its middle into crests. */
export function relief(random: Random, frequency: number, isSharp = false): Outline {
  const noise = lineNoise(random);
  const offset = random.between(20, 90);
  const at = (x: number) => noise(offset + x * frequency);
  return isSharp ? (x) => 1 - Math.abs(2 * at(x) - 1) : at;
}

function mountains(random: Random, nearness: number, folds: number): Outline {
  const octaves = Array.from({ length: folds }, (_, octave) => ({
    size: 0.55 * 0.47 ** octave,
    crest: relief(random, (1.7 + nearness) * 2.07 ** octave, true),
  }));
  const height = (x: number) => octaves.reduce((sum, { size, crest }) => sum + size * crest(x), 0);
  return (x) => (0.34 - 0.16 * nearness) * (height(x) - 0.35);
}

function hills(random: Random, nearness: number): Outline {
  const frequency = 1.1 + nearness * 0.5;
  const [slow, fast] = [relief(random, frequency), relief(random, frequency * 2.6)];
  return (x) => 0.17 * slow(x) + 0.035 * fast(x);
}

function dunes(random: Random, nearness: number): Outline {
  const [crest, fast] = [relief(random, 0.75 + nearness * 0.45, true), relief(random, 3)];
  return (x) => 0.2 * crest(x) ** 1.15 + 0.03 * fast(x);
}

/** The edge of a world seen from above it. */
function crust(random: Random, nearness: number): Outline {
  const [slow, fast, centre] = [relief(random, 6), relief(random, 17), random.between(-0.3, 0.3)];
  return (x) => 0.16 - 0.16 * (x - centre) ** 2 + nearness * (0.03 * slow(x) + 0.012 * fast(x));
}

/** They grow towards the viewer; the farthest is the horizon. */
function waves(random: Random, nearness: number): Outline {
  const frequency = 5.5 - 3.6 * nearness;
  const [crest, fast] = [relief(random, frequency, true), relief(random, frequency * 3)];
  return (x) => nearness * (0.05 * crest(x) ** 1.6 + 0.012 * fast(x));
}

/** Concentric arches, as on a poster of the sixties. */
function arches(scene: Scene): Band[] {
  const { width, height, unit, land: { near, far, accent }, light, random } = scene;
  return [-0.42, 0.36, -0.05].map((aside, index) => {
    const x = width / 2 + (aside + random.between(-0.08, 0.08)) * Math.sqrt(width * unit);
    const tall = unit * random.between(0.72, 1) * (1 - index * 0.12);
    const turn = random.between(-0.5, 0.5);
    const [body = near, pale = near, deep = near, glow = near] = [
      near,
      accent,
      far,
      mix(accent, light.glow, 0.5),
    ].map((colour) => adjust(colour, { turn }));
    const y = height * (0.8 + 0.1 * index) + tall / 2;
    const edge = scene.look.line && edgeOf(scene, WHITE, tall / 100);
    return {
      base: y - tall,
      markup: place("arch", { x, y, tall }, { body, pale, deep, glow }, edge),
    };
  });
}
