/** What lies on the land and fills the air: stars, flowers, glints, rain, snow, lightning. */

import { adjust, type Colour, mix, WHITE } from "../../images/svg/colour.ts";
import { DRAWINGS, place, type Tones } from "./drawings.ts";
import type { Band } from "./land.ts";
import type { Extra } from "./mood.ts";
import type { Scene } from "./scene.ts";

/** What hangs in the sky behind everything. */
export function drawStars(scene: Scene): string {
  const pale = [WHITE, mix(WHITE, scene.light.glow, 0.2), mix(WHITE, scene.light.glow, 0.4)];
  return scene.mood.sky.stars ? sown(scene, "star", pale) : "";
}

/** What lies on land or water, each with the row that it lies on. */
export function composeOnLand(scene: Scene): readonly Band[] {
  const { land, light } = scene;
  if (land.shape === "sea" && light.disc > 0.2) return scatter(scene, "glint", [light.colour]);
  if (land.shape !== "garden") return [];
  const kinds = [0, 0.7, -0.9].map((turn) => adjust(land.accent, { turn }));
  return scatter(scene, "blossom", [...kinds, mix(WHITE, light.glow, 0.3)]);
}

/** What is behind the things of the picture, or in front of them. */
export function drawAir(scene: Scene, where: "behind" | "front"): string {
  return [...scene.mood.extras].filter((extra) => BEHIND.has(extra) === (where === "behind"))
    .map((extra) => AIR[extra](scene)).join("");
}

const BEHIND: ReadonlySet<Extra> = new Set(["birds", "lightning"]);

const AIR: Readonly<Record<Extra, (scene: Scene) => string>> = {
  lightning: drawBolt,
  snow: (scene) => sown(scene, "flake", [WHITE]),
  rain: (scene) => sown(scene, "drop", [scene.light.colour]),
  petals: (scene) => sown(scene, "petal", [[255, 160, 190], [255, 190, 210], [255, 215, 228]]),
  fireflies: (scene) => sown(scene, "firefly", [[255, 250, 215]]),
  birds: (scene) => sown(scene, "gull", [adjust(scene.land.near, { light: 0.8 })]),
};

function sown(scene: Scene, name: string, colours: readonly Colour[]): string {
  return scatter(scene, name, colours).map(({ markup }) => markup).join("");
}

/** Many of one drawing, which tells how many, how large and where; far to near. */
function scatter(scene: Scene, name: string, colours: readonly Colour[]): Band[] {
  const { width, height, unit, horizon, light, random } = scene;
  const { count, size, rarity, opacity, rows, turn } = DRAWINGS[name]!;
  const isOnLand = name === "blossom" || name === "glint"; // the lower the nearer, and larger
  const [start, reach] = isOnLand ? [horizon, height - horizon] : [0, height];
  const shares = Array.from({ length: Math.round(count * width / unit) }, () => random.next());
  return shares.sort((one, other) => one - other).map((share) => {
    const aside = (random.next() + random.next() - 1) * light.radius * (0.5 + 1.5 * share);
    const nearness = (isOnLand ? share : random.next()) ** rarity;
    const pose = {
      x: name === "glint" ? light.x + aside : width * random.next(),
      y: start + reach * (rows[0] + (rows[1] - rows[0]) * share),
      tall: Math.max(1.5, unit * (size[0] + (size[1] - size[0]) * nearness)),
      turn: turn * random.next(),
      opacity: random.between(...opacity),
    };
    const colour = random.pick(colours, WHITE);
    const tones: Tones = { body: colour, glow: [255, 226, 130] };
    return { base: pose.y, markup: place(name, pose, tones) };
  });
}

/** A bolt from the clouds to the horizon, on the side away from the things. */
function drawBolt({ width, unit, horizon, light, random }: Scene): string {
  const x = light.x + (light.x < width / 2 ? -0.06 : 0.06) * unit;
  const stretch = random.between(0.7, 1.1) * (random.chance(0.5) ? 1 : -1);
  return place("bolt", { x, y: horizon, tall: horizon, stretch }, { pale: [255, 250, 226] });
}
