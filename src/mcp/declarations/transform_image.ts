/** The tools that make pictures without any vendor, as clients see them. */

import { flag, picture, required, text, unlisted, wholeNumber } from "./argument_kinds.ts";
import { SAVE_AS, type ToolDeclaration } from "./tool_declaration.ts";

/** The longest drawing, in characters. */
const LONGEST_SVG = 1024 * 1024;

export const TRANSFORM_IMAGE = {
  name: "transform_image",
  title: "Transform image",
  description: "Crops, resizes, turns or converts a picture; free, no vendor.",
  input: {
    image: required(picture("As in edit_image")),
    width: wholeNumber("", 1, 16_384),
    height: wholeNumber("", 1, 16_384),
    fit: text("inside (default), cover, contain or fill"),
    crop: { ...text("x,y,width,height in fractions or pixels"), asText: areaAsText },
    aspect_ratio: text("Crops to it: 16:9"),
    rotate: wholeNumber("Degrees clockwise", -360, 360),
    flip: text("horizontal or vertical"),
    grayscale: flag(""),
    background: text("Colour under what is clear"),
    format: text("png, jpeg or webp"),
    quality: wholeNumber("Percent", 1, 100),
    max_bytes: text("Such as 200k: the best that fits"),
    save_as: { ...SAVE_AS, description: "Alone: copies it as it is" },
  },
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: true,
  },
  hasView: true,
  empty: { images: [], warnings: [] },
} as const satisfies ToolDeclaration;

export const RENDER_SVG = {
  name: "render_svg",
  title: "Render SVG",
  description: "Makes a picture of an SVG that you write: icons, logos, diagrams; free, no vendor.",
  input: {
    svg: required(text("Its text; letters as in Arial, or 中文", { maxLength: LONGEST_SVG })),
    width: wholeNumber("", 1, 4096),
    height: wholeNumber("", 1, 4096),
    background: text(""),
    output_format: text("png, jpeg or webp"),
    save_as: SAVE_AS,
    ...unlisted({ output_compression: wholeNumber("", 0, 100), file_prefix: text("") }),
  },
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  hasView: true,
  empty: { images: [], warnings: [] },
} as const satisfies ToolDeclaration;

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
