/** Turns a scene into pixels. */

import type { Breathe } from "./breath.ts";
import { type Raster } from "./raster.ts";
import { COLOUR_STEPS, type Scene } from "./scene.ts";

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
  const hasStripes = light.body === "sun" && scene.mood.sky.stars;

  return (y) => {
    const skyAt = Math.min(y, skyRows - 1) * 3;
    const [skyR = 0, skyG = 0, skyB = 0] = sky.subarray(skyAt, skyAt + 3);
    const down = y + 0.5 - light.y;
    const below = Math.min(1, Math.max(0, (y - scene.horizon) / (scene.height - scene.horizon)));
    const rowSheen = reflection * light.strength * (1 - below) ** 1.5;
    for (let x = 0; x < width; x++) {
      const across = x + 0.5 - light.x;
      const square = across * across + down * down;
      const glow = light.strength * 0.85 / (1 + square * spread * 5) ** 1.25;
      let r = skyR + (glowR - skyR) * glow;
      let g = skyG + (glowG - skyG) * glow;
      let b = skyB + (glowB - skyB) * glow;
      let kind = 0;

      if (square < (light.radius + 1) * (light.radius + 1)) {
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

      for (let index = 0; index < bands.length; index++) {
        const band = bands[index];
        if (!band) continue;
        const under = y + 1 - (band.top[x] ?? 0);
        if (under <= 0) continue;
        let cover = under < 1 ? under * band.opacity : band.opacity;
        if (band.bottom) {
          const thick = (band.bottom[x] ?? 0) - y;
          if (thick <= 0) continue;
          cover *= Math.min(1, thick / (band.fade ?? 1));
        }
        const step = under >= band.depth
          ? COLOUR_STEPS - 1
          : Math.floor(under / band.depth * (COLOUR_STEPS - 1));
        const { colours } = band;
        r += ((colours[step * 3] ?? 0) - r) * cover;
        g += ((colours[step * 3 + 1] ?? 0) - g) * cover;
        b += ((colours[step * 3 + 2] ?? 0) - b) * cover;
        if (cover > 0.5) kind = index + 2;
      }

      if (kind >= firstLand) {
        const sheen = rowSheen / (1 + across * across * spread * 7);
        r += (glowR - r) * sheen;
        g += (glowG - g) * sheen;
        b += (glowB - b) * sheen;
      }

      // Interleaved gradient noise hides the steps in the wide gradients of a sky.
      const fine = 0.06711056 * x + 0.00583715 * y;
      const noise = 52.9829189 * (fine - Math.floor(fine));
      const dither = kind < firstLand ? noise - Math.floor(noise) - 0.5 : 0;
      const offset = (y * width + x) * 3;
      pixels[offset] = r + dither;
      pixels[offset + 1] = g + dither;
      pixels[offset + 2] = b + dither;
      kinds[y * width + x] = kind;
    }
  };
}

/** The bars of a neon sun, thicker towards its foot; 1 where it shines. */
function stripe(down: number): number {
  if (down < -0.05) return 1;
  const place = down * 6.5;
  return place - Math.floor(place) < 0.12 + down * 0.42 ? 0 : 1;
}
