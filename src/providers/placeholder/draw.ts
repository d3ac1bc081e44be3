/** Draws one placeholder picture: a landscape in the prompt's mood, with its words upon it. */

import { renderSvg } from "../../images/svg.ts";
import { BLACK, css, mix, WHITE } from "../../images/svg/colour.ts";
import { element } from "../../images/svg/markup.ts";
import { sleep } from "../../sleep.ts";
import { composeOnLand, drawAir, drawStars } from "./air.ts";
import { type Card, drawCards } from "./cards.ts";
import { drawThing } from "./cast.ts";
import { place } from "./drawings.ts";
import { type Band, composeLand } from "./land.ts";
import { drawCaption, drawCaptionOnClear, type Frame, planCaption } from "./layout.ts";
import { lookOf } from "./looks.ts";
import { readMood } from "./mood.ts";
import { type Ground, PAINTERS, sheetOf } from "./painters.ts";
import { createRandom, hashText } from "./random.ts";
import { composeScene, type Scene } from "./scene.ts";
import { drawSky } from "./sky.ts";
import { type Placed, setStage } from "./stage.ts";

export { hashText };

export interface Drawing {
  readonly prompt: string;
  readonly style?: string;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** Any whole number; another one gives another picture of the same words. */
  readonly seed: number;
  /** Pictures shown upon it. */
  readonly cards?: readonly Card[];
  /** Where the words stand; the whole picture where undefined. */
  readonly frame?: Frame;
  /** The longest side of the picture that this one becomes a part of. */
  readonly longest?: number;
  /** Whether there is nothing behind what the prompt names. */
  readonly isCutout?: boolean;
}

/**
 * The picture as a PNG file; the same drawing always gives the same bytes.
 * @throws the signal's reason, soon after it aborts.
 */
export async function drawPicture(drawing: Drawing, signal: AbortSignal): Promise<Png> {
  if (drawing.isCutout) return await drawCutout(drawing, signal);
  const { scene, words } = await plan(drawing, signal);
  const painted = await paint(scene, drawScene(scene), signal);
  return await render(scene, sheetOf(scene, painted + words()), signal);
}

/** The same without sky and land: what the prompt names and its words, on clear ground. */
export async function drawThings(drawing: Drawing, signal: AbortSignal): Promise<Png> {
  const { scene, words } = await plan(drawing, signal, { isSubtitle: true });
  const things = drawStars(scene) + drawAir(scene, "behind") +
    setStage(scene).cast.map((placed) => drawShadow(placed) + drawThing(scene, placed)).join("") +
    drawAir(scene, "front") + (drawing.style ? drawFinish(scene) : "");
  const svg = sheetOf(scene, roughFilter(scene) + things + words(1), { isClear: true });
  return await render(scene, svg, signal);
}

/**
 * What the prompt names, in the middle of clear ground; of a prompt that names no thing, its scene
 * cut out in a circle.
 */
async function drawCutout(drawing: Drawing, signal: AbortSignal): Promise<Png> {
  const { scene, captionOnClear } = await plan(drawing, signal);
  const { cast } = setStage(scene);
  const things = cast.map((placed) => drawThing(scene, placed)).join("");
  const picture = cast.length > 0
    ? roughFilter(scene) + inTheMiddle(scene, cast, things)
    : inACircle(scene, drawScene(scene));
  const painted = await paint(scene, picture, signal, CLEAR);
  return await render(scene, sheetOf(scene, painted + captionOnClear(), CLEAR), signal);
}

const CLEAR: Ground = { isClear: true };

/** A picture of that size painted as the drawing's style does; itself where that needs no brush. */
export async function repaint(
  drawing: Drawing,
  picture: { readonly bytes: Uint8Array; readonly mediaType: string },
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const { scene } = await plan(drawing, signal);
  const { width, height } = drawing;
  const href = `data:${picture.mediaType};base64,${picture.bytes.toBase64()}`;
  const image = element("image", { href, width, height, preserveAspectRatio: "none" });
  return await render(scene, sheetOf(scene, await paint(scene, image, signal)), signal);
}

type Png = Uint8Array<ArrayBuffer>;

async function plan(drawing: Drawing, signal: AbortSignal, { isSubtitle = false } = {}) {
  signal.throwIfAborted();
  const { prompt, style, width, height, seed, cards = [] } = drawing;
  const frame = drawing.frame ?? { left: 0, top: 0, width, height };
  const look = lookOf(style);
  const random = createRandom(hashText(`${prompt}\n${style ?? ""}\n${seed}`));
  const caption = planCaption(prompt, frame, { isSubtitle, longest: drawing.longest });
  const size = { width, height, floor: caption.top - caption.margin * 0.35 };
  await yieldToEventLoop();
  const scene = composeScene(readMood(prompt, random, look.sky), look, random, size);
  const words = (cover?: number) => drawCards(cards, frame) + drawCaption(scene, caption, cover);
  const captionOnClear = () => drawCards(cards, frame) + drawCaptionOnClear(caption);
  return { scene, words, captionOnClear };
}

async function paint(
  scene: Scene,
  picture: string,
  signal: AbortSignal,
  ground: Ground = {},
): Promise<string> {
  await yieldToEventLoop();
  const painter = scene.look.painter && PAINTERS[scene.look.painter];
  return painter ? await painter(scene, picture, ground, signal) : picture;
}

function render({ width, height }: Scene, svg: string, signal: AbortSignal): Promise<Png> {
  return renderSvg(svg, { width, height, signal });
}

/** Where nothing else does, a shadow tells where a thing stands. */
function drawShadow({ x, y, tall, subject }: Placed): string {
  if (subject.place === "sky") return "";
  const [rx, ry] = [tall * subject.wide / 220, tall * 0.045];
  return element("ellipse", { cx: x, cy: y - ry / 2, rx, ry, fill: css(BLACK, 0.35) });
}

/** Composing takes a few milliseconds a step; a timer lets sockets and pipes be read between. */
function yieldToEventLoop(): Promise<void> {
  return sleep(0);
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

/** As large as they may be above the words. */
function inTheMiddle({ width, floor }: Scene, cast: readonly Placed[], things: string): string {
  const edges = cast.map(({ x, y, tall, subject: { wide } }) => ({
    left: x - tall * wide / 200,
    right: x + tall * wide / 200,
    top: y - tall,
    foot: y,
  }));
  const [left, top] = [least(edges.map(({ left }) => left)), least(edges.map(({ top }) => top))];
  const wide = Math.max(...edges.map(({ right }) => right)) - left;
  const tall = Math.max(...edges.map(({ foot }) => foot)) - top;
  const scale = Math.min(width * 0.86 / wide, floor * 0.86 / tall);
  const across = (width - wide * scale) / 2 - left * scale;
  const down = (floor - tall * scale) / 2 - top * scale;
  const move = [across, down].map((shift) => shift.toFixed(1)).join(" ");
  return element("g", { transform: `translate(${move}) scale(${scale.toFixed(3)})` }, things);
}

function least(numbers: readonly number[]): number {
  return Math.min(...numbers);
}

function inACircle({ width, floor }: Scene, scene: string): string {
  const radius = Math.min(width * 0.46, floor * 0.48);
  const circle = element("circle", { cx: width / 2, cy: floor / 2, r: radius });
  const clip = element("clipPath", { id: "circle" }, circle);
  return clip + element("g", { "clip-path": "url(#circle)" }, scene);
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
