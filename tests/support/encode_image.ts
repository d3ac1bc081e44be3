/** Pixels that a test drew, as a file. */

import { type Output, type Raster, transformImage } from "../../src/images/transform.ts";
import { png } from "../fakes/png.ts";

/** The raster's pixels in the format that is asked for; undefined where none is small enough. */
export function encodeImage({ width, height, pixels, isOpaque }: Raster, output: Output) {
  const colourType = isOpaque ? 2 : 6;
  const pixelAt = (x: number, y: number) => {
    const at = (y * width + x) * 4;
    return [...pixels.subarray(at, at + (isOpaque ? 3 : 4))];
  };
  return transformImage(png(width, height, colourType, pixelAt), [], output);
}
