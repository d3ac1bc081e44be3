import assert from "node:assert/strict";
import * as animals from "../../../src/providers/placeholder/figures/animals.ts";
import * as buildings from "../../../src/providers/placeholder/figures/buildings.ts";
import type { Figure } from "../../../src/providers/placeholder/figures/figure.ts";
import * as people from "../../../src/providers/placeholder/figures/people.ts";
import * as plants from "../../../src/providers/placeholder/figures/plants.ts";
import * as vehicles from "../../../src/providers/placeholder/figures/vehicles.ts";
import { readMood } from "../../../src/providers/placeholder/mood.ts";
import { createRandom } from "../../../src/providers/placeholder/random.ts";
import { SKIES } from "../../../src/providers/placeholder/skies.ts";

const { UMBRELLA: _umbrella, ...walkers } = people;
const FIGURES: Readonly<Record<string, Figure>> = {
  ...animals,
  ...buildings,
  ...walkers,
  ...plants,
  ...vehicles,
};

Deno.test("every thing that can be drawn is found by its words", () => {
  const words: Readonly<Record<string, readonly string[]>> = {
    LIGHTHOUSE: ["an old lighthouse in a storm", "灯塔", "大海边的灯塔"],
    FOX: ["a fox", "Foxes", "狐狸"],
    DOG: ["my dog", "puppies", "小狗"],
    RABBIT: ["a rabbit", "bunny", "白兔"],
    CAT: ["A CAT", "kitten", "夜晚的猫", "🐱"],
    BIRD: ["a bird", "飞鸟", "an eagle"],
    FISH: ["a fish", "goldfish", "一条鱼"],
    TREE: ["a tree", "一棵树"],
    FLOWER: ["a flower", "一朵花", "a rose"],
    PAGODA: ["a mountain temple", "pagoda", "山中的寺", "宝塔"],
    CASTLE: ["a castle", "城堡"],
    MAN: ["a person walking", "a man", "the boy", "老人", "a knight"],
    WOMAN: ["a girl", "woman", "女孩", "女人"],
    ROBOT: ["robot", "机器人"],
    ROCKET: ["a rocket", "火箭"],
    CAR: ["a car", "汽车"],
    BOAT: ["a boat", "帆船"],
    HOUSE: ["a house", "小屋"],
  };
  assert.deepEqual(Object.keys(words).sort(), Object.keys(FIGURES).sort());
  for (const [name, prompts] of Object.entries(words)) {
    for (const prompt of prompts) assert.deepEqual(namesIn(prompt), [name], prompt);
  }
});

Deno.test("words that only look alike call for nothing", () => {
  for (
    const prompt of ["sunset ocean", "a scarf", "人工智能", "education", "竹林", "火车", "雪花"]
  ) {
    assert.deepEqual(namesIn(prompt), [], prompt);
  }
  assert.equal(moodOf("a knight").sky === SKIES.night, false);
  assert.equal(moodOf("rainbow").weather, undefined);
  assert.notEqual(moodOf("城堡").land.shape, "city");
  assert.equal(moodOf("竹林").land.shape, "bamboo");
});

Deno.test("up to three things are drawn, as they come", () => {
  assert.deepEqual(namesIn("a boy, his dog, a red car and a robot"), ["MAN", "DOG", "CAR"]);
});

Deno.test("a colour belongs to the thing behind it, any other to the whole picture", () => {
  const { subjects, hue } = moodOf("a red fox and a white rabbit in a purple forest");
  assert.deepEqual(subjects.map((subject) => subject.hue), ["red", "white"]);
  assert.ok(hue && hue.colour[2] > hue.colour[1], "purple");
  assert.equal(moodOf("红色的汽车").subjects[0]?.hue, "red");
  assert.equal(moodOf("a fox").hue, undefined);
});

Deno.test("rain, storm and clouds hide the sun; snow and fog mute it", () => {
  for (const prompt of ["rain", "雨", "a storm", "暴风雨", "cloudy", "阴天", "a rainy sunday"]) {
    assert.equal(moodOf(prompt).weather?.disc, 0, prompt);
  }
  for (const prompt of ["snow", "雪", "fog", "雾"]) {
    const { disc = 1 } = moodOf(prompt).weather ?? {};
    assert.ok(disc > 0 && disc < 0.5, prompt);
  }
  assert.equal(moodOf("a sunny day").weather, undefined);
});

Deno.test("weather sets the sky where no time of day does, and dulls it where one does", () => {
  assert.equal(moodOf("a house in the rain").sky, SKIES.rain);
  const wet = moodOf("a rainy night").sky;
  assert.ok(wet.body === "moon" && !wet.stars && wet !== SKIES.night);
});

Deno.test("things bring the land they are at home in, unless the prompt names another", () => {
  assert.equal(moodOf("a lighthouse").land.shape, "sea");
  assert.equal(moodOf("a rocket").land.shape, "planets");
  assert.equal(moodOf("a robot in a garden").land.shape, "garden");
});

function moodOf(prompt: string) {
  return readMood(prompt, createRandom(1));
}

function namesIn(prompt: string): string[] {
  return moodOf(prompt).subjects.map(({ figure }) =>
    Object.keys(FIGURES).find((name) => FIGURES[name] === figure) ?? "?"
  );
}
