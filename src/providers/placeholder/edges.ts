/** Where one thing ends in a picture and the next begins. */

import type { Breathe } from "./breath.ts";
import { clamp, type Raster } from "./raster.ts";

/** 255 near the borders between kinds, fading to 0 at `radius` pixels. */
export async function edges(
  { width, height, kinds }: Raster,
  radius: number,
  breathe: Breathe,
): Promise<Uint8Array> {
  const cover = new Uint8Array(width * height);
  const dots = discOf(radius);
  for (let y = 0; y < height - 1; y++) {
    await breathe();
    for (let x = 0; x < width - 1; x++) {
      const index = y * width + x;
      const kind = kinds[index];
      if (kind === kinds[index + 1] && kind === kinds[index + width]) continue;
      for (const { across, down, value } of dots) {
        const [column, row] = [x + across, y + down];
        if (column < 0 || row < 0 || column >= width || row >= height) continue;
        const target = row * width + column;
        if (value > (cover[target] ?? 0)) cover[target] = value;
      }
    }
  }
  return cover;
}

/** The pixels around a point, with how strongly a pen of `radius` covers each. */
function discOf(radius: number): { across: number; down: number; value: number }[] {
  const reach = Math.ceil(radius);
  const places = Array.from({ length: reach * 2 + 1 }, (_, index) => index - reach);
  return places.flatMap((down) =>
    places.map((across) => {
      const value = clamp(radius + 0.5 - Math.hypot(across, down)) * 255;
      return { across, down, value };
    })
  ).filter(({ value }) => value > 0);
}
