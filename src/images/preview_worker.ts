/** The half of `preview.ts` that runs in a worker, because decoding and encoding block. */

export interface PreviewJob {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly maxBytes: number;
  /** False where the format has no alpha channel, which saves looking. */
  readonly mayHaveAlpha: boolean;
  /** Longest sides in pixels to try, the largest first. */
  readonly sides: readonly number[];
  /** JPEG qualities from 0 to 1 to try at each size, the best first. */
  readonly qualities: readonly number[];
  /** Below this side a flattened JPEG serves better than a see-through PNG. */
  readonly leastPngSide: number;
}

/** A smaller copy of a picture. */
export interface Preview {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: "image/png" | "image/jpeg";
  readonly width: number;
  readonly height: number;
}

export type PreviewAnswer = { readonly preview?: Preview } | { readonly error: string };

/** What the worker's code needs of its global scope. */
export interface WorkerScope {
  onmessage: ((event: MessageEvent<PreviewJob>) => void) | null;
  postMessage(answer: PreviewAnswer): void;
}

/**
 * Answers each PreviewJob with a PreviewAnswer. The text of this function is
 * the worker's whole source: it uses nothing from outside itself.
 */
export function runPreviewWorker(scope: WorkerScope): void {
  scope.onmessage = async ({ data }) => {
    const answer = await shrink(data)
      .then((preview) => ({ preview }), (error) => ({ error: String(error) }));
    await letGoOfBlobs().catch(() => {});
    scope.postMessage(answer);
  };

  /**
   * Deno 2.9 keeps a blob's bytes for the whole process until its owner is collected,
   * which never happens once a worker is terminated: megabytes would leak with each picture.
   */
  async function letGoOfBlobs(): Promise<void> {
    const [v8, vm] = await Promise.all([import("node:v8"), import("node:vm")]);
    v8.setFlagsFromString("--expose-gc");
    vm.runInNewContext("gc")();
    await new Promise((resolve) => setTimeout(resolve)); // finalizers have a task of their own
  }

  async function shrink(job: PreviewJob): Promise<Preview | undefined> {
    const whole = await decode(job.bytes);
    if (!whole) return undefined;
    const longest = Math.min(Math.max(whole.width, whole.height), Math.max(...job.sides));
    const sides = [longest, ...job.sides.filter((side) => side < longest)];
    const asJpeg = (bitmap: ImageBitmap) =>
      firstFitting(
        bitmap,
        sides,
        job.qualities.map((quality) => ({ type: "image/jpeg", quality })),
      );
    const asPng = (bitmap: ImageBitmap, leastSide: number) =>
      firstFitting(bitmap, sides.filter((side) => side >= leastSide), [{ type: "image/png" }]);

    const raster = job.mayHaveAlpha ? await rasterOf(whole) : undefined;
    if (!raster) return asJpeg(whole);
    whole.close();
    if (raster.pixels.every(isOpaque)) return asJpeg(await bitmapOf(raster));
    repaint(raster, clear);
    const png = await asPng(await bitmapOf(raster), Math.min(job.leastPngSide, longest));
    if (png) return png;
    repaint(raster, layOnWhite);
    return asJpeg(await bitmapOf(raster));

    /** The first copy of `original` that fits; closes `original`. */
    async function firstFitting(
      original: ImageBitmap,
      longestSides: readonly number[],
      encodings: readonly { type: Preview["mediaType"]; quality?: number }[],
    ): Promise<Preview | undefined> {
      const base = await resized(original, longest, "default");
      original.close();
      let hopeless = Infinity;
      for (const side of longestSides) {
        if (side >= hopeless) continue;
        const canvas = onCanvas(await resized(base, side, "none"));
        const { width, height } = canvas;
        for (const encoding of encodings) {
          const blob = await canvas.convertToBlob(encoding);
          if (blob.size <= job.maxBytes) {
            return { bytes: await blob.bytes(), mediaType: encoding.type, width, height };
          }
          // A smaller copy has more detail in each pixel, so bytes fall no faster than pixels.
          hopeless = side * Math.sqrt(job.maxBytes / blob.size) * 1.1;
        }
      }
      return undefined;
    }
  }

  /**
   * The picture turned as EXIF says, its colours multiplied by alpha: else what
   * lies unseen under transparent pixels would bleed into edges when resizing.
   */
  function decode(bytes: Uint8Array<ArrayBuffer>): Promise<ImageBitmap | undefined> {
    const file = new Blob([bytes]);
    const premultiplyAlpha = "premultiply";
    return createImageBitmap(file, { premultiplyAlpha })
      // Some colour profiles, such as those for print, cannot be converted.
      .catch(() => createImageBitmap(file, { premultiplyAlpha, colorSpaceConversion: "none" }))
      .catch(() => undefined);
  }

  /** A copy no longer than `longestSide`; "none" divides the colours by alpha again. */
  function resized(
    bitmap: ImageBitmap,
    longestSide: number,
    premultiplyAlpha: PremultiplyAlpha,
  ): Promise<ImageBitmap> {
    const scale = Math.min(1, longestSide / Math.max(bitmap.width, bitmap.height));
    return createImageBitmap(bitmap, {
      resizeWidth: Math.max(1, Math.round(bitmap.width * scale)),
      resizeHeight: Math.max(1, Math.round(bitmap.height * scale)),
      resizeQuality: "medium",
      premultiplyAlpha,
    });
  }

  function onCanvas(bitmap: ImageBitmap): OffscreenCanvas {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext("bitmaprenderer")!.transferFromImageBitmap(bitmap);
    return canvas;
  }

  /** The pixels of a bitmap by way of an uncompressed BMP; undefined where it has no alpha. */
  async function rasterOf(bitmap: ImageBitmap): Promise<Raster | undefined> {
    const canvas = onCanvas(await createImageBitmap(bitmap));
    const bmp = await (await canvas.convertToBlob({ type: "image/bmp" })).arrayBuffer();
    const view = new DataView(bmp);
    const [start, bitsPerPixel] = [view.getUint32(10, true), view.getUint16(28, true)];
    if (bitsPerPixel !== 32) return undefined;
    return { header: bmp.slice(0, start), pixels: new Uint32Array(bmp.slice(start)) };
  }

  function bitmapOf({ header, pixels }: Raster): Promise<ImageBitmap> {
    return createImageBitmap(new Blob([header, pixels]));
  }

  function repaint({ pixels }: Raster, paint: (pixel: number) => number): void {
    for (let i = 0; i < pixels.length; i++) pixels[i] = paint(pixels[i]!);
  }

  function isOpaque(pixel: number): boolean {
    return pixel >>> 24 === 255;
  }

  /** Nothing where nothing is seen: Deno leaves the colour there when it multiplies by alpha. */
  function clear(pixel: number): number {
    return pixel >>> 24 === 0 ? 0 : pixel;
  }

  function layOnWhite(pixel: number): number {
    const white = (255 - (pixel >>> 24)) * 0x010101;
    return ((pixel & 0xffffff) + white) | 0xff000000;
  }
}

interface Raster {
  /** All of a BMP file that comes before its pixels. */
  readonly header: ArrayBuffer;
  /** Each 0xAARRGGBB with its colours multiplied by alpha. */
  readonly pixels: Uint32Array<ArrayBuffer>;
}
