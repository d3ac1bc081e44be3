/** Draws one placeholder picture: a landscape in the prompt's mood, with its words upon it. */

import { renderSvg } from "../../images/svg.ts";
import { BLACK, mix, WHITE } from "../../images/svg/colour.ts";
import { element } from "../../images/svg/markup.ts";
import { withTexts } from "../../images/svg/png_texts.ts";
import { composeOnLand, drawAir } from "./air.ts";
import { drawThing } from "./cast.ts";
import { place } from "./drawings.ts";
import { type Band, composeLand } from "./land.ts";
import { drawCaption, planCaption } from "./layout.ts";
import { lookOf } from "./looks.ts";
import { readMood } from "./mood.ts";
import { PAINTERS, sheetOf } from "./painters.ts";
import { createRandom, hashText } from "./random.ts";
import { composeScene, type Scene } from "./scene.ts";
import { drawSky } from "./sky.ts";
import { setStage } from "./stage.ts";

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
 * @throws the signal's reason, soon after it aborts.
 */
export async function drawPicture(
  { prompt, style, width, height, seed }: Drawing,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  signal.throwIfAborted();
  const look = lookOf(style);
  const random = createRandom(hashText(`${prompt}\n${style ?? ""}\n${seed}`));
  const plan = planCaption(prompt, width, height);
  const size = { width, height, floor: plan.top - plan.margin * 0.35 };
  await othersTurn();
  const scene = composeScene(readMood(prompt, random, look.sky), look, random, size);
  const picture = drawScene(scene);
  await othersTurn();
  const paint = look.painter && PAINTERS[look.painter];
  const painted = paint ? await paint(scene, picture, signal) : picture;
  const svg = sheetOf(scene, painted + drawCaption(scene, plan));
  const png = await renderSvg(svg, { width, height, signal });
  return withTexts(png, { Software: "mcp-image-server placeholder", Description: prompt });
}

/** Composing takes a few milliseconds a step; a timer lets sockets and pipes be read between. */
function othersTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** Everything but the words, from the sky to what falls in front of the things. */
function drawScene(scene: Scene): string {
  const { cast, ground } = setStage(scene);
  // What stands on a ground is drawn before it, so that the ground hides where its feet end.
  const things = cast.map((placed) => ({ base: placed.base, markup: drawThing(scene, placed) }));
  const layers = [...things, ...around(scene, ground), ...composeOnLand(scene)]
    .sort((one, other) => one.base - other.base || 0).map(({ markup }) => markup);
  return roughFilter(scene) + drawSky(scene) + drawAir(scene, "behind") + layers.join("") +
    drawAir(scene, "front") + drawFinish(scene);
}

/** The land with the stage's ground in it: in front of that there is nothing but waves. */
function around(scene: Scene, ground: Band | undefined): Band[] {
  const land = composeLand(scene);
  if (!ground) return land;
  if (scene.land.shape === "sea") return [...land, ground];
  const limit = ground.base - scene.unit * 0.05;
  const behind = land.filter(({ base }, index) => base < limit || index < 2);
  return [...behind.map((band) => ({ ...band, base: Math.min(band.base, limit) })), ground];
}

/** The sheets that are laid over the whole picture, but not over its words. */
function drawFinish({ width, height, land, look, random }: Scene): string {
  const tones = { shade: BLACK, pale: look.paper ?? WHITE, tint: mix(land.far, land.near, 0.55) };
  return look.sheets.map((name) => {
    const stretch = width / height * (random.chance(0.5) ? 1 : -1);
    return place(name, { x: width / 2, y: height, tall: height, stretch }, tones);
  }).join("");
}

/** Lets the edges of small things wander; too slow for large ones. */
function roughFilter({ look, unit }: Scene): string {
  if (look.rough === 0) return "";
  const noise = { type: "fractalNoise", baseFrequency: (22 / unit).toFixed(4), numOctaves: 2 };
  const axes = { xChannelSelector: "R", yChannelSelector: "G" };
  const shift = { in: "SourceGraphic", scale: look.rough * unit * 2, ...axes };
  const content = element("feTurbulence", noise) + element("feDisplacementMap", shift);
  return element("filter", { id: "rough", "color-interpolation-filters": "sRGB" }, content);
}
