/** Paints the things of a prompt where they stand, in the light of the scene. */

import type { Breathe } from "./breath.ts";
import { adjust, type Colour, hex, mix, WHITE } from "./colour.ts";
import { UMBRELLA } from "./figures/people.ts";
import { HUES } from "./hues.ts";
import type { Look } from "./looks.ts";
import { FIGURE_KINDS, type FigureColours, paintFigure, placer } from "./paint_figure.ts";
import { mixInto, type Raster } from "./raster.ts";
import type { Placed, Scene } from "./scene.ts";

/** Paints everyone back to front, each hidden by the land in front of it. */
export async function drawCast(
  raster: Raster,
  scene: Scene,
  look: Look,
  breathe: Breathe,
): Promise<void> {
  for (const placed of scene.cast) {
    const { subject, pose } = placed;
    const colours = coloursOf(placed, scene, look);
    const over = (kind: number) => kind <= placed.behind + 2 || kind >= FIGURE_KINDS.body;
    if (subject.figure.beam) await drawBeam(raster, placed, scene, colours.glow, breathe);
    const hasUmbrella = subject.isPerson && scene.mood.extras.has("rain");
    const parts = hasUmbrella ? [...UMBRELLA, ...subject.figure.parts] : subject.figure.parts;
    await drawRim(raster, placed, scene, over, breathe);
    await paintFigure(raster, parts, pose, colours, over, breathe);
  }
}

/** The silhouette is as dark as the land is near, and keeps some of the thing's own colour. */
function coloursOf({ subject: { figure, hue } }: Placed, scene: Scene, look: Look): FigureColours {
  const { land, haze, light, mood: { sky } } = scene;
  const dim = 0.42 + 0.58 * sky.daylight;
  const lit = (colour: Colour, share = 0.1) =>
    mix(look.tint(adjust(colour, { light: dim })), haze, share);
  const dark = adjust(land.near, { light: 0.62 });
  const own = lit(hue ? HUES[hue] : figure.colour, 0.06);
  const body = mix(
    dark,
    own,
    hue && figure.tinge > 0 ? Math.max(0.78, figure.tinge) : figure.tinge,
  );
  return {
    body,
    deep: adjust(body, { light: 0.74 }),
    soft: mix(body, haze, 0.16),
    tint: mix(own, dark, 0.08),
    shade: adjust(mix(own, dark, 0.08), { light: 0.78 }),
    pale: mix(lit(WHITE, 0.22), dark, 0.06),
    glow: mix(look.tint(LAMP), light.glow, 0.15),
  };
}

const LAMP = hex("#ffe08a");

/** A thin edge of light on the side of the sun or the moon. */
async function drawRim(
  raster: Raster,
  { subject: { figure }, pose }: Placed,
  scene: Scene,
  over: (kind: number) => boolean,
  breathe: Breathe,
): Promise<void> {
  const { light, unit } = scene;
  if (light.disc * light.strength < 0.1) return;
  const [across, down] = [light.x - pose.x, light.y - (pose.y - pose.tall / 2)];
  const long = Math.hypot(across, down) || 1;
  const width = unit * 0.0034;
  const moved = { ...pose, x: pose.x + across / long * width, y: pose.y + down / long * width };
  const rim = mix(light.glow, WHITE, 0.3);
  const colours = Object.fromEntries(Object.keys(FIGURE_KINDS).map((tone) => [tone, rim]));
  await paintFigure(raster, figure.parts, moved, colours as FigureColours, over, breathe);
}

/** Two cones of light, one each way, that fade with the distance. */
async function drawBeam(
  raster: Raster,
  { subject: { figure }, pose }: Placed,
  { unit, mood: { sky } }: Scene,
  colour: Colour,
  breathe: Breathe,
): Promise<void> {
  const lamp = placer(pose)(figure.beam?.x ?? 0, figure.beam?.y ?? 0);
  const [reach, start] = [unit * 1.1, pose.tall * 0.045];
  const strength = 0.34 + 0.4 * (1 - sky.daylight);
  const side = pose.looksLeft ? -1 : 1;
  const tall = start + reach * (BEAM_SPREAD - BEAM_TILT);
  const last = Math.min(raster.height, lamp.y + tall);
  for (let row = Math.max(0, Math.floor(lamp.y - tall)); row < last; row++) {
    await breathe();
    const down = row + 0.5 - lamp.y;
    const nearest = (Math.abs(down) - start) / (BEAM_SPREAD - BEAM_TILT);
    for (let column = 0; column < raster.width; column++) {
      const across = (column + 0.5 - lamp.x) * side;
      const along = Math.abs(across);
      if (along < nearest || along >= reach) continue;
      const middle = along * BEAM_TILT * (across > 0 ? 1 : -0.6);
      const off = (down - middle) / (start + along * BEAM_SPREAD);
      const edge = 1 - off * off;
      if (edge <= 0) continue;
      const share = strength * edge * edge * (1 - along / reach);
      mixInto(raster.pixels, row * raster.width + column, colour, share);
    }
  }
}

/** How steeply the beam rises or falls, and how it widens. */
const BEAM_TILT = -0.07;
const BEAM_SPREAD = 0.1;
