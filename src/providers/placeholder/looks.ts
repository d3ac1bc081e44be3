/** What each style does to a picture: its colours, its shapes, its lines and its last touches. */

import { adjust, type Colour, hex, lightness, mix } from "../../svg/colour.ts";
import type { SkyName } from "./skies.ts";

export interface Look {
  /** Moves every colour of the palette. */
  readonly tint: (colour: Colour) => Colour;
  /** How far the light shines, 0 to 1 and a little more. */
  readonly glow: number;
  /** How many bands of land, 1 being the usual number. */
  readonly detail: number;
  /** How much haze lies between them, 1 being usual. */
  readonly mist: number;
  /** How jagged ridges are: the number of ever finer folds. */
  readonly folds: number;
  readonly clouds: "thin" | "heaps" | "none";
  /** The light stands on the middle line. */
  readonly isCentred: boolean;
  readonly lightSize: number;
  /** The colour of the sun, whatever the sky's is. */
  readonly sun?: Colour;
  /** The sky, whatever the prompt names. */
  readonly sky?: SkyName;
  /** The sheet a drawing is made on. */
  readonly paper?: Colour;
  /** Lines around everything: their width in shares of the shorter side. */
  readonly line?: { readonly colour: Colour; readonly width: number; readonly opacity: number };
  /** How far edges wander, in shares of the shorter side. */
  readonly rough: number;
  /** Shades with strokes of a pencil. */
  readonly isHatched: boolean;
  readonly finish: "vignette" | "wash" | "scanlines" | "fibres" | "blocks" | "strokes" | "none";
}

/** The look of a style, or of none. */
export function lookOf(style: string | undefined): Look {
  return { ...PLAIN, ...(style === undefined ? {} : LOOKS[style]) };
}

const PLAIN: Look = {
  ...{ tint: (colour) => colour, glow: 0.8, detail: 1, mist: 1, folds: 6, clouds: "thin" },
  ...{ isCentred: false, lightSize: 1, rough: 0, isHatched: false, finish: "vignette" },
};

const RICE_PAPER = hex("#f3ead8");
const SKETCH_PAPER = hex("#f6f3ea");
const WATERCOLOUR_PAPER = hex("#fbf8f1");
const INK = hex("#1d2126");
const NIGHT_VIOLET = hex("#12042b");
const GRAPHITE = hex("#34363e");

/** By style id; a style without an entry looks plain. */
const LOOKS: Readonly<Record<string, Partial<Look>>> = {
  vivid: { tint: scaled(1.4), glow: 1.1, mist: 0.7, lightSize: 1.2 },
  photographic: { tint: scaled(0.82), glow: 1, detail: 1.2, mist: 1.35, lightSize: 0.7 },
  anime: { tint: scaled(1.22, 1.04), clouds: "heaps", mist: 0.8, folds: 3, finish: "none" },
  cartoon: {
    ...{ tint: scaled(1.3, 1.03), clouds: "heaps", detail: 0.7, mist: 0.15, folds: 2, glow: 0.35 },
    ...{ lightSize: 1.35, finish: "none" },
    line: { colour: hex("#1c1a22"), width: 0.0056, opacity: 1 },
  },
  watercolor: {
    tint: (colour) => mix(adjust(colour, { vivid: 1.15 }), WATERCOLOUR_PAPER, 0.18),
    ...{ mist: 1.5, folds: 4, glow: 0.9, rough: 0.012, finish: "wash", paper: WATERCOLOUR_PAPER },
    line: { colour: hex("#4a5568"), width: 0.005, opacity: 0.22 },
  },
  oil_painting: {
    ...{ tint: scaled(1.15, 0.97), mist: 0.8, lightSize: 1.25, glow: 1, finish: "strokes" },
  },
  sketch: {
    tint: (colour) => {
      const grey = 255 * lightness(colour) ** 1.6;
      return mix(mix([grey, grey, grey], colour, 0.12), SKETCH_PAPER, 0.68);
    },
    ...{ clouds: "none", mist: 1.2, glow: 0.3, rough: 0.003, isHatched: true, finish: "none" },
    ...{ paper: SKETCH_PAPER, line: { colour: GRAPHITE, width: 0.0026, opacity: 0.85 } },
  },
  pixel_art: {
    ...{ tint: scaled(1.2), clouds: "heaps", mist: 0.6, lightSize: 1.2, finish: "blocks" },
  },
  cyberpunk: {
    tint: (colour) =>
      adjust(mix(colour, NIGHT_VIOLET, 0.25 * (1 - lightness(colour))), { vivid: 1.25 }),
    ...{ sky: "neon", glow: 1.1, isCentred: true, lightSize: 1.9, clouds: "none" },
    finish: "scanlines",
  },
  minimalist: {
    ...{ tint: scaled(0.72, 1.03), glow: 0.12, detail: 0.5, mist: 0.1, folds: 1, clouds: "none" },
    ...{ lightSize: 1.7, finish: "none" },
  },
  chinese_painting: {
    tint: (colour) => {
      const dark = 1 - lightness(colour);
      return mix(mix(RICE_PAPER, INK, dark ** 1.5 * 0.95), colour, 0.16);
    },
    ...{ mist: 2.2, glow: 0, clouds: "none", sky: "winter", lightSize: 0.9, rough: 0.006 },
    ...{ finish: "fibres", paper: RICE_PAPER, sun: hex("#be3428") },
  },
};

function scaled(vivid: number, light = 1): Look["tint"] {
  return (colour) => adjust(colour, { vivid, light });
}
