/** What is to be done to a picture here, without any vendor: the arguments read once. */

import { ImageError, oneOf, shown } from "../errors.ts";
import type { Colour, Fit, OutputFormat, Step } from "../images/transform.ts";
import { parseRatio } from "../requests/size.ts";

/** The arguments as clients write them; an empty text counts as absent. */
export interface TransformArguments {
  readonly width?: number;
  readonly height?: number;
  readonly fit?: string;
  /** "x,y,width,height": fractions where all are at most 1, else pixels; or each with "%". */
  readonly crop?: string;
  /** "16:9", "1.777", or a word such as "square". */
  readonly aspect_ratio?: string;
  /** Degrees clockwise. */
  readonly rotate?: number;
  readonly flip?: string;
  readonly grayscale?: boolean;
  /** "#rgb", "#rrggbb" or the name of a colour. */
  readonly background?: string;
  readonly format?: string;
  readonly quality?: number;
  /** "200k", "1.5 MB" or a number of bytes. */
  readonly max_bytes?: string;
}

export interface Transformation {
  /** In this order: crop, shape, rotate, flip, resize, grayscale, background. */
  readonly steps: readonly Step[];
  /** Undefined: the picture's own where it can be written here, else PNG. */
  readonly format?: OutputFormat;
  /** From 1 to 100. */
  readonly quality?: number;
  readonly maxBytes?: number;
  /** What was asked for in a line, such as "aspect_ratio 16:9, format webp". */
  readonly summary: string;
}

/** Whether the picture stays as it is. */
export function asksNothing(args: TransformArguments): boolean {
  return givenIn(args).length === 0;
}

function givenIn(args: TransformArguments) {
  return Object.entries(args).filter(([, value]) =>
    value !== undefined && value !== false && value !== ""
  );
}

/**
 * Reads the arguments. @throws {ImageError} `invalid_parameters` for every plain mistake, and where
 * nothing is asked for.
 */
export function parseTransformation(args: TransformArguments): Transformation {
  const given = givenIn(args);
  if (given.length === 0) {
    throw wrong(`Nothing is asked for: pass one of ${oneOf(WORDS)}`, {});
  }
  const background = args.background ? readColour(args.background) : undefined;
  return {
    steps: [
      ...args.crop ? [readCrop(args.crop)] : [],
      ...args.aspect_ratio ? [readShape(args.aspect_ratio)] : [],
      ...readTurn(args.rotate ?? 0),
      ...args.flip ? [readFlip(args.flip)] : [],
      ...readResize(args, background),
      ...args.grayscale ? [{ do: "grayscale" } as const] : [],
      ...background ? [{ do: "flatten", background } as const] : [],
    ],
    format: args.format ? readFormat(args.format, "format") : undefined,
    quality: readQuality(args.quality),
    maxBytes: args.max_bytes ? readBytes(args.max_bytes) : undefined,
    summary: given.map(([name, value]) => value === true ? name : `${name} ${value}`).join(", "),
  };
}

function readCrop(text: string): Step {
  const parts = text.trim().split(/\s*[,;\s]\s*/);
  const isPercent = parts.every((part) => part.endsWith("%"));
  const [left, top, width, height] = parts.map((part) =>
    isPercent ? Number(part.slice(0, -1)) / 100 : Number(part)
  );
  const area = { left: left!, top: top!, width: width!, height: height! };
  const numbers = Object.values(area);
  const isPart = isPercent || numbers.every((number) => number <= 1);
  const isLegal = parts.length === 4 && numbers.every((number) => number >= 0) && width! > 0 &&
    height! > 0 && (isPart || numbers.every(Number.isInteger));
  if (!isLegal) {
    throw wrong(
      `Cannot read crop ${shown(text)}: write 'x,y,width,height' as fractions of the picture, ` +
        "such as '0.1,0,0.5,1', or in whole pixels, such as '100,0,640,480'",
      { crop: text },
    );
  }
  if (!isPart) return { do: "crop", area };
  if (left! < 1 && top! < 1 && left! + width! <= ALL && top! + height! <= ALL) {
    return { do: "crop part", part: area };
  }
  throw wrong(
    `The crop ${shown(text)} is not within the picture: x + width and y + height must be at most 1`,
    { crop: text },
  );
}

/** Two rounded fractions may add up to a little more than 1. */
const ALL = 1.005;

function readShape(text: string): Step {
  const ratio = parseRatio(text);
  if (ratio !== undefined && ratio >= 1 / MOST_SLENDER && ratio <= MOST_SLENDER) {
    return { do: "crop to ratio", ratio };
  }
  throw wrong(
    `Cannot read aspect_ratio ${shown(text)}: write it as '16:9', '1.777' or 'square', at most ` +
      `${MOST_SLENDER}:1`,
    { aspect_ratio: text },
  );
}

const MOST_SLENDER = 100;

function readTurn(degrees: number): readonly Step[] {
  const turned = ((degrees % 360) + 360) % 360;
  if (turned === 0) return [];
  if (turned === 90 || turned === 180 || turned === 270) return [{ do: "rotate", degrees: turned }];
  throw wrong(
    `A picture is turned by quarters here: 'rotate' must be 90, 180 or 270 degrees clockwise, ` +
      `current value is ${degrees}`,
    { rotate: degrees },
  );
}

function readFlip(text: string): Step {
  return { do: "flip", direction: oneWord("flip", text, FLIPS, FLIP_WORDS) };
}

const FLIPS = {
  horizontal: "horizontal",
  vertical: "vertical",
} as const;
/** Known and not told, as are those of `fit`. */
const FLIP_WORDS = {
  horizontally: "horizontal",
  h: "horizontal",
  left_right: "horizontal",
  mirror: "horizontal",
  水平: "horizontal",
  vertically: "vertical",
  v: "vertical",
  up_down: "vertical",
  top_bottom: "vertical",
  垂直: "vertical",
} as const;

function readResize(
  { width, height, fit }: TransformArguments,
  background: Colour | undefined,
): readonly Step[] {
  const wanted = fit ? oneWord("fit", fit, FITS, FIT_WORDS) : undefined;
  if (width === undefined && height === undefined) {
    if (wanted === undefined) return [];
    throw wrong("'fit' says how the picture gets into width and height: pass one of them", { fit });
  }
  for (const [name, side] of Object.entries({ width, height })) {
    if (side === undefined || (Number.isInteger(side) && side >= 1 && side <= LONGEST_SIDE)) {
      continue;
    }
    throw wrong(
      `'${name}' must be a whole number from 1 to ${LONGEST_SIDE}, current value is ${side}`,
      { [name]: side },
    );
  }
  return [{ do: "resize", width, height, fit: wanted, background }];
}

const FITS: Readonly<Record<Fit, Fit>> = {
  cover: "cover",
  contain: "contain",
  fill: "fill",
  inside: "inside",
};

const FIT_WORDS: Readonly<Record<string, Fit>> = {
  crop: "cover",
  fill_crop: "cover",
  pad: "contain",
  letterbox: "contain",
  stretch: "fill",
  distort: "fill",
  scale_down: "inside",
  max: "inside",
};

/** Of what is made, in pixels. */
const LONGEST_SIDE = 16_384;

/** @throws {ImageError} `invalid_parameters`, calling the argument `name`. */
export function readFormat(text: string, name: string): OutputFormat {
  return oneWord(name, text.replace(/^(image\/|\.)/i, ""), FORMATS);
}

const FORMATS = { png: "png", jpeg: "jpeg", webp: "webp", jpg: "jpeg" } as const;

function oneWord<Value>(
  name: string,
  text: string,
  words: Readonly<Record<string, Value>>,
  others: Readonly<Record<string, Value>> = {},
): Value {
  const word = text.trim().toLowerCase().replace(/[\s_-]+/g, "_");
  for (const known of [words, others]) if (Object.hasOwn(known, word)) return known[word]!;
  throw wrong(`'${name}' must be ${oneOf(Object.keys(words))}, current value is ${shown(text)}`, {
    [name]: text,
  });
}

function readQuality(quality: number | undefined): number | undefined {
  if (quality === undefined || (quality >= 1 && quality <= 100)) return quality;
  throw wrong(`'quality' must be a number from 1 to 100, current value is ${quality}`, { quality });
}

function readBytes(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b|bytes)?$/i.exec(text.trim()) ??
    [];
  const bytes = Math.floor(Number(number) * 1000 ** " kmg".indexOf(unit.toLowerCase() || " "));
  if (bytes >= LEAST_BYTES) return bytes;
  throw wrong(
    `Cannot read max_bytes ${shown(text)}: write '200k', '1.5MB' or a number of bytes, at least ` +
      LEAST_BYTES,
    { max_bytes: text },
  );
}

const LEAST_BYTES = 1000;

function readColour(text: string): Colour {
  const word = text.trim().toLowerCase();
  const hex = COLOURS[word] ?? /^#?([0-9a-f]{3}|[0-9a-f]{6})$/.exec(word)?.[1];
  if (hex === undefined) {
    throw wrong(
      `Cannot read background ${shown(text)}: write it as '#ffffff' or ` +
        `${oneOf(Object.keys(COLOURS))}`,
      { background: text },
    );
  }
  const digits = hex.length === 3 ? hex.replace(/./g, "$&$&") : hex;
  const [red, green, blue] = Uint8Array.fromHex(digits);
  return [red!, green!, blue!];
}

const COLOURS: Readonly<Record<string, string>> = {
  white: "ffffff",
  black: "000000",
  gray: "808080",
  grey: "808080",
  red: "ff0000",
  green: "008000",
  blue: "0000ff",
  yellow: "ffff00",
};

const WORDS = ["width", "height", "crop", "aspect_ratio", "rotate", "flip", "format", "max_bytes"];

function wrong(message: string, details: Readonly<Record<string, unknown>>): ImageError {
  return new ImageError("invalid_parameters", message, details);
}
