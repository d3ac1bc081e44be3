/** Draws the things of a prompt where they stand, in the light of the scene. */

import { adjust, type Colour, css, hex, mix, WHITE } from "../../images/svg/colour.ts";
import { place, type Tones } from "./drawings.ts";
import { hueOf } from "./palette.ts";
import { edgeOf } from "./land.ts";
import { element } from "../../images/svg/markup.ts";
import type { Scene } from "./scene.ts";
import type { Placed } from "./stage.ts";

/** `isOutlined` puts a white edge around it, which sets it off from any picture. */
export function drawThing(scene: Scene, placed: Placed, { isOutlined = false } = {}): string {
  const { light, unit, look, mood } = scene;
  const { subject, x, y, tall } = placed;
  const side = placed.looksLeft ? -1 : 1;
  const pose = { x, y, tall, stretch: side, turn: subject.lean * side };
  const tones = tonesOf(placed, scene);
  const edge = look.line ? edgeOf(scene, WHITE, tall / 100) : {};
  const behind = subject.name === "lighthouse" ? place("beam", pose, tones) : "";
  const isWet = subject.isPerson && mood.extras.has("rain");
  const parts = isWet ? ["umbrella", subject.name] : [subject.name];
  const draw = (at: typeof pose, inTones: Tones, more = {}) =>
    parts.map((part) => place(part, at, inTones, more)).join("");

  // A thin edge of light on the side of the sun or the moon.
  const [across, down] = [light.x - x, light.y - (y - tall / 2)];
  const away = unit * 0.0034 / (Math.hypot(across, down) || 1);
  const isLit = light.disc * light.strength >= 0.1 && !look.line;
  const moved = { ...pose, x: x + across * away, y: y + down * away };
  const rim = isLit ? draw(moved, { body: mix(light.glow, WHITE, 0.3) }) : "";
  const outline = isOutlined ? draw(pose, { body: WHITE }, OUTLINE) : "";
  const filter = look.rough > 0 ? "url(#rough)" : undefined;
  return behind + element("g", { filter }, outline + rim + draw(pose, tones, edge));
}

/** For a thing 100 units high. */
const OUTLINE = { stroke: css(WHITE), "stroke-width": 5, "stroke-linejoin": "round" };

/** The silhouette is as dark as the land is near, and keeps some of the thing's own colour. */
function tonesOf({ subject }: Placed, scene: Scene): Tones {
  const { land, haze, light, look, mood: { sky } } = scene;
  const { hue, tinge } = subject;
  const dim = 0.42 + 0.58 * sky.daylight;
  const lit = (colour: Colour, share: number) =>
    mix(look.tint(adjust(colour, { light: dim })), haze, share);
  const dark = adjust(land.near, { light: 0.62 });
  const own = lit(hue ? hueOf(hue) : subject.colour, 0.06);
  const body = mix(dark, own, hue && tinge > 0 ? Math.max(0.78, tinge) : tinge);
  const tint = mix(own, dark, 0.08);
  return {
    body,
    deep: adjust(body, { light: 0.74 }),
    soft: mix(body, haze, 0.16),
    tint,
    shade: adjust(tint, { light: 0.78 }),
    pale: mix(lit(WHITE, 0.22), dark, 0.06),
    glow: mix(look.tint(hex("#ffe08a")), light.glow, 0.15),
  };
}
