/** What each style does to a composition: its colours, its shapes and its last touches. */

import { adjust, type Colour, hex, lightness, mix } from "./colour.ts";
import type { SkyName } from "./skies.ts";

export interface Look {
  /** Moves every colour of the palette. */
  readonly tint: (colour: Colour) => Colour;
  /** How far the light shines, 0 to 1 and a little more. */
  readonly glow: number;
  /** How many bands, 1 being the usual number. */
  readonly detail: number;
  /** How much haze lies between the bands, 1 being usual. */
  readonly mist: number;
  /** How jagged ridges are: the number of ever finer folds. */
  readonly folds: number;
  readonly clouds: "thin" | "heaps" | "none";
  /** The light stands on the middle line. */
  readonly isCentred: boolean;
  readonly lightSize: number;
  readonly finish: Finish;
  /** The sky, whatever the prompt names. */
  readonly sky?: SkyName;
  /** Colours are rounded to multiples of this: texture hides it, and the file is half as large. */
  readonly step: number;
  /** How the file is packed; see png.ts. */
  readonly filter: "differences" | "none";
  /** The sheet a drawing is made on. */
  readonly paper?: Colour;
}

/** The last touches; see finish.ts. */
export type Finish =
  | "grain"
  | "flat"
  | "outlines"
  | "pencil"
  | "brush"
  | "wash"
  | "blocks"
  | "scanlines"
  | "ink";

/** The look of a style, or of none. */
export function lookOf(style: string | undefined): Look {
  return { ...PLAIN, ...(style === undefined ? {} : LOOKS[style]) };
}

const PLAIN: Look = {
  tint: (colour) => colour,
  glow: 0.8,
  detail: 1,
  mist: 1,
  folds: 6,
  clouds: "thin",
  isCentred: false,
  lightSize: 1,
  finish: "grain",
  step: 1,
  filter: "differences",
};

const RICE_PAPER = hex("#f3ead8");
const SKETCH_PAPER = hex("#f6f3ea");
const WATERCOLOUR_PAPER = hex("#fbf8f1");
const INK = hex("#1d2126");
const NIGHT_VIOLET = hex("#12042b");

/** By style id; a style without an entry looks plain. */
const LOOKS: Readonly<Record<string, Partial<Look>>> = {
  vivid: { tint: (colour) => adjust(colour, { vivid: 1.4 }), glow: 1.1, mist: 0.7, lightSize: 1.2 },
  photographic: {
    tint: (colour) => adjust(colour, { vivid: 0.82 }),
    glow: 1,
    detail: 1.2,
    mist: 1.35,
    lightSize: 0.7,
  },
  anime: {
    tint: (colour) => adjust(colour, { vivid: 1.22, light: 1.04 }),
    clouds: "heaps",
    mist: 0.8,
    folds: 3,
    finish: "flat",
  },
  cartoon: {
    tint: (colour) => adjust(colour, { vivid: 1.3, light: 1.03 }),
    clouds: "heaps",
    detail: 0.7,
    mist: 0.15,
    folds: 2,
    glow: 0.35,
    lightSize: 1.35,
    finish: "outlines",
  },
  watercolor: {
    tint: (colour) => mix(adjust(colour, { vivid: 1.1 }), WATERCOLOUR_PAPER, 0.18),
    mist: 1.5,
    folds: 4,
    glow: 0.9,
    finish: "wash",
    step: 5,
    paper: WATERCOLOUR_PAPER,
  },
  oil_painting: {
    tint: (colour) => adjust(colour, { vivid: 1.15, light: 0.97 }),
    mist: 0.8,
    lightSize: 1.25,
    glow: 1,
    finish: "brush",
    step: 5,
  },
  sketch: {
    clouds: "none",
    mist: 1.2,
    finish: "pencil",
    step: 12,
    filter: "none",
    paper: SKETCH_PAPER,
    glow: 0.3,
  },
  pixel_art: {
    tint: (colour) => adjust(colour, { vivid: 1.2 }),
    clouds: "heaps",
    mist: 0.6,
    lightSize: 1.2,
    finish: "blocks",
  },
  cyberpunk: {
    tint: (colour) =>
      adjust(mix(colour, NIGHT_VIOLET, 0.25 * (1 - lightness(colour))), { vivid: 1.25 }),
    sky: "neon",
    glow: 1.1,
    isCentred: true,
    lightSize: 1.9,
    clouds: "none",
    finish: "scanlines",
  },
  minimalist: {
    tint: (colour) => adjust(colour, { vivid: 0.72, light: 1.03 }),
    glow: 0.12,
    detail: 0.5,
    mist: 0.1,
    folds: 1,
    clouds: "none",
    lightSize: 1.7,
    finish: "flat",
  },
  chinese_painting: {
    tint: (colour) => {
      const dark = 1 - lightness(colour);
      return mix(mix(RICE_PAPER, INK, dark ** 1.5 * 0.95), colour, 0.16);
    },
    mist: 2.2,
    glow: 0,
    clouds: "none",
    sky: "winter",
    lightSize: 0.9,
    finish: "ink",
    step: 3,
    paper: RICE_PAPER,
  },
};
