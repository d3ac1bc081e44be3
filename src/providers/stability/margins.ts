/** How far a picture is drawn on beyond its edges to get another shape. */

import { ImageError, oneOf } from "../../errors.ts";
import type { InputImage } from "../provider.ts";

/** In pixels, as the vendor's fields. */
export interface Margins {
  readonly left: number;
  readonly right: number;
  readonly up: number;
  readonly down: number;
}

/**
 * What gives the picture `shape` ("16:9") and keeps it in the middle.
 * @throws {ImageError} where it has that shape, or a margin would be too wide.
 */
export function marginsTo(
  shape: string,
  { width, height }: Pick<InputImage, "width" | "height">,
  shapes: readonly string[],
): Margins {
  const [across = 1, down = 1] = shape.split(":").map(Number);
  const wider = Math.round(height * across / down) - width;
  const higher = Math.round(width * down / across) - height;
  const added = Math.max(wider, higher);
  if (added < SAME_SHAPE * Math.max(width, height)) {
    throw refusal(
      `'outpaint' gives a picture another shape, and this one is ${shape} already. Ask for another ` +
        `aspect_ratio: ${oneOf(shapes)}; or pass options such as {"left":200,"down":100}`,
    );
  }
  const [one, other] = [Math.floor(added / 2), Math.ceil(added / 2)];
  if (other > WIDEST) {
    throw refusal(
      `'outpaint' draws at most ${WIDEST} pixels on each side, and ${shape} needs ${other} beside ` +
        `a picture of ${width}x${height}. Make it smaller first, with transform_image`,
    );
  }
  return wider > higher
    ? { left: one, right: other, up: 0, down: 0 }
    : { left: 0, right: 0, up: one, down: other };
}

function refusal(sentence: string): ImageError {
  return new ImageError("invalid_parameters", `Stability's ${sentence}`, { provider: "stability" });
}

const WIDEST = 2000;
/** Shapes that differ by less are one. */
const SAME_SHAPE = 0.01;
