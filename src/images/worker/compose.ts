/** Pictures laid over one another, and the result as a file. */

import { identifyImage } from "../media_type.ts";
import type { Area, Colour } from "./arrange.ts";
import { type ColourTable, recolour, tonesTable } from "./colour_table.ts";
import { type Codecs, decode } from "./decode.ts";
import { encode, type Encoded, type Output } from "./encode.ts";
import { type Raster, release } from "./raster.ts";
import { applied } from "./transform.ts";

/** A picture that fills its area and loses what hangs over. */
export interface Layer {
  readonly bytes: Uint8Array;
  /** Within the result, in its pixels; the whole where undefined. */
  readonly area?: Area;
  /** From 0, not seen, to 1, which is the default. */
  readonly opacity?: number;
  /** A picture of the whole result: the layer shows where that is white, and not where it is black. */
  readonly mask?: Uint8Array;
  /** The picture whose tones it takes, and how far, from 0 to 1. */
  readonly tones?: { readonly bytes: Uint8Array; readonly share: number };
  /** What its colours become, after its tones. */
  readonly colours?: ColourTable;
  /** Lines along its edges, as a pen would draw them; `opacity` of the sharpest, 0 to 1. */
  readonly outlines?: { readonly colour: Colour; readonly opacity: number };
}

export interface ComposeInput {
  /** Of the result, in pixels. */
  readonly width: number;
  readonly height: number;
  /** From the lowest to the topmost. */
  readonly layers: readonly Layer[];
  readonly output: Output;
}

/**
 * The layers as one picture; undefined where that cannot be as small as `output.maxBytes`. Where nothing of a layer shows, what lies under it keeps its very
 * bytes. @throws {UndecodableError} @throws {RangeError} for an area outside the result.
 */
export async function compose(
  { width, height, layers, output }: ComposeInput,
  codecs: Codecs,
): Promise<Encoded | undefined> {
  const whole = { left: 0, top: 0, width, height };
  const pixels = new Uint8ClampedArray(width * height * 4);
  const canvas = { width, height, pixels, isOpaque: false };
  for (const layer of layers) {
    const area = layer.area ?? whole;
    checkArea(area, canvas);
    const mask = layer.mask && await filling(layer.mask, whole, codecs);
    const raster = await changed(layer, await filling(layer.bytes, area, codecs), codecs);
    lay(canvas, raster, area, layer.opacity ?? 1, mask);
    release(raster.pixels);
  }
  const encoded = await encode({ ...canvas, isOpaque: isOpaque(pixels) }, output, codecs);
  release(pixels);
  return encoded;
}

function isOpaque(pixels: Uint8ClampedArray): boolean {
  for (let i = 3; i < pixels.length; i += 4) if (pixels[i] !== 255) return false;
  return true;
}

function checkArea({ left, top, width, height }: Area, canvas: Raster): void {
  const isInside = [left, top, width, height].every(Number.isInteger) && left >= 0 && top >= 0 &&
    width >= 1 && height >= 1 && left + width <= canvas.width && top + height <= canvas.height;
  if (!isInside) throw new RangeError("A layer must lie within the picture that it is laid upon");
}

async function filling(bytes: Uint8Array, box: Size, codecs: Codecs): Promise<Raster> {
  const raster = await decode(bytes, factorFor(bytes, box), codecs);
  return applied(raster, { do: "resize", width: box.width, height: box.height, fit: "cover" });
}

type Size = Pick<Area, "width" | "height">;

/** How many pixels across may become one while it is read, so that enough are left for the box. */
function factorFor(bytes: Uint8Array, box: Size): number {
  const { width = 0, height = 0 } = identifyImage(bytes) ?? {};
  // It may lie on its side.
  const long = Math.max(width, height) / Math.max(box.width, box.height);
  const short = Math.min(width, height) / Math.min(box.width, box.height);
  return Math.max(1, Math.floor(Math.min(long, short)));
}

async function changed({ tones, colours, outlines }: Layer, raster: Raster, codecs: Codecs) {
  let result = raster;
  if (tones) {
    const example = await decode(tones.bytes, factorFor(tones.bytes, SEEN_OF_TONES), codecs);
    result = recolour(result, tonesTable(result, example, tones.share));
  }
  if (colours) result = recolour(result, colours);
  return outlines ? outlined(result, raster, outlines) : result;
}

/** Enough of a picture to know its tones by. */
const SEEN_OF_TONES: Size = { width: 256, height: 256 };

/** The picture with lines where `original` changes from light to dark. */
function outlined(
  { width, height, pixels: source, isOpaque }: Raster,
  { pixels: original }: Raster,
  { colour, opacity }: NonNullable<Layer["outlines"]>,
): Raster {
  const pixels = source.slice();
  const reach = Math.max(1, Math.round(Math.min(width, height) / 700));
  const row = width * 4;
  const light = (at: number) =>
    original[at]! * 0.3 + original[at + 1]! * 0.6 + original[at + 2]! * 0.1;
  for (let y = reach; y < height - reach; y++) {
    for (let x = reach, at = y * row + x * 4; x < width - reach; x++, at += 4) {
      const across = light(at + reach * 4) - light(at - reach * 4);
      const down = light(at + reach * row) - light(at - reach * row);
      const edge = (Math.hypot(across, down) - FAINTEST) / (SHARPEST - FAINTEST);
      const share = Math.min(1, Math.max(0, edge)) * opacity;
      for (let channel = 0; channel < 3; channel++) {
        pixels[at + channel]! += (colour[channel]! - pixels[at + channel]!) * share;
      }
    }
  }
  return { width, height, pixels, isOpaque };
}

/** Steps of brightness, of 255, that leave no line and one of full strength. */
const FAINTEST = 14;
const SHARPEST = 90;

/** Lays a picture of the area's size on the canvas. */
function lay(
  canvas: Raster,
  { pixels: source }: Raster,
  area: Area,
  opacity: number,
  mask: Raster | undefined,
): void {
  const { pixels: target, width } = canvas;
  for (let y = 0, from = 0; y < area.height; y++) {
    let to = ((area.top + y) * width + area.left) * 4;
    for (let x = 0; x < area.width; x++, from += 4, to += 4) {
      const shown = mask ? opacity * mask.pixels[to]! / 255 : opacity;
      const alpha = source[from + 3]! / 255 * shown;
      if (alpha === 0) continue;
      const under = target[to + 3]! / 255 * (1 - alpha);
      const sum = alpha + under;
      for (let channel = 0; channel < 3; channel++) {
        const mixed = source[from + channel]! * alpha + target[to + channel]! * under;
        target[to + channel] = mixed / sum;
      }
      target[to + 3] = sum * 255;
    }
  }
}
