import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import { definePlaceholder } from "../../src/providers/placeholder/provider.ts";
import type { CallContext, ImageProvider, ImageRequest } from "../../src/providers/provider.ts";
import { shareImageWorkers } from "../support/image_workers.ts";
import { meanColour, readPng } from "./placeholder/read_png.ts";

shareImageWorkers();

const provider = openPlaceholder();
const { styles } = provider.capabilities();

Deno.test("placeholder needs no variable to be on", () => {
  const definition = definePlaceholder(() => "SOME_API_KEY");
  assert.deepEqual(definition.variables, {});
  assert.equal(definition.open(new Map(), outside(), []).on, true);
});

Deno.test("placeholder says that it is one, and how to get real pictures", async () => {
  const { warnings, model } = await draw({ prompt: "a cat", size: "64x64" });
  assert.equal(model, "placeholder");
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0] ?? "",
    /^Placeholder, no AI model: set SOME_API_KEY or OTHER_KEY; .*render_svg$/,
  );
});

Deno.test("placeholder warns that it has no other model than its own", async () => {
  const request = { prompt: "a cat", size: "64x64" } as const;
  const { warnings } = await draw({ ...request, model: "gpt-image-2" });
  assert.match(warnings[1] ?? "", /no model 'gpt-image-2'/);
  assert.equal((await draw({ ...request, model: "placeholder" })).warnings.length, 1);
});

Deno.test("placeholder draws the same bytes for the same request", async () => {
  const request = {
    prompt: "sunset ocean",
    style: "watercolor",
    size: "160x120",
    seed: 7,
  } as const;
  assert.deepEqual(await pictureOf(request), await pictureOf(request));
});

Deno.test("placeholder draws another picture for another prompt, style, size or seed", async () => {
  const request = { prompt: "a hill", style: "natural", size: "128x128", seed: 1 } as const;
  const pictures = await Promise.all([
    pictureOf(request),
    pictureOf({ ...request, prompt: "a hall" }),
    pictureOf({ ...request, style: "vivid" }),
    pictureOf({ ...request, size: "128x127" }),
    pictureOf({ ...request, seed: 2 }),
  ]);
  const pixels = pictures.map((bytes) => readPng(bytes).pixels.join());
  assert.equal(new Set(pixels).size, pixels.length);
});

Deno.test("placeholder derives the seed from the prompt, and that seed repeats the picture", async () => {
  const request = { prompt: "日落", size: "96x96" } as const;
  const [first] = (await draw(request)).images;
  const [again] = (await draw({ ...request, seed: first?.seed })).images;
  assert.ok(first?.seed !== undefined);
  assert.deepEqual(again, first);
});

Deno.test("placeholder counts the seed up for several pictures, and past its end", async () => {
  const { images } = await draw({ prompt: "a hill", size: "64x64", count: 3, seed: 2 ** 32 - 2 });
  assert.deepEqual(images.map(({ seed }) => seed), [2 ** 32 - 2, 2 ** 32 - 1, 0]);
  assert.equal(new Set(images.map(({ bytes }) => bytes.join())).size, 3);
});

Deno.test("placeholder draws every size as asked", async () => {
  for (const size of ["64x64", "64x2048", "2048x64", "333x517", "200x100"] as const) {
    const { width, height } = readPng(await pictureOf({ prompt: "a lake 湖", size }));
    assert.equal(`${width}x${height}`, size);
  }
});

Deno.test("placeholder draws 1024x1024 where no size is given, or auto", async () => {
  for (const size of [undefined, "auto"] as const) {
    const { width, height } = readPng(await pictureOf({ prompt: "a hill", size }));
    assert.deepEqual([width, height], [1024, 1024]);
  }
});

Deno.test("placeholder says that no trained model made its pictures", async () => {
  const [image] = (await draw({ prompt: "a cat", size: "64x64" })).images;
  assert.equal(image!.sourceType, "algorithmicMedia");
});

Deno.test("placeholder never fails over the words it gets", async () => {
  const prompts = [
    " ",
    "🐱👩‍🚀🇨🇳",
    "\u0000\u200b",
    "\ud800",
    "x".repeat(32_000),
    "a\u0301".repeat(99),
  ];
  for (const prompt of prompts) {
    for (const size of ["64x64", "300x200"] as const) readPng(await pictureOf({ prompt, size }));
  }
});

Deno.test("placeholder's colours follow the words, in English and in Chinese", async () => {
  const sky = async (prompt: string) =>
    meanColour(readPng(await pictureOf({ prompt, size: "128x128" })), 0.3, 0.5);
  const land = async (prompt: string) =>
    meanColour(readPng(await pictureOf({ prompt, size: "128x128" })), 0.62, 0.7);
  for (const prompt of ["sunset ocean", "海上日落"]) {
    const colour = await sky(prompt);
    assert.ok(colour.red > colour.blue + 40, `${prompt} is warm`);
  }
  for (const prompt of ["a forest at noon", "森林", "garden", "花园"]) {
    const colour = await land(prompt);
    assert.ok(colour.green > colour.red, `${prompt} is green`);
  }
  for (const prompt of ["night over the hills", "夜"]) {
    const { red, green, blue } = await sky(prompt);
    assert.ok(red + green + blue < 330 && blue > red, `${prompt} is dark and blue`);
  }
});

Deno.test("placeholder gives every style a look of its own", async () => {
  const looks = new Set<string>();
  for (const style of Object.keys(styles)) {
    const bytes = await pictureOf({ prompt: "a cute cat in a garden", style, size: "128x128" });
    const { red, green, blue } = meanColour(readPng(bytes));
    looks.add([red, green, blue].map((value) => value.toFixed(1)).join());
  }
  assert.equal(looks.size, Object.keys(styles).length);
});

Deno.test("placeholder's files are small enough to be shown whole, in every style", async () => {
  for (const style of Object.keys(styles)) {
    const bytes = await pictureOf({ prompt: "a cute cat in a garden", style });
    assert.ok(bytes.length < 660_000, `${style}: ${bytes.length} bytes`);
  }
});

Deno.test("placeholder puts legible words on the picture: letters stand out from their ground", async () => {
  for (const style of Object.keys(styles)) {
    const { width, height, pixels } = readPng(
      await pictureOf({ prompt: "山水之间 words", style, size: "256x256" }),
    );
    const brightness: number[] = [];
    for (let y = Math.floor(height * 0.7); y < height * 0.9; y++) {
      for (let x = Math.floor(width * 0.07); x < width * 0.5; x++) {
        brightness.push(pixels[(y * width + x) * 3 + 1] ?? 0);
      }
    }
    brightness.sort((one, other) => one - other);
    const [dark = 0, light = 0] = [0.02, 0.98].map((share) =>
      brightness[Math.floor(share * brightness.length)]
    );
    assert.ok(light - dark > 100, `${style}: ${dark} to ${light}`);
  }
});

Deno.test("placeholder lets other work go on while it draws the largest picture", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await pictureOf({ prompt: "a cute cat in a garden", style: "cartoon", size: "2048x2048" });
  clearInterval(timer);
  assert.ok(turns > 20, `${turns} turns`);
});

Deno.test("placeholder stops with the signal's reason when the caller does", async () => {
  const controller = new AbortController();
  const reason = new ImageError("cancelled", "The request was cancelled");
  setTimeout(() => controller.abort(reason), 30);
  await assert.rejects(
    draw({ prompt: "a hill", size: "2048x2048", count: 10 }, { signal: controller.signal }),
    reason,
  );
  await assert.rejects(draw({ prompt: "a hill" }, { signal: AbortSignal.abort(reason) }), reason);
});

Deno.test("placeholder says which picture it is at", async () => {
  const messages: string[] = [];
  await draw({ prompt: "a hill", size: "64x64", count: 2 }, {
    onProgress: ({ message }) => messages.push(message),
  });
  assert.deepEqual(messages, ["Drawing placeholder 1 of 2", "Drawing placeholder 2 of 2"]);
});

function openPlaceholder(): ImageProvider {
  const opened = definePlaceholder(() => "SOME_API_KEY or OTHER_KEY").open(
    new Map(),
    outside(),
    [],
  );
  assert.ok(opened.on);
  return opened.provider;
}

function outside() {
  return { fetch: () => Promise.reject(new Error("No network is needed")), now: () => 0 };
}

function draw(request: Partial<ImageRequest>, context: Partial<CallContext> = {}) {
  return provider.generate({
    operation: "generate",
    prompt: "",
    inputs: [],
    count: 1,
    options: {},
    ...request,
  }, {
    signal: new AbortController().signal,
    onProgress: () => {},
    onAccepted: () => {},
    ...context,
  });
}

async function pictureOf(request: Partial<ImageRequest>): Promise<Uint8Array<ArrayBuffer>> {
  const [image] = (await draw(request)).images;
  assert.ok(image);
  return image.bytes;
}
