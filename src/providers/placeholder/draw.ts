/** Draws one placeholder picture: a landscape in the prompt's mood, with its words upon it. */

import { renderSvg } from "../../svg.ts";
import { drawAir, drawOnLand } from "./air.ts";
import { drawThing } from "./cast.ts";
import { drawFinish, drawStrokes, roughFilter } from "./finish.ts";
import { type Band, composeLand } from "./land.ts";
import { drawCaption, planCaption } from "./layout.ts";
import { css } from "../../svg/colour.ts";
import { type Look, lookOf } from "./looks.ts";
import { box, element, pathOf } from "../../svg/markup.ts";
import { readMood } from "./mood.ts";
import { withTexts } from "../../svg/png_texts.ts";
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
  const painted = await (PAINTERS[look.finish]?.(scene, picture, signal) ?? picture);
  const svg = sheet(scene, painted + drawCaption(scene, plan));
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
  const layers = [...things, ...around(scene, ground)].sort((one, other) =>
    one.base - other.base || 0
  );
  return roughFilter(scene) + drawSky(scene) + drawAir(scene, "behind") +
    layers.map(({ markup }) => markup).join("") + drawOnLand(scene) +
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

/** Looks that are made from a small copy of the picture. */
const PAINTERS: Readonly<
  Partial<
    Record<Look["finish"], (scene: Scene, picture: string, signal: AbortSignal) => Promise<string>>
  >
> = {
  async blocks(scene, picture, signal) {
    const block = Math.max(1, Math.round(scene.unit / 144));
    const small = {
      width: Math.ceil(scene.width / block),
      height: Math.ceil(scene.height / block),
    };
    const few = element(
      "g",
      { filter: "url(#few)" },
      picture + pathOf(dots(scene, block), "#ffffff14"),
    );
    const bytes = await renderSvg(sheet(scene, FEW_COLOURS + few, block), { ...small, signal });
    return element("image", {
      ...{ href: `data:image/png;base64,${bytes.toBase64()}`, "image-rendering": "optimizeSpeed" },
      ...{ width: small.width * block, height: small.height * block },
    });
  },
  async strokes(scene, picture, signal) {
    const scale = Math.max(1, scene.unit / 256);
    const small = {
      width: Math.ceil(scene.width / scale),
      height: Math.ceil(scene.height / scale),
    };
    const svg = sheet(scene, picture, scale);
    const pixels = await renderSvg(svg, { ...small, format: "rgba", signal });
    return picture + drawStrokes(scene, { ...small, pixels });
  },
};

/** The drawing as a whole SVG, `scale` times smaller. */
function sheet({ width, height, haze }: Scene, content: string, scale = 1): string {
  const [wide, high] = [Math.ceil(width / scale), Math.ceil(height / scale)];
  const attributes = { xmlns: "http://www.w3.org/2000/svg", width: wide, height: high };
  const [right, foot] = [wide * scale, high * scale];
  // Whatever is laid over it, no pixel at the edges may be seen through.
  const ground = pathOf(box(0, 0, right, foot), css(haze));
  return element("svg", { ...attributes, viewBox: `0 0 ${right} ${foot}` }, ground + content);
}

/** Every other pixel, so that colours between two steps become a pattern of both. */
function dots({ width, height }: Scene, size: number): string {
  const columns = Math.ceil(width / size / 2);
  return Array.from(
    { length: Math.ceil(height / size) },
    (_, row) =>
      Array.from(
        { length: columns },
        (_, column) => box((column * 2 + row % 2) * size, row * size, size, size),
      ).join(""),
  ).join("");
}

const LEVELS = Array.from({ length: 15 }, (_, level) => (level / 14).toFixed(3)).join(" ");
const FEW_COLOURS = element(
  "filter",
  { id: "few", x: 0, y: 0, width: 1, height: 1, "color-interpolation-filters": "sRGB" },
  element(
    "feComponentTransfer",
    {},
    ["R", "G", "B"].map((channel) =>
      element(`feFunc${channel}`, { type: "discrete", tableValues: LEVELS })
    ).join(""),
  ),
);
