/** What a request says of the size and the shape of its pictures. */

import { ImageError } from "../errors.ts";
import type { AspectRatio, ParsedRequest, Resolution } from "./request.ts";
import { parseScreenWord, parseShapeWord, SCREEN_RATIO } from "./shape_words.ts";
import { isShape, parseRatio, parseSize, parseTier, ratioOf } from "./size.ts";

/**
 * A resolution may say a shape, too: it then is the aspect ratio.
 * @throws {ImageError} where it says another shape than the aspect ratio does.
 */
export function parseShape(
  resolution: string | undefined,
  ratio: string | undefined,
): Pick<ParsedRequest, "resolution" | "aspectRatio"> {
  const aspectRatio = readRatio(ratio);
  const shape = resolution === undefined ? undefined : shapeIn(resolution);
  if (shape === undefined) {
    return { resolution: readResolution(resolution, aspectRatio?.value), aspectRatio };
  }
  if (!aspectRatio) return { aspectRatio: { text: resolution!, value: shape } };
  if (Math.sign(shape - 1) !== Math.sign(aspectRatio.value - 1)) {
    throw contradiction(resolution!, aspectRatio.text);
  }
  return { aspectRatio };
}

function shapeIn(resolution: string): number | undefined {
  const size = parseSize(resolution);
  if (size === "auto" || (size && !isShape(size))) return undefined;
  return size ? ratioOf(size) : parseShapeWord(resolution);
}

/** The size of a screen is turned to the aspect ratio, and its shorter side stays. */
function readResolution(
  text: string | undefined,
  ratio = SCREEN_RATIO,
): Resolution | undefined {
  if (text === undefined) return undefined;
  const side = parseScreenWord(text);
  if (side === undefined) return { text, size: parseSize(text), tier: parseTier(text) };
  const [width, height] = ratio > 1 ? [side * ratio, side] : [side, side / ratio];
  return { text, size: { width: Math.round(width), height: Math.round(height) } };
}

function readRatio(text: string | undefined): AspectRatio | undefined {
  if (text === undefined) return undefined;
  const value = parseRatio(text);
  if (value !== undefined) return { text, value };
  throw new ImageError(
    "invalid_parameters",
    `Cannot read aspect_ratio '${text}': write it as '16:9', '1.777' or 'square'`,
    { aspect_ratio: text },
  );
}

/** For two arguments that ask for different shapes. */
export function contradiction(resolution: string, ratio: string): ImageError {
  return new ImageError(
    "invalid_parameters",
    `resolution '${resolution}' is not of aspect_ratio '${ratio}': leave one of them out`,
    { resolution, aspect_ratio: ratio },
  );
}
