import assert from "node:assert/strict";
import { checkImage } from "../../src/images/check.ts";
import { identifyImage } from "../../src/images/media_type.ts";
import {
  decodeImage,
  type Output,
  type Raster,
  type Step,
  transformImage,
} from "../../src/images/transform.ts";
import { UndecodableImageError } from "../../src/images/workers.ts";
import { png } from "../fakes/png.ts";
import { smallPicture } from "../fakes/small_pictures.ts";
import { encodeImage } from "../support/encode_image.ts";
import { randomNumbers } from "../support/random.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const PNG: Output = { format: "png" };

Deno.test("a picture in and out as PNG has every pixel as it was", async () => {
  for (const kind of [0, 2, 4, 6] as const) {
    const random = randomNumbers(kind + 1);
    const channels = { 0: 1, 2: 3, 4: 2, 6: 4 }[kind];
    const pixels = Array.from({ length: 50 * 30 * channels }, () => Math.floor(random() * 256));
    const at = (x: number, y: number) => pixels.slice((y * 50 + x) * channels).slice(0, channels);
    const [before, copy] = [png(50, 30, kind, at), await made(png(50, 30, kind, at), [])];
    assert.equal(checkImage(copy), undefined);
    assert.deepEqual((await decodeImage(copy)).pixels, (await decodeImage(before)).pixels);
  }
});

Deno.test("an interlaced PNG shows the same as one that is not", async () => {
  const raster = await decodeImage(Uint8Array.fromBase64(INTERLACED));
  assert.deepEqual([raster.width, raster.height], [11, 7]);
  for (let y = 0; y < 7; y++) {
    for (let x = 0; x < 11; x++) {
      assert.deepEqual(colourAt(raster, x, y), [x * 20, y * 30, x * y, 255], `${x},${y}`);
    }
  }
});

Deno.test("each way of turning moves the corners where it says", async () => {
  const turns: readonly (readonly [Step, string])[] = [
    [{ do: "rotate", degrees: 90 }, "CA/DB"],
    [{ do: "rotate", degrees: 180 }, "DC/BA"],
    [{ do: "rotate", degrees: 270 }, "BD/AC"],
    [{ do: "flip", direction: "horizontal" }, "BA/DC"],
    [{ do: "flip", direction: "vertical" }, "CD/AB"],
  ];
  for (const [step, corners] of turns) {
    const raster = await decodeImage(await made(LETTERS, [step]));
    assert.equal(cornersOf(raster), corners, JSON.stringify(step));
    const isSideways = step.do === "rotate" && step.degrees !== 180;
    assert.deepEqual([raster.width, raster.height], isSideways ? [20, 30] : [30, 20]);
  }
});

Deno.test("a picture gets into a box as its fit says", async () => {
  const sizes: Record<string, readonly [Step, number, number]> = {
    "inside": [{ do: "resize", width: 60, height: 60 }, 60, 40],
    "by its width": [{ do: "resize", width: 15 }, 15, 10],
    "by its height": [{ do: "resize", height: 40 }, 60, 40],
    "cover": [{ do: "resize", width: 20, height: 20, fit: "cover" }, 20, 20],
    "contain": [{ do: "resize", width: 20, height: 20, fit: "contain" }, 20, 20],
    "fill": [{ do: "resize", width: 7, height: 9, fit: "fill" }, 7, 9],
  };
  for (const [fit, [step, width, height]] of Object.entries(sizes)) {
    const raster = await decodeImage(await made(LETTERS, [step]));
    assert.deepEqual([raster.width, raster.height], [width, height], fit);
    if (fit === "contain") {
      assert.equal(colourAt(raster, 10, 0)[3], 0);
      assert.equal(colourAt(raster, 10, 10)[3], 255);
    } else assert.equal(cornersOf(raster), "AB/CD", fit);
  }
  const framed = { do: "resize", width: 20, height: 20, fit: "contain" } as const;
  const onRed = await made(LETTERS, [{ ...framed, background: [255, 0, 0] }]);
  assert.deepEqual(colourAt(await decodeImage(onRed), 10, 0), [255, 0, 0, 255]);
});

Deno.test("a JPEG holds pictures of any size, and noise", async () => {
  const random = randomNumbers(9);
  const sizes = [[1, 1], [3, 5], [8, 8], [12, 16], [200, 7], [128, 96]] as const;
  for (const [width, height] of sizes) {
    for (const quality of [60, 90, 95, 100]) {
      const pixels = new Uint8ClampedArray(width * height * 4)
        .map((_, index) => index % 4 === 3 || random() < 0.5 ? 255 : 0);
      const raster = { width, height, pixels, isOpaque: true };
      const { bytes } = (await encodeImage(raster, { format: "jpeg", quality }))!;
      assert.equal(checkImage(bytes), undefined);
      const copy = await decodeImage(bytes);
      assert.deepEqual([copy.width, copy.height], [width, height], `${width}x${height} ${quality}`);
    }
  }
});

Deno.test("a flat colour stays that colour in every size, and edges do not bleed", async () => {
  const flat = png(97, 61, 2, () => [200, 100, 50]);
  const clear = png(90, 60, 6, (x) => x < 45 ? [200, 100, 50, 255] : [0, 255, 0, 0]);
  for (const width of [13, 96, 150]) {
    const step = { do: "resize", width } as const;
    const { pixels } = await decodeImage(await made(flat, [step]));
    assert.ok(
      pixels.every((value, index) => Math.abs(value - [200, 100, 50, 255][index % 4]!) < 2),
    );
    const raster = await decodeImage(await made(clear, [step]));
    for (let x = 0; x < raster.width; x++) {
      const [red, green, blue, alpha] = colourAt(raster, x, 5);
      if (alpha < 30) continue;
      assert.ok(Math.abs(red - 200) + Math.abs(green - 100) + Math.abs(blue - 50) < 24, `${x}`);
    }
  }
});

Deno.test("cut, grey and laid on a colour", async () => {
  const area = { left: 15, top: 10, width: 15, height: 10 };
  const cut = await decodeImage(await made(LETTERS, [{ do: "crop", area }]));
  assert.equal(cornersOf(cut), "DD/DD");
  const grey = await decodeImage(await made(LETTERS, [{ do: "grayscale" }]));
  assert.deepEqual(colourAt(grey, 1, 1), [76, 76, 76, 255]);
  const half = png(4, 4, 6, () => [255, 255, 255, 128]);
  const laid = await made(half, [{ do: "flatten", background: [0, 0, 0] }]);
  assert.deepEqual(colourAt(await decodeImage(laid), 1, 1), [128, 128, 128, 255]);
});

Deno.test("steps follow each other in their order, on the upright picture", async () => {
  const turned = smallPicture("turned JPEG");
  const steps: readonly Step[] = [
    { do: "crop", area: { left: 0, top: 0, width: 16, height: 12 } },
    { do: "resize", width: 8 },
  ];
  const raster = await decodeImage(await made(turned, steps));
  assert.deepEqual([raster.width, raster.height], [8, 6]);
  const [red, green, blue] = colourAt(raster, 3, 3);
  assert.ok(Math.abs(red - 200) + Math.abs(green - 40) + Math.abs(blue - 40) < 30);
});

Deno.test("an area outside the picture and a size beyond the bounds are refused in words", async () => {
  const area = { left: 20, top: 0, width: 20, height: 5 };
  await assert.rejects(made(LETTERS, [{ do: "crop", area }]), {
    name: "RangeError",
    message: /must lie within the picture's 30x20 pixels, not at 20,0 with 20x5/,
  });
  await assert.rejects(
    made(LETTERS, [{ do: "resize", width: 20_000, height: 20_000 }]),
    RangeError,
  );
});

Deno.test("what cannot be decoded says why", async () => {
  const huge = png(6_001, 6_000, 0, undefined, { depth: 1 });
  await assert.rejects(
    made(huge, []),
    (error: Error) =>
      error instanceof UndecodableImageError &&
      /6001x6000 pixels, more than the 36/.test(error.message),
  );
  await assert.rejects(made(smallPicture("AVIF"), []), { message: /AVIF pictures cannot be/ });
  await assert.rejects(made(LETTERS.slice(0, 70), []), UndecodableImageError);
});

for (const format of ["png", "jpeg", "webp"] as const) {
  Deno.test(`a ${format} gets as small as it must, and no smaller than it need be`, async () => {
    const random = randomNumbers(3);
    const source = png(400, 300, 2, (x, y) => [x / 2, y / 2, 100 + random() * 60]);
    for (const maxBytes of [60_000, 12_000, 4_000]) {
      const quality = format === "png" ? undefined : 80;
      const result = await transformImage(source, [], { format, quality, maxBytes });
      assert.ok(result && result.bytes.length <= maxBytes, `${result?.bytes.length}`);
      const isWhole = !result.isReduced && result.width === 400;
      assert.ok(isWhole || result.bytes.length > maxBytes * 0.3, `${result.bytes.length}`);
      assert.equal(identifyImage(result.bytes)?.mediaType, `image/${format}`);
    }
    assert.equal(
      await transformImage(source, [], { format, quality: 80, maxBytes: 50 }),
      undefined,
    );
  });
}

async function made(bytes: Uint8Array, steps: readonly Step[]): Promise<Uint8Array<ArrayBuffer>> {
  return (await transformImage(bytes, steps, PNG))!.bytes;
}

type Pixel = readonly [red: number, green: number, blue: number, alpha: number];

function colourAt({ pixels, width }: Raster, x: number, y: number): Pixel {
  const at = (y * width + x) * 4;
  return [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!, pixels[at + 3]!];
}

const COLOURS: Readonly<Record<string, readonly number[]>> = {
  A: [255, 0, 0],
  B: [0, 255, 0],
  C: [0, 0, 255],
  D: [255, 255, 0],
};

/** 30x20 pixels: a red, a green, a blue and a yellow quarter. */
const LETTERS = png(30, 20, 2, (x, y) => COLOURS["ABCD"[(x < 15 ? 0 : 1) + (y < 10 ? 0 : 2)]!]!);

/** Which quarter is seen in each corner, row by row. */
function cornersOf(raster: Raster): string {
  const [right, bottom] = [raster.width - 1, raster.height - 1];
  const letter = (x: number, y: number) => {
    const colour = colourAt(raster, x, y);
    return Object.keys(COLOURS).find((name) =>
      COLOURS[name]!.every((value, index) => Math.abs(value - colour[index]!) < 40)
    );
  };
  return `${letter(0, 0)}${letter(right, 0)}/${letter(0, bottom)}${letter(right, bottom)}`;
}

/** Red grows by 20 a column, green by 30 a row, blue is column times row. */
const INTERLACED =
  "iVBORw0KGgoAAAANSUhEUgAAAAsAAAAHCAIAAAEmCxCcAAAAxElEQVR42hWKMWrDQBBFf2xZkYWIjZiAQsIQiIsl" +
  "EAgpXM0htp56DzGH2HrqPcQcYo8VuXjwee8DQNvJOzBkuzb7RHps9F0lm8y2brsRJBmyTCZLk2sXAgIplhybxa3F" +
  "bw8BPX4oQH1UgOQgMhaZq7yErCAbxJZiVO0j7AaKUWItwTW+I+4Ag/gp8UH4mHkofDIeKz83noLPnWdAQXpMOoqe" +
  "sy5FL6Zr1demW+h7VwYc5Kfks/glOxV/M+fqX81T+E/3v3/fbT2qsk0lVgAAAABJRU5ErkJggg==";
