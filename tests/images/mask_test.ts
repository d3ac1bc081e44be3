import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import { asAlphaMask, paintRegions, readMask, type Region } from "../../src/images/mask.ts";
import { decodeImage, type Raster } from "../../src/images/transform.ts";
import { png } from "../fakes/png.ts";
import { encodeImage } from "../support/encode_image.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const BASE = { width: 60, height: 40 };
const isInside = (x: number, y: number) => x >= 20 && x < 30 && y >= 10 && y < 30;

Deno.test("a mask is understood whichever way it marks the change", async () => {
  const masks = {
    "transparent": png(60, 40, 6, (x, y) => [9, 9, 9, isInside(x, y) ? 0 : 255]),
    "a hole in a picture": png(60, 40, 6, (x, y) => [x, y, 200, isInside(x, y) ? 0 : 255]),
    "white on black": png(60, 40, 0, (x, y) => [isInside(x, y) ? 255 : 0]),
    "white on black, opaque RGBA": png(60, 40, 6, (x, y) => {
      const grey = isInside(x, y) ? 255 : 0;
      return [grey, grey, grey, 255];
    }),
    "black on white": png(60, 40, 2, (x, y) => isInside(x, y) ? [0, 0, 0] : [255, 255, 255]),
  };
  for (const [name, mask] of Object.entries(masks)) {
    const { bytes, warnings } = await readMask(mask, BASE);
    assert.deepEqual([bytes[24], bytes[25]], [8, 0], `${name}: 8-bit grey`);
    assert.deepEqual(await marksOf(bytes), marks(isInside), name);
    assert.equal(warnings.length, name === "black on white" ? 1 : 0, name);
    const opposite = await readMask(mask, BASE, { invert: true });
    assert.deepEqual(await marksOf(opposite.bytes), marks((x, y) => !isInside(x, y)), name);
  }
});

Deno.test("white that reaches the border is what changes, as vendors have it", async () => {
  const isSky = (_x: number, y: number) => y < 30;
  const { bytes, warnings } = await readMask(
    png(60, 40, 0, (x, y) => [isSky(x, y) ? 255 : 0]),
    BASE,
  );
  assert.deepEqual(await marksOf(bytes), marks(isSky));
  assert.deepEqual(warnings, []);
});

Deno.test("a mask read as black on white says so, and what would say the opposite", async () => {
  const mask = png(60, 40, 0, (x, y) => [isInside(x, y) ? 0 : 255]);
  const { warnings } = await readMask(mask, BASE);
  assert.deepEqual(warnings, [
    "The mask was read as black on white, so what is black changes; pass invert for the opposite",
  ]);
  assert.match((await readMask(mask, BASE, { invert: true })).warnings[0]!, /black stays; leave/);
});

Deno.test("what JPEG makes of black and white is black and white", async () => {
  const drawn = await decodeImage(png(60, 40, 0, (x, y) => [isInside(x, y) ? 255 : 0]));
  const jpeg = (await encodeImage(drawn, { format: "jpeg", quality: 80 }))!.bytes;
  const { pixels } = await decodeImage((await readMask(jpeg, BASE)).bytes);
  for (let y = 0; y < 40; y++) {
    for (let x = 0; x < 60; x++) {
      if (Math.abs(x - 25) < 3 && Math.abs(y - 20) < 8) assert.equal(pixels[(y * 60 + x) * 4], 255);
      if (x < 12 || x > 40) assert.equal(pixels[(y * 60 + x) * 4], 0, `${x},${y}`);
    }
  }
});

Deno.test("a mask of another size is scaled and says so, one of another shape names both", async () => {
  const twice = png(120, 81, 0, (x, y) => [isInside(x / 2, y / 2) ? 255 : 0]);
  const { bytes, warnings } = await readMask(twice, BASE);
  assert.deepEqual(warnings, ["The mask of 120x81 was scaled to the picture's 60x40"]);
  const { width, height, pixels } = await decodeImage(bytes);
  assert.deepEqual([width, height], [60, 40]);
  assert.equal(pixels[(20 * 60 + 25) * 4], 255);
  assert.equal(pixels[(20 * 60 + 40) * 4], 0);
  await assert.rejects(
    readMask(png(64, 64, 0, (x) => [x < 9 ? 255 : 0]), BASE),
    isRefusal(/64x64 .* 60x40/),
  );
});

Deno.test("a mask is seen upright as its picture is", async () => {
  const lying = await decodeImage(png(40, 60, 0, (_x, y) => [y < 20 ? 255 : 0]));
  const jpeg = (await encodeImage(lying, { format: "jpeg", quality: 100 }))!.bytes;
  const { bytes } = await readMask(turnedByExif(jpeg), BASE);
  assert.deepEqual(await marksOf(bytes), marks((x) => x >= 40));
});

Deno.test("a mask that marks nothing is refused, one that marks all is told", async () => {
  const black = png(60, 40, 0);
  const white = png(60, 40, 0, () => [255]);
  await assert.rejects(readMask(black, BASE), isRefusal(/marks nothing/));
  await assert.rejects(readMask(white, BASE, { invert: true }), isRefusal(/marks nothing/));
  const { bytes, warnings } = await readMask(white, BASE);
  assert.deepEqual(await marksOf(bytes), marks(() => true));
  assert.match(warnings.join(), /whole picture/);
});

Deno.test("what is no mask is refused by what it is", async () => {
  const photo = png(60, 40, 2, (x, y) => [x * 4, y * 6, 200]);
  await assert.rejects(readMask(photo, BASE), isRefusal(/in colour.*mask_region/));
  const text = new TextEncoder().encode("no picture at all");
  await assert.rejects(readMask(text, BASE), isRefusal(/known format/));
  const cut = png(60, 40, 0, () => [255]).slice(0, 60);
  await assert.rejects(readMask(cut, BASE), isRefusal(/mask cannot be used/));
  const bomb = png(1, 1, 0);
  new DataView(bomb.buffer).setUint32(16, 30_000);
  new DataView(bomb.buffer).setUint32(20, 30_000);
  await assert.rejects(readMask(bomb, BASE), isRefusal(/30000x30000/));
});

Deno.test("regions are painted where fractions say, at least a pixel large", async () => {
  const mask = await paintRegions([
    { x: 0.1, y: 0.25, width: 0.5, height: 0.5 },
    { x: 0.95, y: 0.9, width: 0.05, height: 0.1 },
    { x: 0, y: 0, width: 0.0001, height: 0.0001 },
  ], BASE);
  const isPainted = (x: number, y: number) =>
    x >= 6 && x < 36 && y >= 10 && y < 30 || x >= 57 && y >= 36 || x === 0 && y === 0;
  assert.deepEqual(await marksOf(mask), marks(isPainted));
  const inverted = await paintRegions([{ x: 0, y: 0, width: 1, height: 0.5 }], BASE, {
    invert: true,
  });
  assert.deepEqual(await marksOf(inverted), marks((_x, y) => y >= 20));
  const rounded = await paintRegions([{ x: 0.667, y: 0, width: 0.334, height: 1 }], BASE);
  assert.deepEqual(await marksOf(rounded), marks((x) => x >= 40));
});

Deno.test("regions outside the picture, none and too many are refused with what is legal", async () => {
  const region: Region = { x: 0, y: 0, width: 0.5, height: 0.5 };
  const wrong: readonly Partial<Region>[] = [
    { x: -0.1 },
    { x: 1 },
    { x: 0.6 },
    { width: 0 },
    { height: 1.2 },
    { x: 100, width: 200 },
    { y: NaN },
  ];
  for (const part of wrong) {
    const refusal = isRefusal(/Region 2 .* from 0 to 1/);
    await assert.rejects(paintRegions([region, { ...region, ...part }], BASE), refusal);
  }
  await assert.rejects(paintRegions([], BASE), isRefusal(/1 to 16 regions/));
  await assert.rejects(paintRegions(Array(17).fill(region), BASE), isRefusal(/not 17/));
});

Deno.test("a mask for a vendor of alpha is transparent where the picture may change", async () => {
  const mask = await asAlphaMask(await maskOf(isInside));
  assert.equal(mask[25], 6);
  const { pixels, width, height } = await decodeImage(mask);
  assert.deepEqual([width, height], [60, 40]);
  const inside = (20 * 60 + 25) * 4;
  assert.deepEqual([...pixels.subarray(inside, inside + 4)], [255, 255, 255, 0]);
  assert.deepEqual([...pixels.subarray(0, 4)], [0, 0, 0, 255]);
});

type Marks = (x: number, y: number) => boolean;

async function maskOf(isMarked: Marks): Promise<Uint8Array<ArrayBuffer>> {
  return (await readMask(png(60, 40, 6, (x, y) => [0, 0, 0, isMarked(x, y) ? 0 : 255]), BASE))
    .bytes;
}

function marks(isMarked: Marks): readonly string[] {
  return Array.from(
    { length: 40 },
    (_, y) => Array.from({ length: 60 }, (_, x) => isMarked(x, y) ? "#" : ".").join(""),
  );
}

/** "#" for 255, "." for 0 and "?" for any other value, row by row. */
async function marksOf(mask: Uint8Array): Promise<readonly string[]> {
  const { pixels, width, height }: Raster = await decodeImage(mask);
  const letter = (value: number) => value === 255 ? "#" : value === 0 ? "." : "?";
  return Array.from(
    { length: height },
    (_, y) =>
      Array.from({ length: width }, (_, x) => letter(pixels[(y * width + x) * 4]!)).join(""),
  );
}

/** With an EXIF piece that says: turn me clockwise. */
function turnedByExif(jpeg: Uint8Array): Uint8Array {
  const exif = Uint8Array.fromHex(
    "ffe10022457869660000" + "4d4d002a00000008" + "0001" + "011200030000000100060000" + "00000000",
  );
  return Uint8Array.of(...jpeg.subarray(0, 2), ...exif, ...jpeg.subarray(2));
}

function isRefusal(words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ImageError, String(error));
    assert.equal(error.code, "invalid_parameters");
    assert.match(error.message, words);
    return true;
  };
}
