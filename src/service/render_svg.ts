/** The use case: a picture of an SVG that somebody wrote, made here and kept. */

import { ImageError, oneOf, shown } from "../errors.ts";
import { MAX_SVG_SIDE, renderSvg, sizeOfSvg } from "../images/svg.ts";
import { unknownLetters } from "../images/svg/fonts.ts";
import { misreadFilePrefix } from "../requests/adapt.ts";
import { type ImageRepository, newImageId } from "../storage/image_repository.ts";
import {
  LOCAL,
  type LocalPicture,
  type TransformCaller,
  transformed,
} from "./transform_picture.ts";
import { readFormat } from "./transformation.ts";

/** The arguments as clients write them; an empty text counts as absent. */
export interface RenderArguments {
  readonly svg: string;
  readonly width?: number;
  readonly height?: number;
  /** A colour of CSS, or "transparent". */
  readonly background?: string;
  readonly output_format?: string;
  /** Percent, of JPEG and WebP. */
  readonly output_compression?: number;
  readonly file_prefix?: string;
}

const MODEL = "render";

/**
 * Draws the SVG and keeps the picture: it belongs to whoever asks. Nothing is asked of any vendor,
 * and nothing outside the text is read.
 * @throws {ImageError}
 */
export async function renderPicture(
  args: RenderArguments,
  { owner, signal }: TransformCaller,
  images: ImageRepository,
): Promise<LocalPicture> {
  const { svg, file_prefix: filePrefix, output_compression: quality } = args;
  const format = args.output_format ? readFormat(args.output_format, "output_format") : "png";
  const size = sizeFor(args);
  const background = backgroundFor(args.background, format);
  const png = await renderSvg(svg, { ...size, background, signal });
  const output = { steps: [], format, summary: "", ...quality && { quality } };
  const { bytes } = format === "png"
    ? { bytes: png }
    : await transformed({ bytes: png, name: "The picture" }, output, signal);
  const image = await images.save({ bytes }, {
    id: newImageId(LOCAL, Date.now()),
    owner,
    provider: LOCAL,
    model: MODEL,
    operation: "render",
    filePrefix,
    prompt: titleOf(svg),
    parents: [],
    parameters: { ...size, format, ...background && { background }, ...quality && { quality } },
  });
  return { image, warnings: warningsFor(args, format) };
}

/** Of the drawing where it has one that is of use, and as large as is asked for. */
function sizeFor({ svg, width, height }: RenderArguments) {
  const own = sizeOfSvg(svg) ?? { width: 1, height: 1 };
  const longer = Math.max(own.width, own.height);
  const wanted = longer < SMALL ? USUAL_SIDE : Math.min(longer, MAX_SVG_SIDE);
  const scale = width ? width / own.width : height ? height / own.height : wanted / longer;
  const whole = (side: number) => Math.max(1, Math.round(side * scale));
  const size = { width: width ?? whole(own.width), height: height ?? whole(own.height) };
  const tooLong = Math.max(size.width, size.height) > MAX_SVG_SIDE;
  if (!tooLong) return size;
  throw new ImageError(
    "invalid_parameters",
    `The picture would be ${size.width}x${size.height}, and a side has at most ${MAX_SVG_SIDE} ` +
      "pixels: pass a smaller width or height, or both",
    size,
  );
}

/** A drawing whose longer side is shorter, in pixels, is meant to be scaled, as icons are. */
const SMALL = 512;
const USUAL_SIDE = 1024;

/** Undefined leaves clear what the drawing leaves clear, which JPEG cannot. */
function backgroundFor(text: string | undefined, format: string): string | undefined {
  const colour = text?.trim().toLowerCase() || undefined;
  if (colour !== undefined && !COLOUR.test(colour)) {
    throw new ImageError(
      "invalid_parameters",
      `Cannot read background ${shown(text!)}: write it as ${oneOf(["#ffffff", "white", "none"])}`,
      { background: text },
    );
  }
  const isClear = colour === undefined || CLEAR.includes(colour);
  return !isClear ? colour : format === "jpeg" ? "white" : undefined;
}

const CLEAR = ["transparent", "none", "auto"];
const COLOUR = /^[a-z]{3,30}$|^#[\da-f]{3,8}$|^(?:rgb|hsl)a?\([\d\s.,%/]{1,60}\)$/;

/** What the drawing is called, for lists of pictures. */
function titleOf(svg: string): string {
  const [, title = ""] = /<title[^<>]{0,200}>([^<]{1,1000})/.exec(svg) ?? [];
  return title.trim() || `SVG of ${svg.length} characters`;
}

function warningsFor({ svg, file_prefix, output_compression }: RenderArguments, format: string) {
  const unknown = unknownLetters(svg);
  const named = unknown.slice(0, MOST_NAMED).join(" ");
  const misread = misreadFilePrefix(file_prefix);
  return [
    ...unknown.length === 0 ? [] : [
      `There are no letters here for ${named}${
        unknown.length > MOST_NAMED ? " …" : ""
      }: draw them ` +
      "as paths, or leave them out",
    ],
    ...LEFT_OUT.filter(([pattern]) => pattern.test(svg)).map(([, sentence]) => sentence),
    ...format === "png" && output_compression !== undefined
      ? ["PNG loses nothing, so 'output_compression' was not used; ask for jpeg or webp"]
      : [],
    ...misread ? [misread] : [],
  ];
}

const MOST_NAMED = 8;

/** What no drawing here has, and what to do instead. */
const LEFT_OUT: readonly (readonly [RegExp, string])[] = [
  [
    /<(?:image|use|feImage)\s[^<>]*?href\s*=\s*["']\s*(?!#|data:)[^"'\s]/,
    "Pictures outside the SVG were left out: nothing is loaded; put them in as data: addresses",
  ],
  [/<foreignObject[\s>/]/, "foreignObject was left out: write its text as <text> and <tspan>"],
  [
    /<(?:animate|animateTransform|animateMotion|set)[\s>/]/,
    "The picture is without its animations",
  ],
];
