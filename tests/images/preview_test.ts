import { deepEqual, equal, ok } from "node:assert/strict";
import { crc32, deflateSync } from "node:zlib";
import { identifyImage } from "../../src/images/media_type.ts";
import { makePreview } from "../../src/images/preview.ts";
import type { Preview } from "../../src/images/preview.ts";

const PLENTY = 600_000;

Deno.test("a large PNG becomes a smaller JPEG of the same picture that fits", async () => {
  const preview = await previewOf(quarters(2000, 1000), 60_000);
  equal(preview.mediaType, "image/jpeg");
  ok(preview.bytes.length <= 60_000);
  ok(preview.width < 2000 && preview.width >= 768, `${preview.width}`);
  equal(preview.width, preview.height * 2);
  const { mediaType, width, height } = identifyImage(preview.bytes)!;
  deepEqual({ mediaType, width, height }, {
    mediaType: preview.mediaType,
    width: preview.width,
    height: preview.height,
  });
  await showsQuarters(preview);
});

Deno.test("a smaller limit makes a smaller preview", async () => {
  const source = noise(640, 640);
  let previous = Infinity;
  for (const maxBytes of [200_000, 60_000, 20_000, 5_000]) {
    const { bytes, width } = await previewOf(source, maxBytes);
    ok(bytes.length <= maxBytes && width < previous, `${width} pixels for ${maxBytes} bytes`);
    previous = width;
  }
});

Deno.test("a preview keeps the picture's own size where that fits", async () => {
  const { width, height } = await previewOf(quarters(301, 200), PLENTY);
  deepEqual([width, height], [301, 200]);
});

Deno.test("a picture a thousand times as long as high still has a preview", async () => {
  const { width, height } = await previewOf(png(4000, 4, 2, () => [9, 9, 9]), PLENTY);
  deepEqual([width, height], [1568, 2]);
});

Deno.test("an alpha channel that hides nothing does not make the preview a PNG", async () => {
  const source = png(600, 400, 6, (x, y) => [...quarterColour(x / 600, y / 400), 255]);
  const preview = await previewOf(source, PLENTY);
  equal(preview.mediaType, "image/jpeg");
  await showsQuarters(preview);
});

Deno.test("a picture that can be seen through stays so, with clean edges", async () => {
  const preview = await previewOf(glassDisc(2000), PLENTY);
  equal(preview.mediaType, "image/png");
  equal(preview.width, 1568);
  const at = await pixelsOf(preview);
  isNear(at(0.5, 0.5), [200, 100, 50, 128], 2);
  equal(at(0.01, 0.01)[3], 0);
  const edges = Array.from({ length: 1568 }, (_, x) => at(x / 1568, 0.2))
    .filter(([, , , alpha]) => alpha > 20 && alpha < 110);
  ok(edges.length > 0);
  for (const edge of edges) isNear(edge, [200, 100, 50, edge[3]], 8);
});

Deno.test("a see-through picture too large for a PNG is laid on white", async () => {
  const random = randomNumbers(7);
  const source = png(
    600,
    600,
    6,
    (x, y) =>
      Math.hypot(x - 300, y - 300) < 200
        ? [random() * 256, random() * 256, random() * 256, 255]
        : [0, 0, 0, 0],
  );
  const preview = await previewOf(source, 30_000);
  equal(preview.mediaType, "image/jpeg");
  const at = await pixelsOf(preview);
  isNear(at(0.02, 0.02), [255, 255, 255, 255], 2);
  isNear(at(0.98, 0.98), [255, 255, 255, 255], 2);
});

Deno.test("what shines through a half transparent picture on white is half of it", async () => {
  const random = randomNumbers(11);
  const source = png(640, 640, 6, () => [0, 0, 0, 78 + random() * 100]);
  const preview = await previewOf(source, 3_000);
  equal(preview.mediaType, "image/jpeg");
  isNear((await pixelsOf(preview))(0.5, 0.5), [127, 127, 127, 255], 30);
});

Deno.test("PNGs of every kind of colour can be shrunk", async () => {
  const level = 0.5;
  const sources: Record<string, Uint8Array> = {
    grey: png(80, 60, 0, () => [128]),
    "16-bit grey": png(80, 60, 0, () => [level * 65535], { depth: 16 }),
    "16-bit colour": png(80, 60, 2, () => Array(3).fill(level * 65535), { depth: 16 }),
    palette: png(80, 60, 3, () => [1], { palette: [0, 255, 0, 128, 128, 128] }),
  };
  for (const [kind, source] of Object.entries(sources)) {
    const preview = await previewOf(source, PLENTY);
    deepEqual([preview.width, preview.height], [80, 60], kind);
    isNear((await pixelsOf(preview))(0.5, 0.5), [128, 128, 128, 255], 2);
  }
});

Deno.test("a JPEG is turned as its EXIF orientation says", async () => {
  const { bytes } = await previewOf(quarters(300, 200), PLENTY);
  const upright = await previewOf(bytes, PLENTY);
  deepEqual([upright.width, upright.height], [300, 200]);
  await showsQuarters(upright);

  const turned = await previewOf(withOrientation(bytes, 6), PLENTY);
  deepEqual([turned.width, turned.height], [200, 300]);
  const at = await pixelsOf(turned);
  isNear(at(0.75, 0.25), [...quarterColour(0.25, 0.25), 255], 12);
  isNear(at(0.25, 0.25), [...quarterColour(0.25, 0.75), 255], 12);
});

for (const [name, base64] of Object.entries(smallPictures())) {
  Deno.test(`a ${name} can be shrunk`, async () => {
    const preview = await previewOf(Uint8Array.fromBase64(base64), PLENTY);
    deepEqual([preview.width, preview.height], [17, 9]);
    isNear((await pixelsOf(preview))(0.5, 0.5), [100, 40, 20, 255], 6);
  });
}

Deno.test("what cannot be decoded has no preview", async () => {
  const whole = quarters(100, 100);
  const others: Record<string, Uint8Array> = {
    nothing: new Uint8Array(),
    text: new TextEncoder().encode("<!DOCTYPE html><html></html>"),
    SVG: new TextEncoder().encode('<svg width="10" height="10"></svg>'),
    "a TIFF": new TextEncoder().encode("II*\0\x08\0\0\0\0\0"),
    "a PNG cut short": whole.subarray(0, 200),
    "a damaged PNG": whole.map((byte, index) => index > 60 ? byte ^ 0x55 : byte),
    "grey beside alpha": png(80, 60, 4, () => [90, 120]),
    "16 bits beside alpha": png(80, 60, 6, () => [9, 9, 9, 9], { depth: 16 }),
  };
  for (const [what, bytes] of Object.entries(others)) {
    equal(await tryPreviewOf(bytes, PLENTY), undefined, what);
  }
});

Deno.test("where no copy is small enough there is no preview", async () => {
  equal(await tryPreviewOf(quarters(200, 200), 100), undefined);
});

Deno.test("a picture of too many pixels is not decoded", async () => {
  const huge = png(8001, 8000, 0, undefined, { depth: 1 });
  equal(await tryPreviewOf(huge, PLENTY), undefined);
  const clear = png(5000, 4001, 6);
  equal(await tryPreviewOf(clear, PLENTY), undefined);
});

Deno.test("previews asked for together are made one after the other, each of its own picture", async () => {
  using workers = countWorkers();
  const widths = [40, 80, 120, 160];
  const previews = await Promise.all([
    ...widths.map((width) => tryPreviewOf(quarters(width, 20), PLENTY)),
    tryPreviewOf(quarters(200, 20).fill(0, 60), PLENTY),
  ]);
  deepEqual(previews.map((preview) => preview?.width), [...widths, undefined]);
  deepEqual(workers.seen, { started: 5, mostAtOnce: 1 });
});

Deno.test("previews leave nothing behind in memory", async () => {
  // In a process of its own, since tests that run in parallel share theirs.
  const script = `
    import { makePreview } from ${
    JSON.stringify(import.meta.resolve("../../src/images/preview.ts"))
  };
    const picture = Uint8Array.fromBase64("${quarters(100, 50).toBase64()}");
    const source = new Uint8Array(3_000_000).fill(7);
    source.set(picture);
    const memoryAfter = async (previews) => {
      for (let made = 0; made < previews; made++) {
        await makePreview(() => Promise.resolve(source), { maxBytes: ${PLENTY} });
      }
      return Deno.memoryUsage().rss;
    };
    const before = await memoryAfter(10);
    console.log(await memoryAfter(40) - before);`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-config", "-A", `data:text/javascript,${encodeURIComponent(script)}`],
  }).output();
  const megabytes = parseInt(new TextDecoder().decode(stdout)) / 1e6; // NaN where it failed
  ok(megabytes < 60, `${megabytes} MB more after 40 pictures of 3 MB`);
});

Deno.test("the event loop turns while a preview is made, and the picture stays whole", async () => {
  const source = noise(1200, 1200);
  const before = source.slice();
  let turns = 0;
  const timer = setInterval(() => turns++, 5);
  await previewOf(source, 20_000);
  clearInterval(timer);
  ok(turns >= 5, `${turns} turns`);
  deepEqual(source, before);
});

Deno.test({
  name: "a preview needs no permission",
  permissions: "none",
  async fn() {
    equal((await previewOf(quarters(100, 50), PLENTY)).width, 100);
  },
});

async function previewOf(bytes: Uint8Array, maxBytes: number): Promise<Preview> {
  const preview = await tryPreviewOf(bytes, maxBytes);
  ok(preview, "there is a preview");
  return preview;
}

function tryPreviewOf(bytes: Uint8Array, maxBytes: number): Promise<Preview | undefined> {
  return makePreview(() => Promise.resolve(bytes), { maxBytes });
}

/** Counts workers until it is disposed of. */
function countWorkers() {
  const seen = { started: 0, mostAtOnce: 0 };
  let alive = 0;
  const Original = globalThis.Worker;
  globalThis.Worker = class extends Original {
    constructor(source: string | URL, options?: WorkerOptions) {
      super(source, options);
      seen.started++;
      seen.mostAtOnce = Math.max(seen.mostAtOnce, ++alive);
    }
    override terminate() {
      alive--;
      super.terminate();
    }
  };
  return { seen, [Symbol.dispose]: () => void (globalThis.Worker = Original) };
}

type Colour = readonly [red: number, green: number, blue: number];
type Pixel = readonly [red: number, green: number, blue: number, alpha: number];

/** The colour at a place given as fractions of the width and height. */
async function pixelsOf(preview: Preview): Promise<(x: number, y: number) => Pixel> {
  const bitmap = await createImageBitmap(new Blob([preview.bytes]));
  const { width, height } = bitmap;
  deepEqual([width, height], [preview.width, preview.height]);
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("bitmaprenderer")!.transferFromImageBitmap(bitmap);
  const bmp = new DataView(await (await canvas.convertToBlob({ type: "image/bmp" })).arrayBuffer());
  const [start, bits] = [bmp.getUint32(10, true), bmp.getUint16(28, true)];
  const stride = Math.ceil(width * bits / 32) * 4;
  return (x, y) => {
    const row = height - 1 - Math.floor(y * height);
    const offset = start + row * stride + Math.floor(x * width) * bits / 8;
    const channel = (index: number) => bmp.getUint8(offset + index);
    if (bits === 8) return [channel(0), channel(0), channel(0), 255];
    return [channel(2), channel(1), channel(0), bits === 32 ? channel(3) : 255];
  };
}

async function showsQuarters(preview: Preview): Promise<void> {
  const at = await pixelsOf(preview);
  for (const [x, y] of [[0.2, 0.2], [0.8, 0.2], [0.2, 0.8], [0.8, 0.8]] as const) {
    isNear(at(x, y), [...quarterColour(x, y), 255], 12);
  }
}

function isNear(found: Pixel, wanted: Pixel, tolerance: number): void {
  const near = found.every((value, index) => Math.abs(value - wanted[index]!) <= tolerance);
  ok(near, `found ${found.join()}, wanted ${wanted.join()}`);
}

/** Red, green, blue and yellow quarters, each slightly shaded. */
function quarters(width: number, height: number): Uint8Array<ArrayBuffer> {
  return png(width, height, 2, (x, y) => quarterColour(x / width, y / height));
}

function quarterColour(x: number, y: number): Colour {
  const shade = 6 * Math.sin(x * 90) * Math.sin(y * 70);
  const colours: readonly Colour[] = [[200, 40, 40], [40, 160, 60], [40, 60, 200], [220, 200, 50]];
  const [red, green, blue] = colours[(x < 0.5 ? 0 : 1) + (y < 0.5 ? 0 : 2)]!;
  return [red + shade, green + shade, blue + shade];
}

function noise(width: number, height: number): Uint8Array<ArrayBuffer> {
  const random = randomNumbers(20_261_122);
  return png(width, height, 2, () => [random() * 256, random() * 256, random() * 256]);
}

/** Half transparent and hard-edged, with green where nothing can be seen. */
function glassDisc(side: number): Uint8Array<ArrayBuffer> {
  const inside = (x: number, y: number) => Math.hypot(x - side / 2, y - side / 2) < side * 0.4;
  return png(side, side, 6, (x, y) => inside(x, y) ? [200, 100, 50, 128] : [0, 255, 0, 0]);
}

/** A PNG of the given colour type whose samples `pixel` names; all zero without it. */
function png(
  width: number,
  height: number,
  colourType: 0 | 2 | 3 | 4 | 6,
  pixel?: (x: number, y: number) => readonly number[],
  { depth = 8, palette = [] }: { depth?: 1 | 8 | 16; palette?: readonly number[] } = {},
): Uint8Array<ArrayBuffer> {
  const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colourType];
  const stride = 1 + Math.ceil(width * channels * depth / 8);
  const raw = new DataView(new ArrayBuffer(stride * height));
  for (let y = 0; pixel && y < height; y++) {
    for (let x = 0; x < width; x++) {
      pixel(x, y).forEach((sample, channel) => {
        const offset = y * stride + 1 + (x * channels + channel) * depth / 8;
        if (depth === 16) raw.setUint16(offset, sample);
        else raw.setUint8(offset, sample);
      });
    }
  }
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, depth);
  header.setUint8(9, colourType);
  return joined([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", new Uint8Array(header.buffer)),
    ...(palette.length > 0 ? [chunk("PLTE", Uint8Array.from(palette))] : []),
    chunk("IDAT", deflateSync(new Uint8Array(raw.buffer), { level: 1 })),
    chunk("IEND", new Uint8Array()),
  ]);
}

function chunk(type: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const body = joined([new TextEncoder().encode(type), content]);
  return joined([unsigned(content.length), body, unsigned(crc32(body))]);
}

/** The JPEG with an EXIF segment that says how to turn it. */
function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array<ArrayBuffer> {
  const exif = joined([
    new TextEncoder().encode("Exif\0\0MM\0*"),
    unsigned(8),
    Uint8Array.of(0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0),
    unsigned(0),
  ]);
  const segment = joined([Uint8Array.of(0xff, 0xe1, 0, exif.length + 2), exif]);
  return joined([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
}

function unsigned(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((offset, part) => (whole.set(part, offset), offset + part.length), 0);
  return whole;
}

/** The same numbers from 0 to 1 for the same seed. */
function randomNumbers(seed: number): () => number {
  return () => (seed = (seed * 48_271) % 0x7fffffff) / 0x7fffffff;
}

/** One flat colour, 17x9 pixels, as libvips encodes it in each format. */
function smallPictures(): Record<string, string> {
  return {
    "progressive JPEG":
      "/9j/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8t" +
      "MC0oMCUoKSj/2wBDAQcHBwoIChMKChMoGhYaKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo" +
      "KCgoKCgoKCgoKCgoKCj/wgARCAAJABEDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAb/xAAWAQEB" +
      "AQAAAAAAAAAAAAAAAAAABAX/2gAMAwEAAhADEAAAAY8R6QH/xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEB" +
      "AAEFAl//xAAUEQEAAAAAAAAAAAAAAAAAAAAQ/9oACAEDAQE/AT//xAAUEQEAAAAAAAAAAAAAAAAAAAAQ/9oA" +
      "CAECAQE/AT//xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEBAAY/Al//xAAUEAEAAAAAAAAAAAAAAAAAAAAg" +
      "/9oACAEBAAE/IV//2gAMAwEAAgADAAAAEAw//8QAFBEBAAAAAAAAAAAAAAAAAAAAEP/aAAgBAwEBPxA//8QA" +
      "FBEBAAAAAAAAAAAAAAAAAAAAEP/aAAgBAgEBPxA//8QAFBABAAAAAAAAAAAAAAAAAAAAIP/aAAgBAQABPxBf" +
      "/9k=",
    "lossy WebP":
      "UklGRj4AAABXRUJQVlA4IDIAAADQAgCdASoRAAkAPm0skkWkIqGYBABABsSgB2AAEWMAAP709D/+vgCnqj//" +
      "O1sMQTwAAA==",
    "lossless WebP": "UklGRh4AAABXRUJQVlA4TBEAAAAvEAACAAdQlJKVov+BiOh/AAA=",
    GIF: "R0lGODlhEQAJAIAAAExpcWQoFCH5BAUAAAAALAAAAAARAAkAAAIKjI+py+0Po5y0FgA7",
  };
}
