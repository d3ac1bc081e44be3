/** The lands a picture can show, each as bands from far to near. */

import { adjust, gradient, mix, WHITE } from "./colour.ts";
import type { Look } from "./looks.ts";
import type { Shape } from "./lands.ts";
import { lineNoise, type Random } from "./random.ts";
import { type Band, COLOUR_STEPS, type Scene } from "./scene.ts";

export interface Ground extends Omit<Scene, "bands" | "cast"> {
  readonly look: Look;
  readonly random: Random;
}

/** Height above a band's base at a place; both in units, the shorter side of the picture. */
export type Outline = (x: number) => number;

export const SHAPES: Readonly<Record<Shape, (ground: Ground) => Band[]>> = {
  mountains: (ground) =>
    ridges(ground, { count: 6, mist: 0.62, from: -0.02, outline: mountainOutline }),
  hills: (ground) => ridges(ground, { count: 6, mist: 0.4, from: 0, outline: hillOutline }),
  dunes: (ground) => ridges(ground, { count: 5, mist: 0.35, from: 0.02, outline: duneOutline }),
  bamboo: (ground) => ridges(ground, { count: 5, mist: 0.7, from: 0, outline: hillOutline }),
  forest: (ground) => ridges(ground, { count: 6, mist: 0.6, from: 0, outline: forestOutline }),
  garden: (ground) => ridges(ground, { count: 6, mist: 0.3, from: 0.02, outline: bushOutline }),
  city: (ground) => ridges(ground, { count: 4, mist: 0.5, from: 0.06, outline: cityOutline }),
  sea,
  planets: (ground) => ridges(ground, { count: 3, mist: 0.3, from: 0.2, outline: crustOutline }),
  arches,
};

function ridges(
  ground: Ground,
  { count, mist, from, outline }: {
    count: number;
    /** How far a band fades into the haze towards its foot, 0 to 1. */
    mist: number;
    /** Where the first band stands below the horizon, in shares of the land. */
    from: number;
    outline: (random: Random, nearness: number, look: Look) => Outline;
  },
): Band[] {
  const { width, height, horizon, unit, haze, land, look, random } = ground;
  const room = height - horizon;
  const bands = Math.max(2, Math.round(count * look.detail));
  const air = look.mist * (ground.mood.weather?.mist ?? 1);
  const isSnowy = ground.mood.extras.has("snow");
  return Array.from({ length: bands }, (_, index) => {
    const nearness = bands === 1 ? 1 : index / (bands - 1);
    const shape = outline(random, nearness, look);
    const base = horizon + room * (from + (0.8 - from) * nearness ** 1.25);
    const colour = mix(land.far, land.near, nearness ** 0.85);
    const foot = mix(
      colour,
      mix(haze, land.far, 0.5),
      Math.min(1, mist * air * (1 - nearness * 0.75)),
    );
    const rim = isSnowy
      ? mix(colour, WHITE, 0.5)
      : mix(colour, ground.light.glow, 0.22 * look.glow);
    return {
      base,
      top: sample(width, unit, base, shape),
      colours: gradient([rim, colour, mix(colour, foot, 0.6), foot], COLOUR_STEPS),
      depth: unit * (0.13 + 0.16 * nearness),
      opacity: 1,
    };
  });
}

/** The outline as rows of pixels around `base`. */
export function sample(width: number, unit: number, base: number, outline: Outline): Float32Array {
  const middle = width / 2;
  return Float32Array.from(
    { length: width },
    (_, x) => base - outline((x + 0.5 - middle) / unit) * unit,
  );
}

function mountainOutline(random: Random, nearness: number, { folds }: Look): Outline {
  const noise = lineNoise(random);
  const offset = random.between(20, 90);
  const tall = 0.34 - 0.16 * nearness;
  return (x) => {
    let [height, size, frequency] = [0, 0.55, 1.7 + nearness];
    for (let octave = 0; octave < folds; octave++) {
      height += size * (1 - Math.abs(2 * noise(offset + x * frequency + octave * 31) - 1));
      size *= 0.47;
      frequency *= 2.07;
    }
    return tall * (height - 0.35);
  };
}

function hillOutline(random: Random, nearness: number): Outline {
  const noise = lineNoise(random);
  const offset = random.between(20, 90);
  const frequency = 1.1 + nearness * 0.5;
  return (x) =>
    0.17 * noise(offset + x * frequency) + 0.035 * noise(offset + 50 + x * frequency * 2.6);
}

function duneOutline(random: Random, nearness: number): Outline {
  const noise = lineNoise(random);
  const offset = random.between(20, 90);
  const frequency = 0.75 + nearness * 0.45;
  return (x) => {
    const crest = 1 - Math.abs(2 * noise(offset + x * frequency) - 1);
    return 0.2 * crest ** 1.15 + 0.03 * noise(offset + 60 + x * 3);
  };
}

function forestOutline(random: Random, nearness: number): Outline {
  const ground = hillOutline(random, nearness);
  const tall = 0.075 + 0.15 * nearness;
  const step = tall * 0.3;
  const trees = Array.from({ length: Math.ceil(8 / step) }, (_, index) => ({
    x: -4 + (index + random.between(-0.4, 0.4)) * step,
    height: tall * random.between(0.45, 1) * (random.chance(0.12) ? 1.25 : 1),
  }));
  return (x) => {
    const first = Math.max(0, Math.floor((x + 4) / step) - 3);
    let highest = 0;
    for (const tree of trees.slice(first, first + 8)) {
      const share = Math.abs(x - tree.x) / (tree.height * 0.26);
      if (share < 1) highest = Math.max(highest, tree.height * boughs(share));
    }
    return ground(x) + highest;
  };
}

/** A conifer's height from its trunk (0) to the tips of its lowest boughs (1). */
function boughs(share: number): number {
  const tiers = share * 5;
  const tier = Math.floor(tiers);
  return Math.max(0, 1 - (tier + (tiers - tier) ** 2.2 * 0.9 + 0.12 * share) / 5);
}

function bushOutline(random: Random, nearness: number): Outline {
  const ground = hillOutline(random, nearness);
  const size = 0.05 + 0.06 * nearness;
  const step = size * 0.62;
  const bushes = Array.from({ length: Math.ceil(8 / step) }, (_, index) => ({
    x: -4 + (index + random.between(-0.4, 0.4)) * step,
    radius: size * random.between(0.35, 1),
  }));
  return (x) => {
    const first = Math.max(0, Math.floor((x + 4) / step) - 3);
    let highest = 0;
    for (const bush of bushes.slice(first, first + 8)) {
      const inside = bush.radius ** 2 - (x - bush.x) ** 2;
      if (inside > 0) highest = Math.max(highest, Math.sqrt(inside));
    }
    return ground(x) * 0.75 + highest;
  };
}

function cityOutline(random: Random, nearness: number): Outline {
  const houses: { end: number; height: number; spire: number }[] = [];
  const skyline = lineNoise(random);
  for (let x = -4; x < 4;) {
    const wide = random.between(0.035, 0.09) * (0.8 + nearness * 0.7);
    const high = 0.05 + 0.46 * skyline(x * 2.1 + 60) ** 1.6 * random.between(0.35, 1);
    x += wide;
    houses.push({ end: x, height: high, spire: random.chance(0.16) ? wide : 0 });
  }
  return (x) => {
    const index = houses.findIndex((house) => x < house.end);
    const house = houses[index];
    if (!house) return 0.1;
    const start = houses[index - 1]?.end ?? -4;
    const fromMiddle = Math.abs(x - (start + house.end) / 2);
    const spire = house.spire > 0 && fromMiddle < 0.0022 ? house.spire * 0.9 : 0;
    const step = house.spire > 0 && fromMiddle < house.spire * 0.28 ? 0.02 : 0;
    return house.height + spire + step;
  };
}

/** The edge of a world seen from above it. */
function crustOutline(random: Random, nearness: number): Outline {
  const noise = lineNoise(random);
  const centre = random.between(-0.3, 0.3);
  const offset = random.between(20, 90);
  return (x) =>
    0.16 - 0.16 * (x - centre) ** 2 +
    nearness * (0.03 * noise(offset + x * 6) + 0.012 * noise(offset + 40 + x * 17));
}

/** Water down from the horizon, its waves growing towards the viewer. */
function sea(ground: Ground): Band[] {
  const { width, height, horizon, unit, haze, land, look, random } = ground;
  const room = height - horizon;
  const count = Math.max(3, Math.round(8 * look.detail));
  const surface = adjust(mix(land.far, haze, 0.12), { vivid: 1.2 });
  return Array.from({ length: count }, (_, index) => {
    const nearness = index / (count - 1);
    const base = horizon + room * 0.92 * nearness ** 1.7;
    const colour = mix(surface, land.near, nearness ** 0.7);
    const crest = mix(colour, land.accent, index === 0 ? 0.1 : 0.18 + 0.2 * nearness);
    return {
      base,
      top: sample(width, unit, base, index === 0 ? () => 0 : waveOutline(random, nearness)),
      colours: gradient([crest, colour, mix(colour, land.near, 0.35)], COLOUR_STEPS),
      depth: unit * (0.02 + 0.16 * nearness),
      opacity: 1,
    };
  });
}

function waveOutline(random: Random, nearness: number): Outline {
  const noise = lineNoise(random);
  const offset = random.between(20, 90);
  const frequency = 5.5 - 3.6 * nearness;
  return (x) => {
    const crest = 1 - Math.abs(2 * noise(offset + x * frequency) - 1);
    return (0.004 + 0.045 * nearness) * crest ** 1.6 +
      0.012 * nearness * noise(offset + 60 + x * frequency * 3);
  };
}

/** Concentric arches, as on a poster of the sixties. */
function arches(ground: Ground): Band[] {
  const { width, height, unit, land, haze, look, random, light } = ground;
  const middle = width / 2;
  const sets = [-0.42, 0.36, -0.05].map((place, index) => ({
    x: middle + (place + random.between(-0.08, 0.08)) * unit * (width / unit) ** 0.5,
    y: height * (0.8 + 0.1 * index),
    radius: unit * random.between(0.36, 0.5) * (1 - index * 0.12),
    turn: random.between(-0.5, 0.5),
  }));
  const rings = Math.max(3, Math.round(5 * look.detail));
  return sets.flatMap((set) =>
    Array.from({ length: rings }, (_, ring) => {
      const radius = set.radius * (1 - ring / (rings + 0.6));
      const share = ring / (rings - 1);
      const base = ring % 2 === 0
        ? mix(land.near, land.far, share)
        : mix(land.accent, light.glow, share);
      const colour = adjust(base, { turn: set.turn });
      return {
        base: set.y - radius,
        top: Float32Array.from({ length: width }, (_, x) => {
          const inside = radius ** 2 - (x + 0.5 - set.x) ** 2;
          return inside <= 0 ? height + 2 : set.y - Math.sqrt(inside) - radius * 0.15;
        }),
        colours: gradient([mix(colour, WHITE, 0.1), colour, mix(colour, haze, 0.18)], COLOUR_STEPS),
        depth: radius * 1.6,
        opacity: 1,
      };
    })
  );
}
