import { deepEqual, equal, ok } from "node:assert/strict";
import { identifyImage } from "../../src/images/media_type.ts";
import { makePreview, makeThumbnail } from "../../src/images/preview.ts";
import type { Preview } from "../../src/images/preview.ts";
import { closeImageWorkers, imageWorkersLoad } from "../../src/images/workers.ts";
import { png, withOrientation } from "../fakes/png.ts";
import { SMALL_PICTURES, type SmallPicture, smallPicture } from "../fakes/small_pictures.ts";
import { randomNumbers } from "../support/random.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

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

Deno.test("a thumbnail has 384 pixels at most, and never more than the picture", async () => {
  const sizes = [[2000, 1000, 384, 192], [100, 900, 43, 384], [64, 48, 64, 48]] as const;
  for (const [width, height, ...expected] of sizes) {
    const read = () => Promise.resolve(quarters(width, height));
    const thumbnail = (await makeThumbnail(read, {}))!;
    equal(thumbnail.mediaType, "image/webp");
    deepEqual([thumbnail.width, thumbnail.height], expected);
    await showsQuarters(thumbnail);
  }
  equal(await makeThumbnail(() => Promise.resolve(new Uint8Array(100)), {}), undefined);
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
  deepEqual([width, height], [1334, 2]);
});

Deno.test("an alpha channel that hides nothing does not make the preview a PNG", async () => {
  const source = png(600, 400, 6, (x, y) => [...quarterColour(x / 600, y / 400), 255]);
  const preview = await previewOf(source, PLENTY);
  equal(preview.mediaType, "image/jpeg");
  await showsQuarters(preview);
});

Deno.test("a picture that can be seen through stays so, with clean edges", async () => {
  const preview = await previewOf(glassDisc(2000), PLENTY);
  equal(preview.mediaType, "image/webp");
  equal(preview.width, 1568);
  const at = await pixelsOf(preview);
  isNear(at(0.5, 0.5), [200, 100, 50, 128], 2);
  equal(at(0.01, 0.01)[3], 0);
  const edges = Array.from({ length: 1568 }, (_, x) => at(x / 1568, 0.2))
    .filter(([, , , alpha]) => alpha > 20 && alpha < 110);
  ok(edges.length > 0);
  for (const edge of edges) isNear(edge, [200, 100, 50, edge[3]], 8);
});

Deno.test("a picture that can be seen through stays so, however small it must become", async () => {
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
  const preview = await previewOf(source, 10_000);
  equal(preview.mediaType, "image/webp");
  const at = await pixelsOf(preview);
  deepEqual([at(0.02, 0.02)[3], at(0.98, 0.98)[3], at(0.5, 0.5)[3]], [0, 0, 255]);
});

Deno.test("a client that shows WebP gets one, smaller than the JPEG that another gets", async () => {
  const source = quarters(800, 600);
  const webp = await makePreview(() => Promise.resolve(source), {
    maxBytes: PLENTY,
    format: "webp",
  });
  const jpeg = await previewOf(source, PLENTY);
  deepEqual([webp?.mediaType, jpeg.mediaType], ["image/webp", "image/jpeg"]);
  ok(webp!.bytes.length < jpeg.bytes.length);
  await showsQuarters(webp!);
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

Deno.test("alpha beside grey and beside 16 bits, and a colour that is clear, are kept", async () => {
  const half = 0x8080;
  const sources: Record<string, Uint8Array> = {
    "grey": png(80, 60, 4, () => [90, 128]),
    "16-bit grey": png(80, 60, 4, () => [90 * 257, half], { depth: 16 }),
    "16-bit colour": png(80, 60, 6, () => [90 * 257, 90 * 257, 90 * 257, half], { depth: 16 }),
  };
  for (const [kind, source] of Object.entries(sources)) {
    const preview = await previewOf(source, PLENTY);
    equal(preview.mediaType, "image/webp", kind);
    isNear((await pixelsOf(preview))(0.5, 0.5), [90, 90, 90, 128], 3);
  }
  const keyed = png(80, 60, 2, (x) => x < 40 ? [1, 2, 3] : [90, 90, 90], {
    transparency: [0, 1, 0, 2, 0, 3],
  });
  const at = await pixelsOf(await previewOf(keyed, PLENTY));
  deepEqual([at(0.2, 0.5)[3], at(0.8, 0.5)[3]], [0, 255]);
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

for (const name of Object.keys(SMALL_PICTURES) as SmallPicture[]) {
  if (name === "AVIF" || name === "TIFF") continue; // nothing here decodes them
  Deno.test(`a ${name} can be shrunk, and shows what it showed`, async () => {
    const preview = await previewOf(smallPicture(name), PLENTY);
    deepEqual([preview.width, preview.height], [32, 24]);
    const at = await pixelsOf(preview);
    const isGrey = /grey/i.test(name);
    for (const [x, y, colour] of QUARTERS) {
      const [red, green, blue] = colour;
      const grey = Math.round(red * 0.299 + green * 0.587 + blue * 0.114);
      const isClear = name === "lossless WebP" || /with alpha/.test(name);
      const alpha = isClear && x < 0.5 ? 128 : 255;
      const wanted = isGrey ? [grey, grey, grey, alpha] : [red, green, blue, alpha];
      // Colours for print are not converted exactly, by nobody.
      isNear(at(x, y), wanted as unknown as Pixel, name === "CMYK JPEG" ? 60 : 16);
    }
  });
}

/** Middles of the quarters of the small pictures. */
const QUARTERS: readonly (readonly [x: number, y: number, colour: Colour])[] = [
  [0.25, 0.25, [200, 40, 40]],
  [0.75, 0.25, [40, 160, 60]],
  [0.25, 0.75, [40, 60, 200]],
  [0.75, 0.75, [220, 200, 50]],
];

Deno.test("what cannot be decoded has no preview", async () => {
  const whole = quarters(100, 100);
  const others: Record<string, Uint8Array> = {
    nothing: new Uint8Array(),
    text: new TextEncoder().encode("<!DOCTYPE html><html></html>"),
    SVG: new TextEncoder().encode('<svg width="10" height="10"></svg>'),
    "a TIFF": new TextEncoder().encode("II*\0\x08\0\0\0\0\0"),
    "a PNG cut short": whole.subarray(0, 200),
    "a damaged PNG": whole.map((byte, index) => index > 60 ? byte ^ 0x55 : byte),
    "an AVIF": smallPicture("AVIF"),
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
});

Deno.test("previews asked for together are each of their own picture, by as few workers as cores", async () => {
  closeImageWorkers(); // none rests when the count begins
  using workers = countWorkers();
  const widths = [40, 80, 120, 160, 240, 280, 320, 360];
  const previews = await Promise.all([
    ...widths.map((width) => tryPreviewOf(quarters(width, 20), PLENTY)),
    tryPreviewOf(quarters(200, 20).fill(0, 60), PLENTY),
  ]);
  deepEqual(previews.map((preview) => preview?.width), [...widths, undefined]);
  ok(workers.seen.started <= navigator.hardwareConcurrency, `${workers.seen.started} workers`);
  deepEqual(imageWorkersLoad(), { running: 0, waiting: 0, resting: workers.seen.started });
});

Deno.test("a preview that nobody wants any more is not made", async () => {
  const controller = new AbortController();
  let reads = 0;
  const read = () => {
    reads++;
    return Promise.resolve(quarters(400, 200));
  };
  const { signal } = controller;
  const asked = Array.from(
    { length: 20 },
    () => makePreview(read, { maxBytes: PLENTY, format: "jpeg", signal }).catch(() => "gone"),
  );
  controller.abort(new Error("gone"));
  deepEqual(await Promise.all(asked), Array(20).fill("gone"));
  ok(reads <= navigator.hardwareConcurrency, `${reads} were read`);
});

Deno.test("a vendor's largest pictures with alpha are shrunk within 350 MB", async () => {
  // In a process of its own, since tests that run in parallel share theirs.
  const script = `
    import { makePreview } from ${
    JSON.stringify(import.meta.resolve("../../src/images/preview.ts"))
  };
    const picture = await Deno.readFile(Deno.args[0]);
    const began = performance.now();
    const preview = await makePreview(() => Promise.resolve(picture), {
      maxBytes: ${PLENTY}, format: "webp" });
    console.log(preview.width, preview.height, Math.round(performance.now() - began));
    const status = await Deno.readTextFile("/proc/self/status").catch(() => "");
    console.log(Number(/VmHWM:\\s+(\\d+) kB/.exec(status)?.[1] ?? 0) * 1024);
    Deno.exit();`;
  const path = await Deno.makeTempFile({ suffix: ".png" });
  try {
    const stripes = (x: number, y: number) => [x >> 5, y, (x >> 3) + y & 255, (x >> 4) & 255];
    await Deno.writeFile(path, png(8000, 8000, 6, stripes, { repeat: 64 }));
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-config",
        "-A",
        `data:text/javascript,${encodeURIComponent(script)}`,
        path,
      ],
    }).output();
    const [first = "", peak = ""] = new TextDecoder().decode(stdout).split("\n");
    const side = parseInt(first); // NaN where it failed
    ok(side >= 900 && side <= 1143, first + new TextDecoder().decode(stderr));
    ok(Number(peak) < 350e6, `the peak was ${Math.round(Number(peak) / 1e6)} MB`);
  } finally {
    await Deno.remove(path);
  }
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
        await makePreview(() => Promise.resolve(source), { maxBytes: ${PLENTY}, format: "jpeg" });
      }
      return Deno.memoryUsage().rss;
    };
    const before = await memoryAfter(10);
    console.log(await memoryAfter(40) - before);
    Deno.exit();`;
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
  return makePreview(() => Promise.resolve(bytes), { maxBytes, format: "jpeg" });
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
