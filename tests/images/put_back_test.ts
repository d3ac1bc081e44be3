import assert from "node:assert/strict";
import { paintRegions } from "../../src/images/mask.ts";
import { putBack } from "../../src/images/put_back.ts";
import { decodeImage, type Raster } from "../../src/images/transform.ts";
import { encodeImage } from "../support/encode_image.ts";
import { randomNumbers } from "../support/random.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const BASE = { width: 320, height: 240 };
/** The sky and a window. */
const REGIONS = [{ x: 0, y: 0, width: 1, height: 0.4 }, {
  x: 0.25,
  y: 0.6,
  width: 0.2,
  height: 0.2,
}];

Deno.test("outside the mask every pixel is the base's, whatever the vendor drew there", async () => {
  const base = await file(view({}));
  const mask = await paintRegions(REGIONS, BASE);
  const answers: Record<string, View> = {
    "the same size": { sky: RED, seed: 2 },
    "smaller": { sky: RED, seed: 2, width: 256, height: 192 },
    "larger": { sky: RED, seed: 2, width: 640, height: 480 },
    "nearly the same shape": { sky: RED, seed: 2, width: 322, height: 240 },
    "brighter": { sky: RED, seed: 2, gain: 1.1 },
    "with other grain": { sky: RED, seed: 2, grain: 90 },
    "more changed than was to": { sky: RED, seed: 2, skyEnd: 0.5 },
  };
  for (const [name, answer] of Object.entries(answers)) {
    const edited = await file(view(answer));
    const result = await putBack({ base, edited, mask });
    assert.equal(result.aligned, true, `${name}: ${result.warnings}`);
    assert.equal(result.mediaType, "image/png");
    await assertOwnPixels(result.bytes, base, mask, name);
    const [red, , blue] = colourAt(await decodeImage(result.bytes), 160, 40);
    assert.ok(red > blue + 60, `${name}: the sky changed`);
  }
});

Deno.test("a base as JPEG, and one that can be seen through, keep their pixels", async () => {
  const mask = await paintRegions(REGIONS, BASE);
  const edited = await file(view({ sky: RED, seed: 2 }));
  const jpeg = (await encodeImage(view({}), { format: "jpeg", quality: 80 }))!.bytes;
  const clear = view({});
  for (let i = 200 * 320 * 4; i < clear.pixels.length; i += 4) clear.pixels[i + 3] = 90;
  for (const base of [jpeg, await file({ ...clear, isOpaque: false })]) {
    const { aligned, bytes } = await putBack({ base, edited, mask });
    assert.equal(aligned, true);
    await assertOwnPixels(bytes, base, mask, "outside");
  }
});

Deno.test("the change begins softly within the mask's edge", async () => {
  const base = await file(view({ sky: [0, 0, 255], grain: 0 }));
  const edited = await file(view({ sky: RED, grain: 0 }));
  const mask = await paintRegions([{ x: 0, y: 0, width: 0.5, height: 0.4 }], BASE);
  const made = await decodeImage((await putBack({ base, edited, mask })).bytes);
  const reds = Array.from({ length: 12 }, (_, index) => colourAt(made, 152 + index, 20)[0]);
  const [inside, outside] = [reds[0]!, reds.at(-1)!];
  assert.ok(inside > outside + 100);
  const between = reds.filter((red) => red < inside - 10 && red > outside + 10);
  assert.ok(between.length >= 1 && between.length <= 3, String(reds));
  assert.ok(reds.slice(8).every((red) => red === outside), "none of it beyond the edge");
});

Deno.test("a line of a mask changes all the same", async () => {
  const base = await file(view({ sky: [0, 0, 255], grain: 0 }));
  const edited = await file(view({ sky: RED, grain: 0 }));
  const mask = await paintRegions([{ x: 0, y: 0.1, width: 1, height: 0.01 }], BASE);
  const made = await decodeImage((await putBack({ base, edited, mask })).bytes);
  const [red, , blue] = colourAt(made, 100, 25);
  assert.ok(red > blue, `${red} ${blue}`);
});

Deno.test("an answer that was moved a little is moved back before it is put together", async () => {
  const base = await file(view({ grain: 0 }));
  const mask = await paintRegions([{ x: 0, y: 0, width: 0.5, height: 1 }], BASE);
  const edited = await file(view({ grain: 0, dx: 0.0125, dy: -0.0125 }));
  const { aligned, bytes } = await putBack({ base, edited, mask });
  assert.equal(aligned, true);
  const [made, own] = [await decodeImage(bytes), await decodeImage(base)];
  let difference = 0;
  for (let y = 12; y < 228; y++) {
    for (let x = 12; x < 150; x++) {
      difference += Math.abs(colourAt(made, x, y)[1] - colourAt(own, x, y)[1]);
    }
  }
  assert.ok(difference / (216 * 138) < 2, `${difference / (216 * 138)}`);
});

Deno.test("an answer that does not line up is kept, and a warning says why", async () => {
  const base = await file(view({}));
  const mask = await paintRegions(REGIONS, BASE);
  const answers: Record<string, readonly [Raster, RegExp]> = {
    "another picture": [stripes(), /differs by \d+ of 255/],
    "another shape": [
      view({ width: 240, height: 240 }),
      /240x240 has another shape than the 320x240/,
    ],
    "moved too far": [view({ dx: 0.04, dy: 0.03 }), /another place/],
  };
  for (const [name, [picture, words]] of Object.entries(answers)) {
    const edited = await file(picture);
    const { aligned, bytes, warnings } = await putBack({ base, edited, mask });
    assert.equal(aligned, false, name);
    assert.deepEqual(bytes, edited, name);
    assert.match(warnings.join(), words);
  }
});

Deno.test("an answer that nobody can decode is not lost", async () => {
  const base = await file(view({}));
  const mask = await paintRegions(REGIONS, BASE);
  const edited = (await file(view({}))).slice(0, 5000);
  const { aligned, bytes, warnings, mediaType } = await putBack({ base, edited, mask });
  assert.deepEqual([aligned, mediaType], [false, "image/png"]);
  assert.equal(bytes, edited);
  assert.equal(warnings.length, 1);
});

Deno.test("a small answer in a large picture says how large it was drawn", async () => {
  const base = await file(view({}));
  const mask = await paintRegions(REGIONS, BASE);
  const edited = await file(view({ sky: RED, width: 160, height: 120 }));
  const { warnings } = await putBack({ base, edited, mask });
  assert.deepEqual(warnings, [
    "What changed was drawn at 160x120 and enlarged to the picture's 320x240",
  ]);
});

Deno.test("whoever gives up waits for nothing", async () => {
  const base = await file(view({}));
  const mask = await paintRegions(REGIONS, BASE);
  const signal = AbortSignal.abort(new Error("given up"));
  await assert.rejects(putBack({ base, edited: base, mask, signal }), /given up/);
});

interface View {
  readonly width?: number;
  readonly height?: number;
  readonly sky?: readonly number[];
  /** Where the colour of `sky` ends and the usual one goes on. */
  readonly skyEnd?: number;
  readonly seed?: number;
  readonly grain?: number;
  readonly gain?: number;
  readonly dx?: number;
  readonly dy?: number;
}

const BLUE = [90, 150, 230];
const RED = [230, 70, 50];

/** Sky, a hill and a house, with grain as a camera has it. */
function view({ width = 320, height = 240, ...options }: View): Raster {
  const { sky = BLUE, skyEnd = 0.4, seed = 1, grain = 20, gain = 1, dx = 0, dy = 0 } = options;
  const random = randomNumbers(seed);
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let place = 0; place < width * height; place++) {
    const x = (place % width) / width - dx;
    const y = Math.floor(place / width) / height - dy;
    const colour = colourOfView(x, y, sky, skyEnd);
    const noise = (random() - 0.5) * grain;
    for (let channel = 0; channel < 3; channel++) {
      pixels[place * 4 + channel] = colour[channel]! * gain + noise;
    }
    pixels[place * 4 + 3] = 255;
  }
  return { width, height, pixels, isOpaque: true };
}

function colourOfView(
  x: number,
  y: number,
  sky: readonly number[],
  skyEnd: number,
): readonly number[] {
  if (x > 0.27 && x < 0.33 && y > 0.62 && y < 0.78) return [60, 40, 30];
  if (x > 0.2 && x < 0.5 && y > 0.5 && y < 0.78) return [200, 150, 120];
  if (y > 0.55 + 0.08 * Math.sin(x * 9)) return [50, 110, 50];
  return y < skyEnd ? sky : BLUE;
}

function stripes(): Raster {
  const raster = view({});
  for (let place = 0; place < 320 * 240; place++) {
    const grey = (Math.floor(place / 320 / 17) + Math.floor(place % 320 / 23)) % 2 * 200;
    raster.pixels.fill(grey, place * 4, place * 4 + 3);
  }
  return raster;
}

async function file(raster: Raster): Promise<Uint8Array<ArrayBuffer>> {
  const copy = { ...raster, pixels: raster.pixels.slice() };
  return (await encodeImage(copy, { format: "png" }))!.bytes;
}

type Pixel = readonly [red: number, green: number, blue: number];

function colourAt({ pixels, width }: Raster, x: number, y: number): Pixel {
  const at = (y * width + x) * 4;
  return [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!];
}

async function assertOwnPixels(
  made: Uint8Array,
  base: Uint8Array,
  mask: Uint8Array,
  name: string,
): Promise<void> {
  const [result, own, marks] = await Promise.all(
    [made, base, mask].map((bytes) => decodeImage(bytes)),
  );
  assert.deepEqual([result!.width, result!.height], [own!.width, own!.height], name);
  const changed = own!.pixels.findIndex((value, index) =>
    marks!.pixels[index - index % 4] === 0 && result!.pixels[index] !== value
  );
  assert.equal(changed, -1, `${name}: pixel ${changed / 4} changed`);
}
