import assert from "node:assert/strict";
import { lookOf } from "../../../src/providers/placeholder/looks.ts";
import { readMood } from "../../../src/providers/placeholder/mood.ts";
import { createRandom } from "../../../src/providers/placeholder/random.ts";
import { composeScene } from "../../../src/providers/placeholder/scene.ts";
import { setStage } from "../../../src/providers/placeholder/stage.ts";

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

Deno.test("things stand inside the picture and above the caption, in every shape of picture", () => {
  for (const prompt of PROMPTS) {
    for (const [width, height] of SIZES) {
      for (const seed of [1, 2, 3, 4, 5]) {
        const floor = height * 0.75;
        const { cast } = stageOf(prompt, { width, height, floor }, seed);
        for (const { x, y, tall, subject } of cast) {
          const half = tall * subject.wide / 200;
          const where = `${prompt} at ${width}x${height}, seed ${seed}`;
          assert.ok(y <= floor, `${where}: feet at ${y}`);
          assert.ok(y - tall > -height * 0.1, `${where}: head at ${y - tall}`);
          assert.ok(x - half > -width * 0.1 && x + half < width * 1.1, where);
        }
      }
    }
  }
});

Deno.test("things side by side do not cover each other", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const size = { width: 1024, height: 1024, floor: 780 };
    const { cast } = stageOf("a castle, a man and a dog", size, seed);
    const spans = cast.map(({ x, tall, subject }) => {
      const half = tall * subject.wide / 200;
      return { from: x - half, to: x + half };
    }).sort((one, other) => one.from - other.from);
    assert.equal(spans.length, 3);
    spans.slice(1).forEach(({ from }, index) => assert.ok(from >= (spans[index]?.to ?? 0)));
  }
});

Deno.test("a prompt that names no thing stays a landscape", () => {
  const { cast, ground } = stageOf("sunset ocean", { width: 64, height: 64, floor: 48 }, 1);
  assert.deepEqual(cast, []);
  assert.equal(ground, undefined);
});

function stageOf(
  prompt: string,
  size: { width: number; height: number; floor: number },
  seed: number,
) {
  const random = createRandom(seed);
  return setStage(composeScene(readMood(prompt, random), lookOf(undefined), random, size));
}
