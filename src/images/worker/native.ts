/**
 * The runtime's own decoder, for what the codecs here cannot: GIF, BMP, animated WebP, JPEG in
 * colours for print, and colour profiles, which it converts to sRGB.
 */

import { type Channels, type Raster, RasterBuilder, UndecodableError } from "./raster.ts";

/**
 * The first picture of the file, turned upright, each square of `factor` by `factor` pixels as its
 * mean. Deno 2.9 gives out pixels only as a file, so they take a detour over BMP.
 * @throws {UndecodableError}
 */
export async function readNatively(bytes: Uint8Array, factor: number): Promise<Raster> {
  const file = new Blob([bytes as Uint8Array<ArrayBuffer>]);
  const premultiplyAlpha = "none";
  const bitmap = await createImageBitmap(file, { premultiplyAlpha })
    // Some colour profiles, such as those for print, cannot be converted.
    .catch(() => createImageBitmap(file, { premultiplyAlpha, colorSpaceConversion: "none" }))
    .catch((error) => {
      throw new UndecodableError(String(error.message ?? error).split("\n", 1)[0]);
    });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("bitmaprenderer")!.transferFromImageBitmap(bitmap);
  const bmp = new Uint8Array(
    await (await canvas.convertToBlob({ type: "image/bmp" })).arrayBuffer(),
  );
  const raster = readBmp(bmp, canvas.width, canvas.height, factor);
  await letGoOfBlobs().catch(() => {});
  return raster;
}

/** The picture as a JPEG, `quality` from 1 to 100. */
export async function writeNatively(
  { pixels, width, height }: Raster,
  quality: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const canvas = new OffscreenCanvas(width, height);
  const bitmap = await createImageBitmap(new ImageData(pixels, width, height));
  canvas.getContext("bitmaprenderer")!.transferFromImageBitmap(bitmap);
  const file = await canvas.convertToBlob({ type: "image/jpeg", quality: quality / 100 });
  return new Uint8Array(await file.arrayBuffer());
}

/** Rows from below, blue first. */
function readBmp(bmp: Uint8Array, width: number, height: number, factor: number): Raster {
  const view = new DataView(bmp.buffer);
  const [start, bits] = [view.getUint32(10, true), view.getUint16(28, true)];
  const channels = (bits / 8) as Channels;
  const stride = Math.ceil(width * bits / 32) * 4;
  const builder = new RasterBuilder(width, height, factor);
  for (let y = height - 1; y >= 0; y--) {
    const row = bmp.subarray(start + y * stride, start + y * stride + width * channels);
    if (channels > 1) {
      for (let i = 0; i < row.length; i += channels) [row[i], row[i + 2]] = [row[i + 2]!, row[i]!];
    }
    builder.addRow(row, 0, channels);
  }
  return builder.finish();
}

/**
 * Deno 2.9 keeps a blob's bytes for the whole process until its owner is collected, which a worker
 * that waits for the next picture may put off for long: megabytes would leak with each picture.
 */
async function letGoOfBlobs(): Promise<void> {
  const [v8, vm] = await Promise.all([import("node:v8"), import("node:vm")]);
  v8.setFlagsFromString("--expose-gc");
  vm.runInNewContext("gc")();
  await new Promise((resolve) => setTimeout(resolve)); // finalizers have a task of their own
}
