import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { identifyImage } from "../../src/images/media_type.ts";
import { decodeImage, type Raster } from "../../src/images/transform.ts";
import { png } from "../fakes/png.ts";
import { connectTestClient, openTestApp } from "../support/app.ts";
import { encodeImage } from "../support/encode_image.ts";
import { randomNumbers } from "../support/random.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

for (const mode of ["legacy", "auto"] as const) {
  Deno.test(`a picture becomes a smaller one that knows its parent (${mode})`, async () => {
    await using test = await openTestApp();
    await using client = await connectTestClient(test.app, { mode });
    const drawn = await client.call("generate_image", { prompt: "a cat", resolution: "128x96" });
    const [parent] = drawn.envelope.images;
    const { envelope, content, isError } = await client.call("transform_image", {
      image: parent.id,
      width: 64,
      format: "webp",
    });
    assert.equal(isError, false, JSON.stringify(envelope.error));
    const [image] = envelope.images;
    assert.deepEqual(Object.keys(image), Object.keys(parent));
    assert.deepEqual(
      [image.width, image.height, image.mime_type, image.provider],
      [64, 48, "image/webp", "local"],
    );
    assert.match(image.id, /^img_local_\d+_[0-9a-f]{24}$/);
    assert.deepEqual(content.map(({ type }) => type), ["text", "image"]);
    assert.equal((await Deno.readFile(image.local_path)).length, image.size_bytes);
    assert.deepEqual(parentsOf(test.folder, image.id), [parent.id]);
    const again = await client.call("transform_image", { image: "last", rotate: 90 });
    assert.deepEqual([again.envelope.images[0].width, again.envelope.images[0].height], [48, 64]);
    assert.deepEqual(parentsOf(test.folder, again.envelope.images[0].id), [image.id]);
  });
}

Deno.test("crop it to 16:9 and make it a WebP under 20 KB", async () => {
  await using transformer = await openTransformer();
  const { image, made, warnings } = await transformer.of(photo(800, 600), {
    aspect_ratio: "16:9",
    format: "webp",
    max_bytes: "20k",
  });
  assert.deepEqual([image.width, image.height, image.mime_type], [800, 450, "image/webp"]);
  assert.ok(made.length <= 20_000 && made.length > 14_000, `${made.length} bytes`);
  assert.match(warnings.join(), /best quality within 20000 bytes is \d+ of 100/);
});

Deno.test("no better quality would have been small enough", async () => {
  await using transformer = await openTransformer();
  const raster = photo(400, 300);
  const limit = 12_000;
  const { warnings, made } = await transformer.of(raster, { format: "jpeg", max_bytes: limit });
  const quality = Number(/is (\d+) of 100/.exec(warnings.join())?.[1]);
  const sizeAt = async (quality: number) =>
    (await encodeImage({ ...raster, pixels: raster.pixels.slice() }, { format: "jpeg", quality }))!
      .bytes.length;
  assert.equal(await sizeAt(quality), made.length);
  assert.ok(await sizeAt(quality + 1) > limit);
});

Deno.test("a PNG that must have fewer bytes than it can becomes a WebP, unless PNG is asked for", async () => {
  await using transformer = await openTransformer();
  const raster = photo(400, 300);
  const free = await transformer.of(raster, { max_bytes: "30k" });
  assert.deepEqual([free.image.mime_type, free.image.width], ["image/webp", 400]);
  assert.match(free.warnings.join(), /became webp/);
  const bound = await transformer.of(raster, { max_bytes: "30k", format: "png" });
  assert.equal(bound.image.mime_type, "image/png");
  assert.ok(bound.made.length <= 30_000 && bound.image.width < 400);
  assert.match(bound.warnings.join(), /was made \d+x\d+/);
});

Deno.test("each way to change a picture does what it says", async () => {
  await using transformer = await openTransformer();
  const cases: readonly (readonly [Record<string, unknown>, string, number, number])[] = [
    [{ crop: "0.5,0.5,0.5,0.5" }, "DD/DD", 15, 10],
    [{ crop: { x: 0.5, y: 0, width: 0.5, height: 1 } }, "BB/DD", 15, 20],
    [{ crop: [0, 10, 30, 10] }, "CD/CD", 30, 10],
    [{ rotate: 90 }, "CA/DB", 20, 30],
    [{ flip: "horizontal" }, "BA/DC", 30, 20],
    [{ width: 60, height: 60 }, "AB/CD", 60, 40],
    [{ width: 20, height: 20, fit: "cover" }, "AB/CD", 20, 20],
    [{ width: 20, height: 30, fit: "fill" }, "AB/CD", 20, 30],
    [{ aspect_ratio: "1:1" }, "AB/CD", 20, 20],
  ];
  for (const [args, corners, width, height] of cases) {
    const { made, image } = await transformer.of(letters(), args);
    assert.deepEqual([image.width, image.height], [width, height], JSON.stringify(args));
    assert.equal(cornersOf(await decodeImage(made)), corners, JSON.stringify(args));
  }
  const { made } = await transformer.of(letters(), { grayscale: true });
  assert.deepEqual([...(await decodeImage(made)).pixels.slice(0, 4)], [76, 76, 76, 255]);
});

Deno.test("words of other programs are understood", async () => {
  await using transformer = await openTransformer();
  const args = { angle: 90, output_format: "JPG", greyscale: "true", max_file_size: 5000 };
  const { image } = await transformer.of(letters(), args);
  assert.deepEqual([image.mime_type, image.width], ["image/jpeg", 20]);
});

Deno.test("what is transparent is laid on the colour asked for, or told", async () => {
  await using transformer = await openTransformer();
  const clear = { ...letters(), isOpaque: false };
  clear.pixels.fill(0);
  const orange = await transformer.of(clear, { background: "#ff8800" });
  assert.deepEqual([...(await decodeImage(orange.made)).pixels.slice(0, 4)], [255, 136, 0, 255]);
  assert.deepEqual(orange.warnings, []);
  const white = await transformer.of(clear, { format: "jpeg" });
  assert.match(white.warnings.join(), /laid on white/);
});

Deno.test("a picture comes as data, too, larger than other messages may be", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const bytes = await file(noise(900, 700));
  assert.ok(bytes.length > 1_500_000);
  const image = `data:image/png;base64,${bytes.toBase64()}`;
  const { envelope } = await client.call("transform_image", { image, width: 90 });
  assert.deepEqual([envelope.images[0].width, envelope.images[0].height], [90, 70]);
  const [parent] = parentsOf(test.folder, envelope.images[0].id);
  assert.match(parent!, /^[0-9a-f]{64}$/);
});

Deno.test("mistakes are told in one sentence each, and nothing is kept", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const small = `data:image/png;base64,${png(8, 8, 2).toBase64()}`;
  const cut = `data:image/png;base64,${(await file(photo(99, 99))).slice(0, 900).toBase64()}`;
  const huge = png(1, 1, 0);
  new DataView(huge.buffer).setUint32(16, 30_000);
  new DataView(huge.buffer).setUint32(20, 30_000);
  const refused: readonly (readonly [Record<string, unknown>, string, RegExp])[] = [
    [{ image: small }, "invalid_parameters", /Nothing is asked for/],
    [{ image: small, crop: "0,0,9,9" }, "invalid_parameters", /8x8 pixels/],
    [{ image: small, width: 10_000, height: 10_000, fit: "fill" }, "invalid_parameters", /million/],
    [{ image: small, width: 20_000 }, "invalid_arguments", /from 1 to 16384/],
    [{ image: small, sepia: true }, "invalid_arguments", /sepia/],
    [{ image: cut, rotate: 90 }, "invalid_parameters", /cannot be changed/],
    [
      { image: `data:image/png;base64,${huge.toBase64()}`, width: 9 },
      "invalid_parameters",
      /30000x30000/,
    ],
    [{ image: "img_none", rotate: 90 }, "image_not_found", /img_none/],
    [{ rotate: 90 }, "invalid_arguments", /'image'.*missing/],
  ];
  for (const [args, code, words] of refused) {
    const { isError, envelope } = await client.call("transform_image", args);
    assert.equal(isError, true, JSON.stringify(args).slice(0, 80));
    assert.deepEqual([envelope.error.code, envelope.images], [code, []], envelope.error.message);
    assert.match(envelope.error.message, words);
  }
  assert.equal(await test.app.images.newestId(""), undefined);
});

Deno.test("64 million pixels are made smaller, and are not held whole for anything else", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const path = join(test.folder, "large.png");
  await Deno.writeFile(path, png(10_000, 6_000, 0, (x) => [x < 5_000 ? 0 : 255], { repeat: 1 }));
  const small = await client.call("transform_image", {
    image: path,
    crop: "5000,0,5000,6000",
    height: 600,
  });
  const [image] = small.envelope.images;
  assert.deepEqual([image.width, image.height], [500, 600], JSON.stringify(small.envelope.error));
  const { pixels } = await decodeImage(await Deno.readFile(image.local_path));
  assert.deepEqual([pixels[0], pixels[4 * 499]], [255, 255]);
  const whole = await client.call("transform_image", { image: path, rotate: 90 });
  assert.match(whole.envelope.error.message, /10000x6000 .* 36 million/);
});

interface Transformed {
  // deno-lint-ignore no-explicit-any
  readonly image: any;
  readonly warnings: readonly string[];
  readonly made: Uint8Array;
}

interface Transformer extends AsyncDisposable {
  /** What the tool makes of a file with these pixels. */
  of(raster: Raster, args: Readonly<Record<string, unknown>>): Promise<Transformed>;
}

async function openTransformer(): Promise<Transformer> {
  const test = await openTestApp();
  const client = await connectTestClient(test.app);
  const path = join(test.folder, "my picture.png");
  return {
    async of(raster, args) {
      await Deno.writeFile(path, await file(raster));
      const { envelope } = await client.call("transform_image", { image: path, ...args });
      assert.equal(envelope.error, null, JSON.stringify(envelope.error));
      const [image] = envelope.images;
      const made = await Deno.readFile(image.local_path);
      assert.equal(identifyImage(made)?.mediaType, image.mime_type);
      return { image, warnings: envelope.warnings, made };
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await test[Symbol.asyncDispose]();
    },
  };
}

async function file(raster: Raster): Promise<Uint8Array<ArrayBuffer>> {
  const copy = { ...raster, pixels: raster.pixels.slice() };
  return (await encodeImage(copy, { format: "png" }))!.bytes;
}

function raster(
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly number[],
): Raster {
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let place = 0; place < width * height; place++) {
    pixels.set([...colour(place % width, Math.floor(place / width)), 255], place * 4);
  }
  return { width, height, pixels, isOpaque: true };
}

/** Soft shapes with some grain, as a camera has them. */
function photo(width: number, height: number): Raster {
  const random = randomNumbers(5);
  return raster(width, height, (x, y) => {
    const grain = random() * 24;
    return [
      128 + 90 * Math.sin(x / 40) + grain,
      128 + 90 * Math.cos(y / 30 + x / 90) + grain,
      100 + 0.1 * y + grain,
    ];
  });
}

function noise(width: number, height: number): Raster {
  const random = randomNumbers(6);
  return raster(width, height, () => [random() * 256, random() * 256, random() * 256]);
}

const COLOURS: Readonly<Record<string, readonly number[]>> = {
  A: [255, 0, 0],
  B: [0, 255, 0],
  C: [0, 0, 255],
  D: [255, 255, 0],
};

/** 30x20 pixels: a red, a green, a blue and a yellow quarter. */
function letters(): Raster {
  return raster(30, 20, (x, y) => COLOURS["ABCD"[(x < 15 ? 0 : 1) + (y < 10 ? 0 : 2)]!]!);
}

function cornersOf({ width, height, pixels }: Raster): string {
  const letter = (x: number, y: number) =>
    Object.keys(COLOURS).find((name) =>
      COLOURS[name]!.every((value, index) =>
        Math.abs(value - pixels[(y * width + x) * 4 + index]!) < 40
      )
    );
  const [right, bottom] = [width - 1, height - 1];
  return `${letter(0, 0)}${letter(right, 0)}/${letter(0, bottom)}${letter(right, bottom)}`;
}

function parentsOf(folder: string, id: string): readonly string[] {
  using database = new DatabaseSync(join(folder, ".mcp-image-server", "records.sqlite"));
  const row = database.prepare("SELECT operation, parents FROM images WHERE id = ?").get(id)!;
  assert.equal(row.operation, "transform");
  return JSON.parse(String(row.parents));
}
