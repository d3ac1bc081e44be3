/** Clouds, from thin streaks to a closed ceiling. */

import { adjust, type Colour, gradient, mix, WHITE } from "./colour.ts";
import type { Look } from "./looks.ts";
import { lineNoise, type Random } from "./random.ts";
import { type Band, COLOUR_STEPS, type Scene } from "./scene.ts";

/** Everything of a scene that is known before its bands. */
type Sky = Omit<Scene, "bands" | "cast">;

/** Long thin clouds, heaps of them where the look asks for it, or what the weather brings. */
export function composeClouds(scene: Sky, look: Look, random: Random): Band[] {
  const ceiling = scene.mood.weather?.ceiling ?? 0;
  if (ceiling > 0) return closedSky(scene, ceiling, random);
  if (look.clouds === "none" || scene.land.shape === "planets") return [];
  return looseClouds(scene, look, random);
}

/** Layers that hang from the top of the picture, the nearest the darkest and the shortest. */
function closedSky(
  { width, unit, horizon, haze, sky }: Sky,
  ceiling: number,
  random: Random,
): Band[] {
  const zenith: Colour = [sky[0] ?? 0, sky[1] ?? 0, sky[2] ?? 0];
  return CEILING_LAYERS.map(({ reach, opacity, dark }) => {
    const [slow, fast] = [lineNoise(random), lineNoise(random)];
    const offset = random.between(20, 90);
    const colour = adjust(mix(haze, zenith, 0.3 + 0.7 * dark), {
      light: 1 - 0.22 * dark * ceiling,
    });
    return {
      base: 0,
      top: new Float32Array(width).fill(-2),
      bottom: Float32Array.from({ length: width }, (_, x) => {
        const place = offset + (x / unit) * 1.1;
        const puffs = Math.abs(Math.sin(place * 5.2 + 4 * fast(place)));
        return horizon * reach * (0.42 + 0.7 * slow(place)) + unit * 0.05 * puffs;
      }),
      colours: gradient([mix(colour, haze, 0.25), colour], COLOUR_STEPS),
      depth: horizon * reach,
      opacity: opacity * ceiling,
      fade: unit * 0.022,
    };
  });
}

/** Far to near: how far down a layer hangs in shares of the sky, how thick and how dark it is. */
const CEILING_LAYERS = [
  { reach: 0.86, opacity: 0.4, dark: 0.35 },
  { reach: 0.6, opacity: 0.55, dark: 0.7 },
  { reach: 0.36, opacity: 0.75, dark: 1 },
] as const;

function looseClouds(
  { width, unit, horizon, haze, light, mood }: Sky,
  look: Look,
  random: Random,
): Band[] {
  const isHeaped = look.clouds === "heaps" && mood.sky.daylight > 0.5;
  const count = isHeaped ? 4 : 3 + Math.floor(random.next() * 4);
  return Array.from({ length: count }, (_, index) => {
    const share = (index + random.next()) / count;
    const centre = width * random.next();
    const base = horizon * (isHeaped ? 0.35 + 0.6 * share : 0.14 + 0.7 * share);
    const reach = unit * (isHeaped ? random.between(0.25, 0.5) : random.between(0.3, 0.75));
    const tall = unit * (isHeaped ? random.between(0.1, 0.19) : random.between(0.008, 0.02));
    const outline = isHeaped ? heap(random, reach, tall) : lens(random, reach, tall);
    const top = new Float32Array(width);
    const bottom = new Float32Array(width);
    for (let x = 0; x < width; x++) {
      const rise = outline(x + 0.5 - centre);
      top[x] = base - rise;
      bottom[x] = rise <= 0 ? base - 2 : base + (isHeaped ? 0 : rise * 0.7);
    }
    const shade = mix(haze, CLOUD_SHADE, 0.7);
    const bright = mix(light.glow, WHITE, isHeaped ? 0.8 : 0.25);
    return {
      base,
      top,
      bottom,
      colours: gradient([bright, mix(bright, isHeaped ? shade : haze, 0.6)], COLOUR_STEPS),
      depth: tall * (isHeaped ? 1 : 1.3),
      opacity: isHeaped ? 1 : 0.2 + 0.3 * random.next(),
      fade: isHeaped ? 1 : tall * 1.2,
    };
  });
}

const CLOUD_SHADE: Colour = [150, 178, 222];

function lens(random: Random, reach: number, tall: number): (x: number) => number {
  const wobble = lineNoise(random);
  return (x) => {
    const share = 1 - (x / reach) ** 2;
    return share <= 0 ? 0 : tall * share * (0.55 + 0.9 * wobble(40 + (x / reach) * 4));
  };
}

function heap(random: Random, reach: number, tall: number): (x: number) => number {
  const puffs = Array.from({ length: 11 }, (_, index) => {
    const place = (index / 10) * 2 - 1;
    const radius = tall * (0.35 + 0.75 * (1 - place * place)) * random.between(0.6, 1);
    return { x: place * reach * 0.8, radius };
  });
  return (x) =>
    puffs.reduce((highest, puff) => {
      const inside = puff.radius ** 2 - (x - puff.x) ** 2;
      return inside <= 0 ? highest : Math.max(highest, Math.sqrt(inside));
    }, 0);
}
