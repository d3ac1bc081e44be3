/** The tool that changes pictures without any vendor, as clients see it. */

import { flag, required, text, wholeNumber, withoutBounds } from "./argument.ts";
import type { ToolDeclaration } from "./tools.ts";

/** The longest text that holds a picture, in characters. */
const LONGEST_PICTURE = 32 * 1024 * 1024;

export const TRANSFORM_IMAGE = {
  name: "transform_image",
  title: "Transform image",
  description: "Crops, resizes, turns or converts a picture, for free.",
  input: {
    image: withoutBounds(required(
      text("img_…, 'last', path or address", { minLength: 1, maxLength: LONGEST_PICTURE }),
    )),
    width: side("Pixels"),
    height: side("Pixels"),
    fit: text("inside, cover, contain or fill"),
    crop: { ...text("x,y,width,height (fractions or pixels)"), asText: areaAsText },
    aspect_ratio: text("Crops to it: 16:9"),
    rotate: withoutBounds(wholeNumber("90, 180 or 270", -360, 360)),
    flip: text("horizontal or vertical"),
    grayscale: flag("No colour"),
    background: text("A colour under it"),
    format: text("png, jpeg or webp"),
    quality: withoutBounds(wholeNumber("1 to 100", 1, 100)),
    max_bytes: { ...text("Such as 200k"), asText: numberAsText },
  },
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: true,
  },
  empty: { images: [], warnings: [] },
} as const satisfies ToolDeclaration;

function side(description: string) {
  return withoutBounds(wholeNumber(description, 1, 16_384));
}

function numberAsText(value: unknown): unknown {
  return typeof value === "number" ? String(value) : value;
}

/** An area as a list of four numbers, or as an object. */
function areaAsText(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const named = value as Readonly<Record<string, unknown>>;
  const sides = Array.isArray(value)
    ? value
    : [named.x ?? named.left, named.y ?? named.top, named.width, named.height];
  const isArea = sides.length === 4 && sides.every((side) => typeof side === "number");
  return isArea ? sides.join(",") : value;
}
