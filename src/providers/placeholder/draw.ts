/** Draws one placeholder picture: a landscape in the prompt's mood, with its words upon it. */

import { type Breathe, createBreathe } from "./breath.ts";
import { adjust, mix, WHITE } from "./colour.ts";
import { composeScene } from "./compose.ts";
import { drawCast } from "./cast.ts";
import { drawFarExtras, drawNearExtras } from "./extras.ts";
import { FINISHES } from "./finish.ts";
import { drawCaption, planCaption } from "./layout.ts";
import { lookOf } from "./looks.ts";
import { readMood } from "./mood.ts";
import { paintScene } from "./paint.ts";
import { encodePng } from "./png.ts";
import { createRandom, hashText } from "./random.ts";
import { createRaster, type Raster } from "./raster.ts";
import { drawScenery } from "./scenery.ts";

export { hashText };

export interface Drawing {
  readonly prompt: string;
  readonly style?: string;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** Any whole number; another one gives another picture of the same words. */
  readonly seed: number;
}

/**
 * The picture as a PNG file; the same drawing always gives the same bytes.
 * Other work gets its turn every few milliseconds.
 * @throws the signal's reason, soon after it aborts.
 */
export async function drawPicture(
  { prompt, style, width, height, seed }: Drawing,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const breathe = createBreathe(signal);
  const look = lookOf(style);
  const random = createRandom(hashText(`${prompt}\n${style ?? ""}\n${seed}`));
  const mood = readMood(prompt, random, look.sky);
  const block = look.finish === "blocks"
    ? Math.max(1, Math.round(Math.min(width, height) / 144))
    : 1;
  const canvas = createRaster(Math.ceil(width / block), Math.ceil(height / block));
  await breathe();
  const caption = planCaption(prompt, { width, height });
  await breathe();
  const floor = Math.floor((caption.top - caption.margin * 0.35) / block);
  const scene = await composeScene(mood, look, random, { ...canvas, floor }, breathe);
  await breathe();
  await paintScene(canvas, scene, breathe);
  await drawScenery(canvas, scene, look, random, breathe);
  await drawFarExtras(canvas, scene, random, breathe);
  await drawCast(canvas, scene, look, breathe);
  await drawNearExtras(canvas, scene, random, breathe);
  await FINISHES[look.finish](canvas, scene, look, random, breathe);
  const picture = block === 1 ? canvas : await enlarge(canvas, block, width, height, breathe);
  const shadow = adjust(scene.land.near, { light: 0.45, vivid: 0.8 });
  await drawCaption(breathe, picture, caption, {
    paper: look.paper,
    haze: mix(scene.haze, WHITE, 0.4),
    shadow,
  });
  if (look.step > 1) await roundColours(picture, look.step, breathe);
  const texts = { Software: SOFTWARE, Description: prompt };
  return await encodePng({ ...picture, filter: look.filter, texts }, breathe);
}

const SOFTWARE = "mcp-image-server placeholder";

async function roundColours({ width, pixels }: Raster, step: number, breathe: Breathe) {
  for (let index = 0; index < pixels.length; index++) {
    if (index % (width * 3) === 0) await breathe();
    pixels[index] = Math.round((pixels[index] ?? 0) / step) * step;
  }
}

/** Every pixel becomes a square of `block` pixels. */
async function enlarge(
  small: Raster,
  block: number,
  width: number,
  height: number,
  breathe: Breathe,
): Promise<Raster> {
  const large = createRaster(width, height);
  for (let y = 0; y < height; y++) {
    await breathe();
    const row = Math.floor(y / block) * small.width;
    for (let x = 0; x < width; x++) {
      const from = (row + Math.floor(x / block)) * 3;
      const to = (y * width + x) * 3;
      large.pixels[to] = small.pixels[from] ?? 0;
      large.pixels[to + 1] = small.pixels[from + 1] ?? 0;
      large.pixels[to + 2] = small.pixels[from + 2] ?? 0;
    }
  }
  return large;
}
