import assert from "node:assert/strict";
import { type Draft, gapsIn, MOST_REQUESTS, requestsOf, sendingOf } from "../../src/page/batch.ts";
import type { ProviderTable } from "../../src/page/server.ts";

const DRAFT: Draft = {
  prompt: "a cat\n\n a dog ",
  provider: "",
  model: "",
  style: "",
  size: "",
  count: "2",
  seed: "",
  negative: "",
  references: [],
  isByLine: false,
  providers: [],
  styles: [],
  template: "",
  values: {},
};
const TABLES = [
  table("first", ["ink", "oil"], ["one-1"]),
  table("second", ["ink", "pencil"], ["two-1"]),
];

const asked = (more: Partial<Draft>) =>
  requestsOf({ ...DRAFT, ...more }, TABLES).map(({ args }) =>
    [args.prompt, args.provider, args.style, args.model].filter(Boolean).join(" · ")
  );

Deno.test("a prompt of several lines is one picture, unless each line is to be one", () => {
  assert.deepEqual(asked({}), [DRAFT.prompt]);
  assert.deepEqual(asked({ isByLine: true }), ["a cat", "a dog"]);
  assert.deepEqual(asked({ isByLine: true, prompt: "\n \n" }), []);
});

Deno.test("every line is drawn by each provider in each style that it has", () => {
  const more = { isByLine: true, providers: ["first", "second"], styles: ["ink", "oil"] };
  assert.deepEqual(asked(more), [
    "a cat · first · ink",
    "a cat · first · oil",
    "a cat · second · ink",
    "a dog · first · ink",
    "a dog · first · oil",
    "a dog · second · ink",
  ]);
  assert.deepEqual(asked({ prompt: "a cat", styles: ["oil", "pencil"] }), ["a cat · oil"]);
});

Deno.test("of several providers only those get a model that have it", () => {
  const more = { prompt: "a cat", model: "two-1" };
  assert.deepEqual(asked({ ...more, providers: ["first", "second"] }), [
    "a cat · first",
    "a cat · second · two-1",
  ]);
  assert.deepEqual(asked({ ...more, provider: "first" }), ["a cat · first · two-1"]);
});

Deno.test("gaps are what the server takes for some", () => {
  assert.deepEqual(gapsIn("a {colour} {animal} with {colour} {{hat}} { x } {1} {颜色}"), [
    "colour",
    "animal",
    "颜色",
  ]);
});

Deno.test("lists, a template and many requests are a batch, and all pictures are counted", () => {
  const sent = (more: Partial<Draft>) => {
    const { isBatch, count, variables } = sendingOf({ ...DRAFT, ...more }, TABLES);
    return [isBatch, count, variables];
  };
  assert.deepEqual(sent({}), [false, 2, {}]);
  assert.deepEqual(sent({ prompt: "a {animal}" }), [false, 2, {}]);
  const animal = ["cat", "fox"];
  const values = { animal: " cat \n\nfox", colour: "red" };
  assert.deepEqual(sent({ prompt: "a {animal}", values }), [true, 4, { animal }]);
  assert.deepEqual(sent({ prompt: "", template: "logo", values }), [
    true,
    4,
    { animal, colour: ["red"] },
  ]);
  const prompt = Array.from({ length: MOST_REQUESTS + 1 }, (_, line) => `a cat ${line}`).join("\n");
  assert.deepEqual(sent({ prompt, isByLine: true, count: "1" }), [true, MOST_REQUESTS + 1, {}]);
});

Deno.test("numbers and pictures go along with each request", () => {
  const reference = { id: "upl_1", role: "base", view: "blob:1", name: "a.png" } as const;
  const [request] = requestsOf({ ...DRAFT, seed: "7", references: [reference] }, TABLES);
  assert.deepEqual(request, {
    args: { prompt: DRAFT.prompt, seed: 7, n: 2 },
    images: [{ image: "upl_1", role: "base" }],
  });
});

function table(name: string, styles: readonly string[], models: readonly string[]): ProviderTable {
  return {
    name,
    title: name,
    models,
    styles: Object.fromEntries(styles.map((style) => [style, style])),
    sizes: {},
    defaultSize: "1024x1024",
    takesSeed: true,
    takesNegativePrompt: true,
    maxImages: 1,
    takesBase: true,
    takesMask: true,
    maxPromptLength: 1000,
  };
}
