/** The sky: its colours, the sun or the moon, stars and clouds. */

import { adjust, css, mix, WHITE } from "../../images/svg/colour.ts";
import { place } from "./drawings.ts";
import { drawStars } from "./air.ts";
import { edgeOf } from "./land.ts";
import { box, pathOf, radial, rows } from "../../images/svg/markup.ts";
import type { Scene } from "./scene.ts";

export function drawSky(scene: Scene): string {
  const { width, horizon, unit, light, stops } = scene;
  const glow = GLOW.map((share) => share * light.strength);
  const colourAt = (share: number) => {
    const place = share * (stops.length - 1);
    const from = stops[Math.floor(place)] ?? WHITE;
    return css(mix(from, stops[Math.floor(place) + 1] ?? from, place % 1));
  };
  return rows(scene, 0, horizon * 1.1, colourAt) + radial("glow", light, unit, light.glow, glow) +
    pathOf(box(0, 0, width, horizon * 1.2), "url(#glow)") +
    drawStars(scene) + drawBody(scene) + drawClouds(scene);
}

/** How the light fades with the distance. */
const GLOW = [0.85, 0.74, 0.54, 0.37, 0.25, 0.16, 0.1, 0.06, 0.03, 0.01, 0];

function drawBody(scene: Scene): string {
  const { light, mood: { sky }, look, stops, land } = scene;
  if (light.disc === 0) return "";
  const { x, y, radius, colour } = light;
  const tones = {
    body: colour,
    deep: stops[0] ?? colour,
    shade: adjust(colour, { light: 0.32 }),
    tint: mix(stops[1] ?? WHITE, land.accent, 0.6),
  };
  const isPlain = look.paper || light.disc < 0.5;
  const pose = { x, y: y + radius, tall: radius * 2, opacity: light.disc };
  return place(isPlain ? "sun" : sky.body, pose, tones, {
    filter: look.rough > 0 ? "url(#rough)" : undefined,
    ...(look.line ? edgeOf(scene, WHITE, radius / 50) : {}),
  });
}

/** Thin streaks, heaps where the look asks for them, or a closed ceiling where the weather does. */
function drawClouds(scene: Scene): string {
  const { width, unit, horizon, haze, light, look, mood, land, random, stops } = scene;
  const ceiling = mood.weather?.ceiling ?? 0;
  if (ceiling > 0) {
    return CEILING.map(({ reach, opacity, dark }) => {
      const body = adjust(mix(haze, stops[0] ?? haze, 0.3 + 0.7 * dark), {
        light: 1 - 0.22 * dark * ceiling,
      });
      const tall = horizon * reach * random.between(0.85, 1.1);
      const stretch = width / tall / 3.9 * (random.chance(0.5) ? 1 : -1);
      const pose = { x: width / 2, y: tall, tall, stretch, opacity: opacity * ceiling };
      return place("ceiling", pose, { body, soft: mix(body, haze, 0.45) });
    }).join("");
  }
  if (look.clouds === "none" || land.shape === "planets") return "";
  const isHeaped = look.clouds === "heaps" && mood.sky.daylight > 0.5;
  const bright = mix(light.glow, WHITE, isHeaped ? 0.8 : 0.25);
  const tones = { body: bright, soft: mix(bright, mix(haze, [150, 178, 222], 0.7), 0.7) };
  const count = isHeaped ? 4 : 4 + Math.floor(random.next() * 4);
  return Array.from({ length: count }, (_, index) => {
    const share = (index + random.next()) / count;
    const [x, y] = [width * random.next(), horizon * ((isHeaped ? 0.3 : 0.14) + 0.65 * share)];
    const side = random.chance(0.5) ? 1 : -1;
    if (!isHeaped) {
      const tall = unit * random.between(0.012, 0.03);
      const stretch = unit * random.between(0.3, 0.75) / tall / 20;
      const opacity = random.between(0.3, 0.6);
      return place("streak", { x, y, tall, stretch, opacity }, tones);
    }
    const tall = unit * random.between(0.12, 0.2);
    const edge = look.line ? edgeOf(scene, bright, tall / 100) : {};
    return place("cloud", { x, y, tall, stretch: side * random.between(0.8, 1.15) }, tones, edge);
  }).join("");
}

/** How far down a layer hangs in shares of the sky, how thick and how dark it is. */
const CEILING = [
  { reach: 0.86, opacity: 0.4, dark: 0.35 },
  { reach: 0.6, opacity: 0.55, dark: 0.7 },
  { reach: 0.36, opacity: 0.75, dark: 1 },
];
