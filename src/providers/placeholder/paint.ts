/** Turns a scene into pixels. */

import type { Breathe } from "./breath.ts";
import { type Raster } from "./raster.ts";
import { type Band, COLOUR_STEPS, type Scene } from "./scene.ts";

/** Fills the whole raster, row by row. */
export async function paintScene(raster: Raster, scene: Scene, breathe: Breathe): Promise<void> {
  const paintRow = rowPainter(raster, scene);
  for (let y = 0; y < raster.height; y++) {
    await breathe();
    paintRow(y);
  }
}

function rowPainter({ width, pixels, kinds }: Raster, scene: Scene): (y: number) => void {
  const { sky, light, bands, unit } = scene;
  const skyRows = sky.length / 3;
  const [lightR, lightG, lightB] = light.colour;
  const [glowR, glowG, glowB] = light.glow;
  const spread = 1 / (unit * 0.34) ** 2;
  const firstLand = 2 + bands.filter((band) => band.bottom).length;
  const reflection = scene.land.shape === "sea" ? 0.6 : 0.22;
  const layers = bands.map(layerOf);
  const hasStripes = light.body === "sun" && scene.mood.sky.stars;

  return (y) => {
    const skyAt = Math.min(y, skyRows - 1) * 3;
    const [skyR = 0, skyG = 0, skyB = 0] = sky.subarray(skyAt, skyAt + 3);
    const down = y + 0.5 - light.y;
    const below = Math.min(1, Math.max(0, (y - scene.horizon) / (scene.height - scene.horizon)));
    const shown = shownIn(y, layers);
    const rowSheen = reflection * light.strength * (1 - below) ** 1.5;
    for (let x = 0; x < width; x++) {
      const across = x + 0.5 - light.x;
      const square = across * across + down * down;
      let [r, g, b, kind] = [0, 0, 0, 0];

      // Nothing shows through the nearest solid band, so that the painting starts there.
      let first = shown.length - 1;
      while (first >= 0 && !isFull(shown[first], x, y)) first--;
      if (first < 0) {
        const far = 1 + square * spread * 5;
        const glow = light.strength * 0.85 / (far * Math.sqrt(Math.sqrt(far)));
        r = skyR + (glowR - skyR) * glow;
        g = skyG + (glowG - skyG) * glow;
        b = skyB + (glowB - skyB) * glow;
      }

      if (first < 0 && square < (light.radius + 1) * (light.radius + 1)) {
        let cover = Math.min(1, light.radius + 0.5 - Math.sqrt(square)) * light.disc;
        if (hasStripes) cover *= stripe(down / light.radius);
        if (cover > 0) {
          const shade = light.body === "planet"
            ? 0.45 + 0.55 * Math.max(0, Math.min(1, 0.6 - (across + down) / light.radius * 0.5))
            : 1;
          r += (lightR * shade - r) * cover;
          g += (lightG * shade - g) * cover;
          b += (lightB * shade - b) * cover;
          if (cover > 0.3) kind = 1;
        }
      }

      for (let index = Math.max(0, first); index < shown.length; index++) {
        const layer = shown[index];
        if (!layer) continue;
        const { colours, bottom, perPixel } = layer;
        const under = y + 1 - (layer.top[x] ?? 0);
        if (under <= 0) continue;
        let cover = under < 1 ? under * layer.opacity : layer.opacity;
        if (bottom) {
          const thick = (bottom[x] ?? 0) - y;
          if (thick <= 0) continue;
          cover *= Math.min(1, thick / layer.fade);
        }
        const step = Math.floor(Math.min(1, under * perPixel) * (COLOUR_STEPS - 1)) * 3;
        r += ((colours[step] ?? 0) - r) * cover;
        g += ((colours[step + 1] ?? 0) - g) * cover;
        b += ((colours[step + 2] ?? 0) - b) * cover;
        // A ridge half covered is not yet the ridge: what stands behind it is painted up to it.
        if (cover > (layer.isSolid ? 0.99 : 0.5)) kind = layer.kind;
      }

      if (kind >= firstLand) {
        const sheen = rowSheen / (1 + across * across * spread * 7);
        r += (glowR - r) * sheen;
        g += (glowG - g) * sheen;
        b += (glowB - b) * sheen;
      }

      // Hides the steps in the wide gradients of a sky, in a pattern that packs well.
      const dither = kind < firstLand ? DITHER[(y & 3) * 4 + (x & 3)] ?? 0 : 0;
      const offset = (y * width + x) * 3;
      pixels[offset] = r + dither;
      pixels[offset + 1] = g + dither;
      pixels[offset + 2] = b + dither;
      kinds[y * width + x] = kind;
    }
  };
}

/** A band, with what is asked of it at every pixel. */
interface Layer {
  readonly top: Float32Array;
  readonly bottom: Float32Array | undefined;
  readonly colours: Float32Array;
  /** The share of its colours that a pixel downwards takes. */
  readonly perPixel: number;
  readonly opacity: number;
  readonly fade: number;
  readonly kind: number;
  readonly isSolid: boolean;
  /** The first and the last row it can touch, and the first it fills from side to side. */
  readonly from: number;
  readonly to: number;
  readonly full: number;
}

function layerOf({ top, bottom, colours, depth, opacity, fade = 1 }: Band, index: number): Layer {
  const isSolid = opacity === 1 && !bottom;
  return {
    top,
    bottom,
    colours,
    perPixel: 1 / depth,
    opacity,
    fade,
    kind: index + 2,
    isSolid,
    from: Math.floor(top.reduce((least, row) => Math.min(least, row), Infinity)) - 1,
    to: bottom?.reduce((most, row) => Math.max(most, row), 0) ?? Infinity,
    full: isSolid ? top.reduce((most, row) => Math.max(most, row), 0) : Infinity,
  };
}

/** The layers that touch a row and are not wholly hidden in it. */
function shownIn(y: number, layers: readonly Layer[]): Layer[] {
  const hidden = layers.findLastIndex(({ full }) => y >= full);
  return layers.slice(Math.max(0, hidden)).filter(({ from, to }) => y >= from && y < to);
}

function isFull(layer: Layer | undefined, x: number, y: number): boolean {
  return layer !== undefined && layer.isSolid && y >= (layer.top[x] ?? 0);
}

/** The bars of a neon sun, thicker towards its foot; 1 where it shines. */
function stripe(down: number): number {
  if (down < -0.05) return 1;
  const place = down * 6.5;
  return place - Math.floor(place) < 0.12 + down * 0.42 ? 0 : 1;
}

/** Bayer's pattern of 4 by 4, from -1/2 to 1/2. */
const DITHER = Float32Array.of(0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5)
  .map((place) => (place + 0.5) / 16 - 0.5);
