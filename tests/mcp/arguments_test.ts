/** Arguments as clients and models really send them. */

import assert from "node:assert/strict";
import type { ArgumentTable } from "../../src/mcp/declarations/argument.ts";
import {
  flag,
  number,
  required,
  text,
  textList,
  wholeNumber,
} from "../../src/mcp/declarations/argument_kinds.ts";
import { COMPARE_IMAGES } from "../../src/mcp/declarations/batch.ts";
import { EDIT_IMAGE } from "../../src/mcp/declarations/edit_image.ts";
import { DELETE_IMAGES, SEARCH_IMAGES, UPDATE_IMAGES } from "../../src/mcp/declarations/library.ts";
import {
  GENERATE_IMAGE,
  GET_IMAGE_DATA,
  GET_JOB,
  LIST_JOBS,
  TOOL_DECLARATIONS,
} from "../../src/mcp/declarations/tools.ts";
import { TRANSFORM_IMAGE } from "../../src/mcp/declarations/transform_image.ts";
import { ANY_SEED } from "../../src/requests/request.ts";
import { readArguments } from "../../src/mcp/arguments/read_arguments.ts";
import { connectTestClient, openTestApp } from "../support/app.ts";
import { processorNow } from "../support/processor_time.ts";

const TABLE = {
  prompt: required(text("", { minLength: 1, maxLength: 32_000 })),
  style: text(""),
  n: wholeNumber("", 1, 10),
  wait_seconds: number("", 0, 3600),
  preview: flag(""),
  references: textList("", { maxItems: 4, maxLength: 20 }),
} as const;

const TAKEN: readonly (readonly [argument: string, given: unknown, read: unknown])[] = [
  ["n", 2, 2],
  ["n", "2", 2],
  ["n", 2.0, 2],
  ["n", "10", 10],
  ["wait_seconds", "2.5", 2.5],
  ["wait_seconds", "0", 0],
  ["preview", true, true],
  ["preview", "true", true],
  ["preview", "false", false],
  ["preview", "True", true],
  ["preview", "yes", true],
  ["preview", "off", false],
  ["preview", "是", true],
  ["preview", "0", false],
  ["preview", 1, true],
  ["n", "2.0", 2],
  ["n", " 2 ", 2],
  ["references", ["a", "b"], ["a", "b"]],
  ["references", '["a", "b"]', ["a", "b"]],
  ["references", " []", []],
  ["references", "a", ["a"]],
  ["style", "anime", "anime"],
  ["style", "2", "2"],
  ["style", "true", "true"],
];

for (const [name, given, read] of TAKEN) {
  Deno.test(`${name} ${JSON.stringify(given)} is taken as ${JSON.stringify(read)}`, () => {
    assert.deepEqual(argsOf({ prompt: "a cat", [name]: given }), { prompt: "a cat", [name]: read });
  });
}

for (const name of Object.keys(TABLE).filter((name) => name !== "prompt")) {
  for (const nothing of [null, "", "  "]) {
    Deno.test(`${name} ${JSON.stringify(nothing)} counts as left out`, () => {
      assert.deepEqual(argsOf({ prompt: "a cat", [name]: nothing }), { prompt: "a cat" });
    });
  }
}

const REFUSED: readonly (readonly [argument: string, given: unknown])[] = [
  ...[
    "2.5",
    "02",
    "+2",
    "two",
    "0x2",
    "2e0",
    "-0",
    "11",
    "Infinity",
    true,
    [2],
    {},
  ]
    .map((given) => ["n", given] as const),
  ...["01.5", "+1", ".5", "1.", "NaN", "Infinity", "1e400", "-1", "3600.5", false]
    .map((given) => ["wait_seconds", given] as const),
  ...["maybe", "yes please", 2, -1, [], {}].map((given) => ["preview", given] as const),
  ...[
    "[",
    '{"a":1}',
    "[1]",
    [1],
    [null],
    [""],
    ["a", "b", "c", "d", "e"],
    ["x".repeat(21)],
    5,
    {},
  ]
    .map((given) => ["references", given] as const),
  ...[5, true, ["anime"], {}, "x".repeat(201)].map((given) => ["style", given] as const),
];

for (const [name, given] of REFUSED) {
  const shown = JSON.stringify(given).slice(0, 30);
  Deno.test(`${name} ${shown} is refused with what is legal`, () => {
    const [mistake, ...others] = mistakesIn({ prompt: "a cat", [name]: given });
    assert.deepEqual(others, []);
    assert.match(mistake!, new RegExp(`^'${name}' must be .*, current value is `));
    assert.ok(mistake!.length < 200, mistake);
  });
}

const WORDS: readonly (readonly [given: Record<string, unknown>, read: Record<string, unknown>])[] =
  [
    [{ size: "1024x1024" }, { resolution: "1024x1024" }],
    [{ image_size: { width: 1024, height: 768 } }, { resolution: "1024x768" }],
    [{ imageSize: "2K" }, { resolution: "2K" }],
    [{ width: 1024, height: 768 }, { resolution: "1024x768" }],
    [{ width: "1024", height: "768" }, { resolution: "1024x768" }],
    [{ aspectRatio: "16:9" }, { aspect_ratio: "16:9" }],
    [{ "aspect-ratio": "16:9" }, { aspect_ratio: "16:9" }],
    [{ negativePrompt: "rain" }, { negative_prompt: "rain" }],
    [{ num_images: 2 }, { n: 2 }],
    [{ n_images: "2" }, { n: 2 }],
    [{ num_outputs: 2 }, { n: 2 }],
    [{ numOutputs: 2 }, { n: 2 }],
    [{ batch_size: 2 }, { n: 2 }],
    [{ number_of_images: 2 }, { n: 2 }],
    [{ outputFormat: "png" }, { output_format: "png" }],
    [{ style_preset: "anime" }, { style: "anime" }],
    [{ N: 3 }, { n: 3 }],
    [{ size: "1x1", resolution: "1x1" }, { resolution: "1x1" }],
    [{ size: "1x1", resolution: null }, { resolution: "1x1" }],
    [{ size: null, steps: null }, {}],
    [{ seed: -1 }, { seed: ANY_SEED }],
    [{ seed: "Random" }, { seed: ANY_SEED }],
    [{ seed: "随机" }, { seed: ANY_SEED }],
  ];

for (const [given, read] of WORDS) {
  Deno.test(`${JSON.stringify(given)} is understood as ${JSON.stringify(read)}`, () => {
    const result = readArguments(GENERATE_IMAGE.input, { prompt: "a cat", ...given });
    assert.deepEqual(result, { args: { prompt: "a cat", ...read } });
  });
}

const POINTED: readonly (readonly [given: Record<string, unknown>, mistake: string])[] = [
  [{ width: 1024 }, "'width' is called 'resolution' here, such as 1024x768"],
  [
    { filename: "cat.png" },
    "'filename' is called 'file_prefix' here, which begins the file's name",
  ],
  [{ output_quality: 80 }, "'output_quality' is called 'output_compression' here"],
  [
    { response_format: "b64_json" },
    "'response_format' has no counterpart here: every answer holds " +
    "the picture and tells where it is",
  ],
  [
    { steps: 30 },
    "'steps' is called 'options' here, which takes a model's own fields by name",
  ],
  [
    { cfg_scale: 7 },
    "'cfg_scale' is called 'options' here, which takes a model's own fields by name",
  ],
  [
    { guidance: 3 },
    "'guidance' is called 'options' here, which takes a model's own fields by name",
  ],
  [
    { numInferenceSteps: 3 },
    "'numInferenceSteps' is called 'options' here, which takes a model's own fields by name",
  ],
  [
    { size: "1x1", resolution: "2x2" },
    "'size' is called 'resolution' here, and both are given: leave one out",
  ],
  [
    { num_images: "two" },
    "'num_images', called 'n' here, must be a whole number from 1 to 10, current value is \"two\"",
  ],
];

for (const [given, mistake] of POINTED) {
  Deno.test(`${JSON.stringify(given)} is told as "${mistake}"`, () => {
    const result = readArguments(GENERATE_IMAGE.input, { prompt: "a cat", ...given });
    assert.deepEqual(result, { mistakes: [mistake] });
  });
}

const OF_OTHER_TOOLS: readonly (readonly [
  ArgumentTable,
  given: Record<string, unknown>,
  read: Record<string, unknown>,
])[] = [
  [SEARCH_IMAGES.input, { since: "today", until: "1h" }, { after: "today", before: "1h" }],
  [SEARCH_IMAGES.input, { keywords: "cat", count: 3 }, { query: "cat", limit: 3 }],
  [UPDATE_IMAGES.input, { image: "last", tags: "a", name: "b" }, {
    image_ids: ["last"],
    add_tags: ["a"],
    title: "b",
  }],
  [DELETE_IMAGES.input, { id: "img_1" }, { image_ids: ["img_1"] }],
  [GET_IMAGE_DATA.input, { id: "img_1" }, { image_id: "img_1" }],
  [GET_IMAGE_DATA.input, { image: "img_1" }, { image_id: "img_1" }],
  [LIST_JOBS.input, { status: "done" }, { status: "finished" }],
  [LIST_JOBS.input, { status: "In Progress" }, { status: "running" }],
  [LIST_JOBS.input, { status: "error" }, { status: "failed" }],
  [LIST_JOBS.input, { status: "已取消" }, { status: "cancelled" }],
  [LIST_JOBS.input, { status: "all" }, {}],
  [GET_IMAGE_DATA.input, { image_id: "last", format: "base64" }, {
    image_id: "last",
    format: "data",
  }],
  [TRANSFORM_IMAGE.input, { image: "last", rotate: "left" }, { image: "last", rotate: 270 }],
  [TRANSFORM_IMAGE.input, { image: "last", rotate: "upside down" }, { image: "last", rotate: 180 }],
  [TRANSFORM_IMAGE.input, { image: "last", rotation: "90°" }, { image: "last", rotate: 90 }],
  [EDIT_IMAGE.input, { prompt: "x", images: [{ image: "a", role: "source" }] }, {
    prompt: "x",
    images: [{ image: "a", role: "base" }],
  }],
  [GET_JOB.input, { id: "last" }, { job_id: "last" }],
  [EDIT_IMAGE.input, { prompt: "x", based_on: "last" }, {
    prompt: "x",
    images: [{ image: "last" }],
  }],
  [COMPARE_IMAGES.input, { prompt: "x", style: "anime", seeds: "7" }, {
    prompt: "x",
    styles: ["anime"],
    seeds: [7],
  }],
];

for (const [table, given, read] of OF_OTHER_TOOLS) {
  Deno.test(`${JSON.stringify(given)} is ${JSON.stringify(read)} to another tool`, () => {
    assert.deepEqual(readArguments(table, given), { args: read });
  });
}

for (const word of ["image", "images", "reference_image", "style_image"]) {
  Deno.test(`who passes ${word} to generate_image is told which tool takes pictures`, () => {
    const result = readArguments(GENERATE_IMAGE.input, { prompt: "a cat", [word]: "last" });
    const words = "edit_image takes pictures, also as references or for their style";
    assert.deepEqual(result, { mistakes: [`'${word}' has no counterpart here: ${words}`] });
  });
}

Deno.test("a word of another API means nothing to a tool that has no argument for it", () => {
  const result = readArguments({ job_id: required(text("")) }, { job_id: "job_1", size: "1x1" });
  assert.deepEqual(result, { mistakes: ["Unknown argument 'size', it takes 'job_id'"] });
});

Deno.test("at most five unknown names are told, and how many more there are", () => {
  const given = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`zzz${index}`, 1]));
  const mistakes = mistakesIn({ prompt: "a cat", ...given });
  assert.equal(mistakes.length, 6);
  assert.equal(mistakes[5], "and 7 more");
  assert.match(mistakes[4]!, /^Unknown argument 'zzz4', it takes 'prompt'/);
});

Deno.test("a long name is neither guessed at nor told in full", () => {
  const [mistake] = mistakesIn({ prompt: "a cat", ["y".repeat(1_000_000)]: 1 });
  assert.ok(mistake!.length < 300, mistake);
  assert.match(mistake!, /^Unknown argument 'y{59}…', it takes /);
});

const HUGE: readonly (readonly [what: string, given: () => Record<string, unknown>])[] = [
  ["ten megabytes of a style", () => ({ style: "x".repeat(10_000_000) })],
  ["ten megabytes of a number", () => ({ n: "1".repeat(10_000_000) })],
  ["ten megabytes of blanks", () => ({ n: " ".repeat(10_000_000) })],
  ["ten megabytes of a list", () => ({ references: `[${'"a",'.repeat(2_500_000)}"a"]` })],
  ["a list of a million", () => ({ references: Array(1_000_000).fill("a") })],
  ["an object of a million", () => ({ style: Array(1_000_000).fill({}) })],
  ["a thousand unknown names", () => manyNames(1_000)],
];

for (const [what, given] of HUGE) {
  Deno.test(`${what} is refused within milliseconds, in few words`, () => {
    const args = { prompt: "a cat", ...given() };
    const began = processorNow();
    const mistakes = mistakesIn(args);
    const took = processorNow() - began;
    assert.ok(took < 50, `${took} ms`);
    assert.ok(mistakes.join("; ").length < 1_500, mistakes.join("; "));
  });
}

Deno.test("400,000 unknown names are refused in about the time that it takes to parse them", () => {
  const json = JSON.stringify(manyNames(400_000));
  const began = processorNow();
  const args = JSON.parse(json);
  const parsed = processorNow() - began;
  const mistakes = mistakesIn(args);
  const took = processorNow() - began - parsed;
  assert.equal(mistakes.at(-1), "and at least 95 more");
  assert.ok(took < 2 * parsed, `${took} ms after ${parsed} ms`);
});

Deno.test("a member named like a part of every object is an unknown name", () => {
  const given = JSON.parse(
    '{"prompt":"a cat","__proto__":{"style":"x"},"constructor":1,"toString":2}',
  );
  assert.equal(mistakesIn(given).length, 3);
});

Deno.test("the schemas that clients see have one type per argument, and every text a bound", () => {
  for (const { name, input } of TOOL_DECLARATIONS) {
    for (const [argument, { type, ...bounds }] of Object.entries(input)) {
      assert.equal(typeof type, "string", `${name}.${argument}`);
      if (type === "string") assert.ok("maxLength" in bounds, `${name}.${argument}`);
    }
  }
});

Deno.test("tools take what clients send as text", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const made = await client.call("generate_image", {
    prompt: "a cat",
    size: "64x64",
    n: "2",
    seed: "7",
    style: "",
    wait_seconds: "30",
  });
  assert.equal(made.envelope.ok, true, JSON.stringify(made.envelope.error));
  assert.deepEqual(
    made.envelope.images.map(({ width, seed }: { width: number; seed: number }) => [width, seed]),
    [[64, 7], [64, 8]],
  );
  const reloaded = await client.call("reload_config", { dotenv_override: "false" });
  assert.equal(reloaded.envelope.ok, true, JSON.stringify(reloaded.envelope.error));
});

Deno.test("the prompt takes the words of other APIs, and empty text as absent", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const { messages: [message] } = await client.client.getPrompt({
    name: "image_generation_prompt",
    arguments: { description: "a cat", size: "64x64", style: "" },
  });
  assert.ok(message?.content.type === "text");
  assert.match(message.content.text, /Resolution: 64x64\n/);
  assert.match(message.content.text, /Style: none/);
});

function argsOf(given: Record<string, unknown>) {
  const read = readArguments(TABLE, given);
  assert.ok("args" in read, JSON.stringify(read));
  return read.args;
}

function mistakesIn(given: Record<string, unknown>): readonly string[] {
  const read = readArguments(TABLE, given);
  assert.ok("mistakes" in read, JSON.stringify(read));
  return read.mistakes;
}

function manyNames(count: number): Record<string, unknown> {
  const name = (index: number) => `${index}`.padStart(40, "k");
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [name(index), 1]));
}
