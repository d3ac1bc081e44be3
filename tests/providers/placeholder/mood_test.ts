import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { DRAWINGS } from "../../../src/providers/placeholder/drawings.ts";
import { readMood } from "../../../src/providers/placeholder/mood.ts";
import { skyOf } from "../../../src/providers/placeholder/palette.ts";
import { createRandom } from "../../../src/providers/placeholder/random.ts";

Deno.test("every thing that can be drawn is found by its words", () => {
  const words: Readonly<Record<string, readonly string[]>> = {
    lighthouse: ["an old lighthouse in a storm", "灯塔", "大海边的灯塔"],
    fox: ["a fox", "Foxes", "狐狸"],
    dog: ["my dog", "puppies", "小狗"],
    rabbit: ["a rabbit", "bunny", "白兔"],
    cat: ["A CAT", "kitten", "夜晚的猫", "🐱"],
    bird: ["a bird", "飞鸟", "an eagle"],
    fish: ["a fish", "goldfish", "一条鱼"],
    tree: ["a tree", "一棵树"],
    flower: ["a flower", "一朵花", "a rose"],
    temple: ["a mountain temple", "pagoda", "山中的寺", "宝塔"],
    castle: ["a castle", "城堡"],
    man: ["a person walking", "a man", "the boy", "老人", "a knight"],
    woman: ["a girl", "woman", "女孩", "女人"],
    robot: ["robot", "机器人"],
    rocket: ["a rocket", "火箭"],
    car: ["a car", "汽车"],
    boat: ["a boat", "帆船"],
    house: ["a house", "小屋"],
  };
  const things = Object.keys(DRAWINGS).filter((name) => (DRAWINGS[name]?.tall ?? 0) > 0);
  assert.deepEqual(Object.keys(words).sort(), things.sort());
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
  assert.equal(isDeepStrictEqual(moodOf("a knight").sky, skyOf("night")), false);
  assert.equal(moodOf("rainbow").weather, undefined);
  assert.notEqual(moodOf("城堡").land.shape, "city");
  assert.equal(moodOf("竹林").land.shape, "bamboo");
});

Deno.test("up to three things are drawn, as they come", () => {
  assert.deepEqual(namesIn("a boy, his dog, a red car and a robot"), ["man", "dog", "car"]);
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
  assert.deepEqual(moodOf("a house in the rain").sky, skyOf("rain"));
  const wet = moodOf("a rainy night").sky;
  assert.ok(wet.body === "moon" && !wet.stars && !isDeepStrictEqual(wet, skyOf("night")));
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
  return moodOf(prompt).subjects.map(({ name }) => name);
}
