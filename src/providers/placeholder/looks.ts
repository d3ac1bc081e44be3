/** What each style does to a picture: its colours, its shapes, its lines and its last touches. */

import { adjust, type Colour, hex, lightness, mix } from "../../images/svg/colour.ts";
import type { SkyName } from "./palette.ts";

export interface Look {
  /** Moves every colour of the palette. */
  readonly tint: (colour: Colour) => Colour;
  /** How far the light shines, 0 to 1 and a little more. */
  readonly glow: number;
  /** 1 is the usual size. */
  readonly lightSize: number;
  /** The light stands on the middle line. */
  readonly isCentred?: boolean;
  /** The colour of the sun, whatever the sky's is. */
  readonly sun?: Colour;
  /** How many bands of land, and how much haze lies between them; 1 is usual. */
  readonly detail: number;
  readonly mist: number;
  /** How jagged ridges are: the number of ever finer folds. */
  readonly folds: number;
  readonly clouds: "thin" | "heaps" | "none";
  /** The sky, whatever the prompt names. */
  readonly sky?: SkyName;
  /** What a drawing is made on. */
  readonly paper?: Colour;
  /** Lines around everything: their width in shares of the shorter side. */
  readonly line?: { readonly colour: Colour; readonly width: number; readonly opacity: number };
  /** How far edges wander, in shares of the shorter side. */
  readonly rough: number;
  /** Drawings that are laid over the whole picture. */
  readonly sheets: readonly string[];
  /** Paints the picture anew. */
  readonly painter?: "blocks" | "strokes";
}

/** The look of a style, or of none. */
export function lookOf(style = ""): Look {
  return { ...PLAIN, ...LOOKS[style] };
}

const PLAIN: Look = {
  tint: (colour) => colour,
  glow: 0.8,
  lightSize: 1,
  detail: 1,
  mist: 1,
  folds: 6,
  clouds: "thin",
  rough: 0,
  sheets: ["vignette"],
};

const RICE_PAPER = hex("#f3ead8");
const SKETCH_PAPER = hex("#f6f3ea");
const WATERCOLOUR_PAPER = hex("#fbf8f1");

/** By style id; a style without an entry looks plain. */
const LOOKS: Readonly<Record<string, Partial<Look>>> = {
  vivid: { tint: scaled(1.4), glow: 1.1, lightSize: 1.2, mist: 0.7 },
  photographic: { tint: scaled(0.82), glow: 1, lightSize: 0.7, detail: 1.2, mist: 1.35 },
  anime: { tint: scaled(1.22, 1.04), mist: 0.8, folds: 3, clouds: "heaps", sheets: [] },
  cartoon: {
    tint: scaled(1.3, 1.03),
    glow: 0.35,
    lightSize: 1.35,
    detail: 0.7,
    mist: 0.15,
    folds: 2,
    clouds: "heaps",
    line: { colour: hex("#1c1a22"), width: 0.0056, opacity: 1 },
    sheets: [],
  },
  watercolor: {
    tint: (colour) => mix(adjust(colour, { vivid: 1.15 }), WATERCOLOUR_PAPER, 0.18),
    glow: 0.9,
    mist: 1.5,
    folds: 4,
    paper: WATERCOLOUR_PAPER,
    line: { colour: hex("#4a5568"), width: 0.005, opacity: 0.22 },
    rough: 0.012,
    sheets: ["blooms", "grain", "frame"],
  },
  oil_painting: {
    tint: scaled(1.15, 0.97),
    glow: 1,
    lightSize: 1.25,
    mist: 0.8,
    sheets: [],
    painter: "strokes",
  },
  sketch: {
    tint: (colour) => {
      const grey = 255 * lightness(colour) ** 1.6;
      return mix(mix([grey, grey, grey], colour, 0.12), SKETCH_PAPER, 0.66);
    },
    glow: 0.3,
    mist: 1.2,
    clouds: "none",
    paper: SKETCH_PAPER,
    line: { colour: hex("#34363e"), width: 0.0026, opacity: 0.85 },
    rough: 0.003,
    sheets: ["pencil", "grain"],
  },
  pixel_art: {
    tint: scaled(1.2),
    lightSize: 1.2,
    mist: 0.6,
    clouds: "heaps",
    sheets: [],
    painter: "blocks",
  },
  cyberpunk: {
    tint: (colour) =>
      adjust(mix(colour, hex("#12042b"), 0.25 * (1 - lightness(colour))), { vivid: 1.25 }),
    glow: 1.1,
    lightSize: 1.9,
    isCentred: true,
    clouds: "none",
    sky: "neon",
    sheets: ["scanlines", "vignette"],
  },
  minimalist: {
    tint: scaled(0.72, 1.03),
    glow: 0.12,
    lightSize: 1.7,
    detail: 0.5,
    mist: 0.1,
    folds: 1,
    clouds: "none",
    sheets: [],
  },
  chinese_painting: {
    tint: (colour) => {
      const dark = 1 - lightness(colour);
      return mix(mix(RICE_PAPER, hex("#1d2126"), dark ** 1.5 * 0.95), colour, 0.16);
    },
    glow: 0,
    lightSize: 0.9,
    sun: hex("#be3428"),
    mist: 2.2,
    clouds: "none",
    sky: "winter",
    paper: RICE_PAPER,
    rough: 0.006,
    sheets: ["blooms", "fibres"],
  },
};

function scaled(vivid: number, light = 1): Look["tint"] {
  return (colour) => adjust(colour, { vivid, light });
}
