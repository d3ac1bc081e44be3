import assert from "node:assert/strict";
import { ImageError } from "../../../src/errors.ts";
import { identifyImage } from "../../../src/images/media_type.ts";
import { decodeImage, type Raster, transformImage } from "../../../src/images/transform.ts";
import { definePlaceholder } from "../../../src/providers/placeholder/provider.ts";
import type { ImageRequest, InputImage, InputRole } from "../../../src/providers/provider.ts";
import { png } from "../../fakes/png.ts";
import { encodeImage } from "../../support/encode_image.ts";
import { processorNow } from "../../support/processor_time.ts";
import { shareImageWorkers } from "../../support/image_workers.ts";

shareImageWorkers();

const opened = definePlaceholder(() => "SOME_API_KEY").open(
  new Map(),
  { fetch: () => Promise.reject(new Error("No network is needed")), now: () => 0 },
  [],
);
assert.ok(opened.on);
const { provider } = opened;

/** Like a photograph: no two neighbours alike. */
const BASE = input("base", png(240, 160, 2, (x, y) => [x, y, (x * 7 + y * 13) % 200]));

Deno.test("placeholder keeps every pixel outside the mask, and redraws what is inside", async () => {
  const mask = input("base", png(240, 160, 0, (x, y) => [isInside(x, y) ? 255 : 0]));
  const [before, after] = [await decodeImage(BASE.bytes), await edited({ mask })];
  let changed = 0;
  for (let y = 0; y < 160; y++) {
    for (let x = 0; x < 240; x++) {
      const isSame = colourAt(before, x, y).join() === colourAt(after, x, y).join();
      if (!isInside(x, y)) assert.ok(isSame, `${x},${y} lies outside`);
      else if (!isSame) changed++;
    }
  }
  assert.ok(changed > 100 * 80 * 0.9, `${changed} pixels changed`);
});

function isInside(x: number, y: number): boolean {
  return x >= 100 && x < 200 && y >= 40 && y < 120;
}

Deno.test("placeholder leaves the picture as it is where a mask lets nothing change", async () => {
  const mask = input("base", png(240, 160, 0, () => [0]));
  assert.deepEqual((await edited({ mask })).pixels, (await decodeImage(BASE.bytes)).pixels);
});

Deno.test("placeholder goes further from the picture the greater the strength is", async () => {
  const before = await decodeImage(BASE.bytes);
  const distances: number[] = [];
  for (const strength of [0, 0.3, 0.6, 0.8, 1]) {
    distances.push(distance(before, await edited({ strength })));
  }
  assert.equal(distances[0], 0);
  assert.deepEqual(distances, distances.toSorted((one, other) => one - other));
  assert.equal(new Set(distances).size, distances.length);
  const half = await edited({ strength: 0.5, mask: input("base", png(240, 160, 0, () => [255])) });
  assert.ok(distance(before, half) < distance(before, await edited({ strength: 1 })));
});

Deno.test("placeholder's edit of the whole picture can still be recognised", async () => {
  const before = await decodeImage(BASE.bytes);
  const like = async (strength?: number) =>
    likeness(before, await edited({ prompt: "at night", strength }));
  assert.ok(await like() > 0.8, `${await like()}`);
  assert.ok(await like(1) < 0.5, `${await like(1)}`);
});

Deno.test("placeholder shows references in the picture, with a base picture, a mask or neither", async () => {
  const mask = input("base", png(240, 160, 0, () => [255]));
  const reference = input("reference", png(90, 90, 2, () => [255, 0, 255]));
  for (const inputs of [[reference], [BASE, reference], [BASE, ...Array(15).fill(reference)]]) {
    const isMasked = inputs.includes(BASE);
    for (const request of [{ inputs }, ...(isMasked ? [{ inputs, mask }] : [])]) {
      const { pixels } = await edited({ size: "240x160", ...request });
      let shown = 0;
      for (let i = 0; i < pixels.length; i += 4) {
        if (pixels[i]! > 240 && pixels[i + 1]! < 20 && pixels[i + 2]! > 240) shown++;
      }
      assert.ok(shown > 1_000, `${shown} pixels of ${inputs.length - 1}`);
    }
  }
});

Deno.test("placeholder takes the tones of a picture of a style, in a new picture and in an edit", async () => {
  const style = (colour: readonly number[]) => input("style", png(64, 64, 2, () => colour));
  for (const inputs of [[], [BASE]]) {
    const blueness = async (colour: readonly number[]) => {
      const { pixels } = await edited({ inputs: [...inputs, style(colour)], size: "240x160" });
      let sum = 0;
      for (let i = 0; i < pixels.length * 0.6; i += 4) sum += pixels[i + 2]! - pixels[i]!;
      return sum / (pixels.length / 4);
    };
    const [blue, red] = [await blueness([20, 40, 220]), await blueness([220, 40, 20])];
    assert.ok(blue > red + 60, `${blue} and ${red}`);
  }
});

Deno.test("placeholder says that of several pictures of a style one counts", async () => {
  const style = input("style", png(64, 64, 2, () => [9, 99, 9]));
  const { warnings } = await edit({ inputs: [BASE, style, style] });
  assert.match(warnings[1] ?? "", /the first picture of a style alone/);
});

Deno.test("placeholder gives an edit the look of every named style", async () => {
  const seen = new Set<string>();
  for (const style of [undefined, ...Object.keys(provider.capabilities().styles)]) {
    seen.add((await edited({ style })).pixels.join());
  }
  // "natural" is a picture as it is: what the prompt names, without another mood.
  assert.equal(seen.size, Object.keys(provider.capabilities().styles).length + 1);
  assert.ok(colourfulness(await edited({ style: "sketch" })) < 12);
  assert.ok(colourfulness(await edited({ style: "vivid" })) > 60);
});

Deno.test("placeholder draws an edit in the size of its base picture, within its bounds", async () => {
  const sizes: readonly (readonly [width: number, height: number, string])[] = [
    [240, 160, "240x160"],
    [3000, 1000, "2048x683"],
    [40, 30, "64x64"],
    [2100, 20, "2048x64"],
  ];
  for (const [width, height, wanted] of sizes) {
    const base = input("base", png(width, height, 0, (x) => [x % 256]));
    for (const size of width < 300 ? [undefined, "auto"] as const : ["auto"] as const) {
      const made = await edited({ inputs: [base], size });
      assert.equal(`${made.width}x${made.height}`, wanted);
    }
  }
  const made = await edited({ size: "128x300" });
  assert.equal(`${made.width}x${made.height}`, "128x300");
});

Deno.test("placeholder takes pictures of every type that it says it takes", async () => {
  const raster = await decodeImage(BASE.bytes);
  for (const format of ["jpeg", "webp"] as const) {
    const pixels = raster.pixels.slice();
    const bytes = (await encodeImage({ ...raster, pixels }, { format }))!.bytes;
    const made = await edited({ inputs: [input("base", bytes)] });
    assert.equal(`${made.width}x${made.height}`, "240x160");
  }
});

Deno.test("placeholder makes the same edit of the same request, and another of another seed", async () => {
  const bytes = async (seed: number) => {
    const [image] = (await edit({ seed, prompt: "a cat and birds" })).images;
    return image!.bytes;
  };
  assert.deepEqual(await bytes(1), await bytes(1));
  assert.notDeepEqual(await bytes(1), await bytes(2));
});

Deno.test("placeholder's mark can be read in a copy of 256 pixels", async () => {
  const base = input("base", png(1024, 1024, 2, (x, y) => [x % 256, y % 256, (x * y) % 256]));
  const mask = input("base", png(1024, 1024, 0, (x, y) => [x < 600 && y > 600 ? 255 : 0]));
  const requests: readonly Partial<ImageRequest>[] = [
    { inputs: [], size: "1024x1024" },
    { inputs: [], size: "1280x720" },
    { inputs: [], size: "768x1024" },
    { inputs: [base] },
    { inputs: [base], mask },
  ];
  for (const [index, request] of requests.entries()) {
    const [image] = (await edit({ prompt: "a quiet lake", ...request })).images;
    const step = { do: "resize", width: 256, height: 256 } as const;
    const copy = (await transformImage(image!.bytes, [step], { format: "png" }))!;
    const strokes = strokesOfMark(await decodeImage(copy.bytes), request.mask ? 0.58 : 1);
    assert.ok(strokes >= 24, `${strokes} strokes in request ${index}`);
  }
});

/** How many strokes the mark's letters have in the left part of a picture, in the row that crosses the most. */
function strokesOfMark(raster: Raster, part: number): number {
  const { height } = raster;
  const width = raster.width * part;
  const counts: number[] = [];
  for (let y = Math.floor(height * 0.87); y < height * 0.97; y++) {
    let [count, wasBright] = [0, false];
    for (let x = 0; x < width; x++) {
      const [red, green, blue] = colourAt(raster, x, y);
      const isBright = red! + green! + blue! > 3 * 120;
      if (isBright && !wasBright) count++;
      wasBright = isBright;
    }
    counts.push(count);
  }
  return Math.max(...counts);
}

Deno.test("placeholder lets other work go on while it edits", async () => {
  const big = png(1600, 1200, 2, (x, y) => [x % 256, y % 256, (x * y) % 256]);
  await edited({}); // what is loaded at the first use does not count
  let longest = 0;
  let last = processorNow();
  const timer = setInterval(() => {
    longest = Math.max(longest, processorNow() - last);
    last = processorNow();
  }, 1);
  const mask = input("base", png(1600, 1200, 0, (x) => [x > 700 ? 255 : 0]));
  await edit({ inputs: [input("base", big), BASE && { ...BASE, role: "reference" }], mask });
  clearInterval(timer);
  assert.ok(longest < 400, `${longest} ms without a turn`);
});

Deno.test("placeholder's edit stops with the signal's reason when the caller does", async () => {
  const reason = new ImageError("cancelled", "The request was cancelled");
  const base = input("base", png(1600, 1200, 2, (x, y) => [x % 256, y % 256, 5]));
  for (const delay of [1, 60, 250]) {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(reason), delay);
    await assert.rejects(
      edit({ inputs: [base], count: 10, style: "oil_painting" }, controller.signal),
      reason,
    );
    clearTimeout(timer);
  }
});

function input(role: InputRole, bytes: Uint8Array<ArrayBuffer>): InputImage {
  const { mediaType, width = 0, height = 0 } = identifyImage(bytes)!;
  return { hash: "", role, bytes, mediaType, width, height, sizeBytes: bytes.length };
}

function edit(
  request: Partial<ImageRequest>,
  signal: AbortSignal = new AbortController().signal,
) {
  return provider.generate(
    {
      operation: "edit",
      prompt: "a cat at night",
      inputs: [BASE],
      count: 1,
      options: {},
      ...request,
    },
    { signal, onProgress() {}, onAccepted() {} },
  );
}

async function edited(request: Partial<ImageRequest>): Promise<Raster> {
  const [image] = (await edit(request)).images;
  return await decodeImage(image!.bytes);
}

function colourAt({ width, pixels }: Raster, x: number, y: number): number[] {
  return [...pixels.subarray((y * width + x) * 4, (y * width + x) * 4 + 3)];
}

/** The mean difference of two pictures' values. */
function distance(one: Raster, other: Raster): number {
  const sum = one.pixels.reduce((sum, value, at) => sum + Math.abs(value - other.pixels[at]!), 0);
  return sum / one.pixels.length;
}

/** How closely the brightness of two pictures goes together above their words, -1 to 1. */
function likeness(one: Raster, other: Raster): number {
  const end = one.pixels.length * 0.6;
  const values = [one, other].map(({ pixels }) => {
    const sums: number[] = [];
    for (let i = 0; i < end; i += 4) sums.push(pixels[i]! + pixels[i + 1]! + pixels[i + 2]!);
    const mean = sums.reduce((sum, value) => sum + value, 0) / sums.length;
    return sums.map((value) => value - mean);
  });
  const [a, b] = values as [number[], number[]];
  const product = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

function colourfulness({ pixels }: Raster): number {
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    const [red, green, blue] = pixels.subarray(i, i + 3);
    sum += Math.max(red!, green!, blue!) - Math.min(red!, green!, blue!);
  }
  return sum / (pixels.length / 4);
}
