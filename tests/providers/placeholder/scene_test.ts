import assert from "node:assert/strict";
import { composeScene } from "../../../src/providers/placeholder/compose.ts";
import { lookOf } from "../../../src/providers/placeholder/looks.ts";
import { readMood } from "../../../src/providers/placeholder/mood.ts";
import { curveThrough, fillOutline } from "../../../src/providers/placeholder/outline.ts";
import { createRandom } from "../../../src/providers/placeholder/random.ts";
import { createRaster } from "../../../src/providers/placeholder/raster.ts";

const PROMPTS = [
  "a lighthouse",
  "a castle, a man and a dog",
  "a bird above a tree by the sea",
  "a car in the city",
  "a rocket and a robot",
  "a boat, a fish and a lighthouse",
  "a house, a tree and a castle in the mountains",
  "an abstract cat",
];
const SIZES = [[512, 512], [640, 320], [320, 640], [64, 512], [512, 64]] as const;

Deno.test("things stand inside the picture and above the caption, in every shape of picture", async () => {
  for (const prompt of PROMPTS) {
    for (const [width, height] of SIZES) {
      for (const seed of [1, 2, 3, 4, 5]) {
        const floor = height * 0.75;
        const { cast } = await sceneOf(prompt, { width, height, floor }, seed);
        for (const { pose, subject: { figure } } of cast) {
          const half = pose.tall * figure.wide / 200;
          const where = `${prompt} at ${width}x${height}, seed ${seed}`;
          assert.ok(pose.y <= floor, `${where}: feet at ${pose.y}`);
          assert.ok(pose.y - pose.tall > -height * 0.1, `${where}: head at ${pose.y - pose.tall}`);
          assert.ok(pose.x - half > -width * 0.1 && pose.x + half < width * 1.1, where);
        }
      }
    }
  }
});

Deno.test("things side by side do not cover each other", async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const size = { width: 1024, height: 1024, floor: 780 };
    const { cast } = await sceneOf("a castle, a man and a dog", size, seed);
    const spans = cast.map(({ pose: { x, tall }, subject: { figure } }) => {
      const half = tall * figure.wide / 200;
      return { from: x - half, to: x + half };
    }).sort((one, other) => one.from - other.from);
    assert.equal(spans.length, 3);
    spans.slice(1).forEach(({ from }, index) => assert.ok(from >= (spans[index]?.to ?? 0)));
  }
});

Deno.test("a prompt that names no thing stays a landscape", async () => {
  const { cast, bands } = await sceneOf("sunset ocean", { width: 64, height: 64, floor: 48 }, 1);
  assert.deepEqual(cast, []);
  assert.ok(bands.every((band) => !band.isStage));
});

Deno.test("an outline is filled to the fraction of a pixel, wherever it lies", () => {
  const circle = Array.from({ length: 200 }, (_, index) => ({
    x: 30.3 + 20.2 * Math.cos(index / 100 * Math.PI),
    y: 31.7 + 20.2 * Math.sin(index / 100 * Math.PI),
  }));
  assert.ok(Math.abs(inkOf(circle) - Math.PI * 20.2 ** 2) < 3);
  const cut = circle.map(({ x, y }) => ({ x: x - 30.3, y: y + 32.3 }));
  assert.ok(Math.abs(inkOf(cut) - Math.PI * 20.2 ** 2 / 4) < 12, "a quarter of it is in sight");
  assert.equal(inkOf(circle.map(({ x, y }) => ({ x: x + 500, y }))), 0);
});

Deno.test("a curve runs through its points, straight between corners and round elsewhere", () => {
  const square = curveThrough("0 0!, 10 0!, 10 10!, 0 10!");
  assert.equal(square.length, 4);
  const round = curveThrough("0 0, 10 0, 10 10, 0 10");
  assert.ok(round.length > 40 && round.some(({ y }) => y < -0.5), "it bulges beyond its points");
});

function sceneOf(
  prompt: string,
  size: { width: number; height: number; floor: number },
  seed: number,
) {
  const random = createRandom(seed);
  return composeScene(readMood(prompt, random), lookOf(undefined), random, size, () => {});
}

/** How many pixels' worth of white an outline leaves on a black raster of 64 by 64. */
function inkOf(outline: readonly { x: number; y: number }[]): number {
  const raster = createRaster(64, 64);
  fillOutline(raster, outline, { colour: [255, 255, 255], opacity: 1 });
  return raster.pixels.reduce((sum, value) => sum + value, 0) / 255 / 3;
}
