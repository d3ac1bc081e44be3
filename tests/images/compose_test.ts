import assert from "node:assert/strict";
import { composeImage, type Layer, makeColourTable } from "../../src/images/compose.ts";
import { decodeImage, type Raster } from "../../src/images/transform.ts";
import { UndecodableImageError } from "../../src/images/workers.ts";
import { png } from "../fakes/png.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

type Colour = readonly [number, number, number];

const WIDTH = 40;
const HEIGHT = 30;
const RED: Colour = [200, 0, 0];
const BLUE: Colour = [0, 0, 200];

Deno.test("a layer shows where its mask is white, half where it is grey, and elsewhere nothing changes", async () => {
  const base = png(WIDTH, HEIGHT, 2, (x, y) => [x * 6, y * 8, (x * y) % 256]);
  const mask = png(WIDTH, HEIGHT, 0, (x) => [x < 10 ? 255 : x < 20 ? 128 : 0]);
  const result = await composed([{ bytes: base }, { bytes: plain(BLUE), mask }]);
  const before = await decodeImage(base);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const own = colourAt(before, x, y);
      if (x >= 20) assert.deepEqual(colourAt(result, x, y), own);
      if (x < 10) assert.deepEqual(colourAt(result, x, y), [...BLUE, 255]);
      if (x >= 10 && x < 20) isNear(colourAt(result, x, y)[2]!, (own[2]! + 200) / 2, 2);
    }
  }
});

Deno.test("a layer fills its area and loses what hangs over", async () => {
  const wide = png(60, 10, 2, (x) => x < 20 || x >= 40 ? RED : BLUE);
  const area = { left: 5, top: 10, width: 10, height: 10 };
  const result = await composed([{ bytes: plain(RED) }, { bytes: wide, area }]);
  assert.deepEqual(colourAt(result, 10, 15), [...BLUE, 255]);
  assert.deepEqual(colourAt(result, 4, 15), [...RED, 255]);
  assert.deepEqual(colourAt(result, 15, 15), [...RED, 255]);
});

Deno.test("an opacity of 0 leaves every pixel, and what is clear below stays clear", async () => {
  const base = png(WIDTH, HEIGHT, 6, (x, y) => [x, y, 9, (x * 7 + y) % 256 || 1]);
  const result = await composed([{ bytes: base }, { bytes: plain(RED), opacity: 0 }]);
  assert.deepEqual(result.pixels, (await decodeImage(base)).pixels);
});

Deno.test("a layer takes the tones of another picture, by the share asked for", async () => {
  const grey = png(WIDTH, HEIGHT, 2, (x) => [100 + x, 100 + x, 100 + x]);
  const warm = png(20, 20, 2, (x) => [230, 120 + x, 40]);
  const blueness = async (share: number) => {
    const tones = { bytes: warm, share };
    const [red, , blue] = meanOf(await composed([{ bytes: grey, tones }]));
    return blue! - red!;
  };
  isNear(await blueness(0), 0, 2);
  isNear(await blueness(1), 40 - 230, 25);
  const half = await blueness(0.5);
  assert.ok(half < -40 && half > -140, `${half}`);
});

Deno.test("a table of colours changes every colour, also those between its steps", async () => {
  const base = png(WIDTH, HEIGHT, 2, (x, y) => [x * 6, y * 8, (x * 5 + y * 3) % 256]);
  const colours = makeColourTable(([red, green, blue]) => [255 - red, blue, green]);
  const result = await composed([{ bytes: base, colours }]);
  const before = await decodeImage(base);
  for (let at = 0; at < result.pixels.length; at += 4) {
    const [red, green, blue] = before.pixels.subarray(at, at + 3);
    const wanted = [255 - red!, blue!, green!];
    wanted.forEach((value, channel) => isNear(result.pixels[at + channel]!, value, 1));
  }
});

Deno.test("outlines are drawn where light meets dark, and nowhere else", async () => {
  const base = png(WIDTH, HEIGHT, 2, (x) => x < 20 ? [240, 240, 240] : [60, 60, 60]);
  const outlines = { colour: [255, 0, 0], opacity: 1 } as const;
  const result = await composed([{ bytes: base, outlines }]);
  assert.deepEqual(colourAt(result, 19, 15), [255, 0, 0, 255]);
  assert.deepEqual(colourAt(result, 10, 15), [240, 240, 240, 255]);
  assert.deepEqual(colourAt(result, 30, 15), [60, 60, 60, 255]);
});

Deno.test("the pictures that were passed are left as they were", async () => {
  const [base, mask, tones] = [plain(RED), plain([255, 255, 255]), plain(BLUE)];
  const layer = { bytes: base, mask, tones: { bytes: tones, share: 1 } };
  await composed([layer, layer]);
  for (const bytes of [base, mask, tones]) assert.ok(bytes.length > 0);
});

Deno.test("a damaged layer and one beyond the edge are refused, and a caller who is gone is left", async () => {
  const damaged = plain(RED).subarray(0, 50);
  await assert.rejects(composed([{ bytes: damaged }]), UndecodableImageError);
  const area = { left: 35, top: 0, width: 10, height: 10 };
  await assert.rejects(composed([{ bytes: plain(RED), area }]), RangeError);
  const signal = AbortSignal.abort(new Error("gone"));
  await assert.rejects(composed([{ bytes: plain(RED) }], signal), /gone/);
});

async function composed(layers: readonly Layer[], signal?: AbortSignal): Promise<Raster> {
  const size = { width: WIDTH, height: HEIGHT };
  const result = await composeImage({ ...size, layers, output: { format: "png" } }, { signal });
  return await decodeImage(result!.bytes);
}

function plain(colour: Colour): Uint8Array<ArrayBuffer> {
  return png(WIDTH, HEIGHT, 2, () => colour);
}

function colourAt({ width, pixels }: Raster, x: number, y: number): number[] {
  return [...pixels.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
}

function meanOf({ pixels }: Raster): number[] {
  const sums = [0, 0, 0, 0];
  pixels.forEach((value, index) => sums[index % 4]! += value);
  return sums.map((sum) => sum / (pixels.length / 4));
}

function isNear(value: number, wanted: number, tolerance: number): void {
  assert.ok(Math.abs(value - wanted) <= tolerance, `${value} is not near ${wanted}`);
}
