/** The last touches of a style: what makes a picture look painted, drawn or printed. */

import type { Breathe } from "./breath.ts";
import { BLACK, type Colour, WHITE } from "./colour.ts";
import type { Finish, Look } from "./looks.ts";
import { edges } from "./edges.ts";
import { FIGURE_KINDS } from "./paint_figure.ts";
import { planeNoise, type Random } from "./random.ts";
import { clamp, drawStroke, mixInto, type Raster } from "./raster.ts";
import type { Scene } from "./scene.ts";

type Finisher = (
  raster: Raster,
  scene: Scene,
  look: Look,
  random: Random,
  breathe: Breathe,
) => Promise<void>;

export const FINISHES: Readonly<Record<Finish, Finisher>> = {
  grain: vignette,
  flat: () => Promise.resolve(),
  blocks,
  outlines,
  pencil,
  brush,
  wash,
  scanlines,
  ink,
};

/** Calls `touch` for every pixel with its place in `pixels` and `kinds`. */
async function forPixels(
  { width, height }: Raster,
  breathe: Breathe,
  touch: (x: number, y: number, index: number) => void,
): Promise<void> {
  for (let y = 0; y < height; y++) {
    await breathe();
    for (let x = 0; x < width; x++) touch(x, y, y * width + x);
  }
}

function vignette(raster: Raster, scene: Scene, _look: Look, _random: Random, breathe: Breathe) {
  const { width, height } = scene;
  return forPixels(raster, breathe, (x, y, index) => {
    const [across, down] = [x / width - 0.5, y / height - 0.5];
    const share = (across * across + down * down - 0.2) * 0.55;
    if (share > 0) mixInto(raster.pixels, index, BLACK, share);
  });
}

/** Dark lines between the shapes. */
async function outlines(
  raster: Raster,
  { unit, land }: Scene,
  _look: Look,
  _random: Random,
  breathe: Breathe,
) {
  const colour: Colour = [land.near[0] * 0.3, land.near[1] * 0.3, land.near[2] * 0.3];
  const cover = await edges(raster, Math.max(1, unit * 0.0028), breathe);
  await forPixels(raster, breathe, (_x, _y, index) => {
    const share = cover[index] ?? 0;
    if (share > 0) mixInto(raster.pixels, index, colour, share / 255);
  });
}

function luminance(pixels: Uint8ClampedArray, index: number): number {
  const offset = index * 3;
  return ((pixels[offset] ?? 0) * 0.3 + (pixels[offset + 1] ?? 0) * 0.59 +
    (pixels[offset + 2] ?? 0) * 0.11) / 255;
}

/** Graphite on paper: outlines, and hatching that grows denser where it is dark. */
async function pencil(
  raster: Raster,
  { unit }: Scene,
  look: Look,
  random: Random,
  breathe: Breathe,
) {
  const noise = planeNoise(random);
  const paper = look.paper ?? WHITE;
  const lines = await edges(raster, Math.max(0.8, unit * 0.0014), breathe);
  const pitch = Math.max(3, unit * 0.0075);
  const wobble = 6 / unit;
  const graphite: Colour = [52, 54, 62];
  await forPixels(raster, breathe, (x, y, index) => {
    const dark = 1 - luminance(raster.pixels, index);
    const line = lines[index] ?? 0;
    let share = dark * dark * 0.42;
    if (line > 0) {
      const pressure = 0.55 + 0.4 * noise(x * 9 / unit, y * 9 / unit);
      share = Math.max(share, line / 255 * pressure);
    }
    if (dark > 0.12) {
      const shift = noise(x * wobble, y * wobble) * 1.6;
      let strokes = hatch((x * 0.72 + y * 0.7) / pitch + shift) * clamp((dark - 0.1) * 1.1);
      if (dark > 0.42) {
        const second = hatch((x * 0.75 - y * 0.66) / pitch + shift) * clamp((dark - 0.36) * 1.3);
        strokes = Math.max(strokes, second);
      }
      if (dark > 0.62) {
        const third = hatch((x * 0.1 + y * 0.98) / pitch + shift) * clamp((dark - 0.5) * 1.5);
        strokes = Math.max(strokes, third);
      }
      const grain = 0.5 + 0.5 * noise(x * 0.21, y * 0.21);
      share = Math.max(share, strokes * grain);
    }
    mixInto(raster.pixels, index, paper, 0.8);
    mixInto(raster.pixels, index, graphite, share * 0.92);
  });
}

/** How strongly a pencil marks a place of its hatching; one line per unit. */
function hatch(place: number): number {
  const fromLine = Math.abs(place - Math.floor(place) - 0.5) * 2;
  return clamp((1 - fromLine) * 2.2 - 0.55);
}

/** Short strokes of thick paint that follow a slow current and keep to the edges of things. */
async function brush(
  raster: Raster,
  { width, height, unit }: Scene,
  _look: Look,
  random: Random,
  breathe: Breathe,
) {
  const source = raster.pixels.slice();
  const current = planeNoise(random);
  for (const { size, opacity, density } of BRUSHES) {
    const long = Math.max(3, unit * size);
    const count = Math.round(width * height / (long * long) * density);
    for (let index = 0; index < count; index++) {
      if (index % 16 === 0) await breathe();
      const [x, y] = [random.next() * width, random.next() * height];
      const offset = (Math.floor(y) * width + Math.floor(x)) * 3;
      const turn = (current(x / unit * 3, y / unit * 3) - 0.5) * 3.4;
      const [across, down] = [Math.cos(turn) * long, Math.sin(turn) * long * 0.6];
      const shift = random.between(-15, 15);
      const colour: Colour = [
        (source[offset] ?? 0) + shift,
        (source[offset + 1] ?? 0) + shift,
        (source[offset + 2] ?? 0) + shift * 0.8,
      ];
      const isThing = isOfThing(raster.kinds[Math.floor(offset / 3)] ?? 0);
      const radius = long * random.between(0.13, 0.22);
      drawStroke(
        raster,
        {
          x1: x - across / 2,
          y1: y - down / 2,
          x2: x + across / 2,
          y2: y + down / 2,
          radius1: radius,
          radius2: radius * 0.6,
        },
        { colour, opacity, over: isThing ? isOfThing : isOfGround },
      );
    }
  }
}

const isOfThing = (kind: number) => kind >= FIGURE_KINDS.body;
const isOfGround = (kind: number) => kind < FIGURE_KINDS.body;

/** From broad to fine: the length in units, and how often a place is painted over. */
const BRUSHES = [
  { size: 0.03, opacity: 0.9, density: 1.2 },
  { size: 0.017, opacity: 0.85, density: 1.5 },
  { size: 0.009, opacity: 0.75, density: 0.9 },
] as const;

/** Watercolour: wandering edges, darker rims, granulating pigment, and a free border of paper. */
async function wash(
  raster: Raster,
  { width, height, unit }: Scene,
  look: Look,
  random: Random,
  breathe: Breathe,
) {
  const source = raster.pixels.slice();
  const noise = planeNoise(random);
  const paper = look.paper ?? WHITE;
  const edge = await edges(raster, Math.max(1, unit * 0.004), breathe);
  const [slow, fast] = [7 / unit, 34 / unit];
  await forPixels(raster, breathe, (x, y, index) => {
    const sway = noise(x * slow, y * slow) - 0.5;
    const ripple = noise(x * fast + 9, y * fast) - 0.5;
    const column = Math.max(
      0,
      Math.min(width - 1, Math.round(x + (sway * 0.016 + ripple * 0.004) * unit)),
    );
    const row = Math.max(
      0,
      Math.min(height - 1, Math.round(y + (ripple * 0.006 - sway * 0.01) * unit)),
    );
    const from = row * width + column;
    const border = Math.min(x, width - 1 - x, y, height - 1 - y) / unit - 0.028 - 0.03 * sway -
      0.013 * ripple;
    const painted = clamp(border * unit * 0.35);
    const rim = clamp(1 - Math.abs(border - 0.004) * 160) * 0.22 + (edge[from] ?? 0) / 255 * 0.1;
    const bloom = 0.8 + 0.34 * sway + 0.14 * ripple;
    const pigment = painted * clamp(bloom + rim);
    const shade = 1 - rim * 0.5;
    const grain = (noise(x * 0.43, y * 0.43) - 0.5) * 9;
    for (let channel = 0; channel < 3; channel++) {
      const white = (paper[channel] ?? 0) + grain * 0.5;
      const colour = (source[from * 3 + channel] ?? 0) * shade + grain;
      raster.pixels[index * 3 + channel] = white + (colour - white) * pigment;
    }
  });
}

/** Few colours, dithered in a square pattern; the raster is already small, see draw.ts. */
function blocks(raster: Raster, _scene: Scene, _look: Look, _random: Random, breathe: Breathe) {
  const { pixels } = raster;
  return forPixels(raster, breathe, (x, y, index) => {
    const threshold = ((SQUARES[(y & 3) * 4 + (x & 3)] ?? 0) + 0.5) / 16 - 0.5;
    for (let offset = index * 3; offset < index * 3 + 3; offset++) {
      pixels[offset] = Math.round((pixels[offset] ?? 0) / 17 + threshold) * 17;
    }
  });
}

/** Bayer's pattern of 4 by 4. */
const SQUARES: readonly number[] = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];

/** A screen's lines. */
function scanlines(
  raster: Raster,
  { unit }: Scene,
  _look: Look,
  _random: Random,
  breathe: Breathe,
) {
  const pitch = Math.max(2, Math.round(unit / 256));
  return forPixels(raster, breathe, (_x, y, index) => {
    if (y % (pitch * 2) < pitch) mixInto(raster.pixels, index, BLACK, 0.1);
  });
}

/** Ink on rice paper: soft bleeding edges and fibres. */
async function ink(
  raster: Raster,
  { width, height, unit, light }: Scene,
  look: Look,
  random: Random,
  breathe: Breathe,
) {
  const source = raster.pixels.slice();
  const noise = planeNoise(random);
  const paper = look.paper ?? WHITE;
  const [slow, fast] = [5 / unit, 90 / unit];
  const red: Colour = [190, 52, 40];
  await forPixels(raster, breathe, (x, y, index) => {
    const ripple = noise(x * fast, y * fast) - 0.5;
    const sway = noise(x * slow, y * slow * 2) - 0.5;
    const row = Math.max(0, Math.min(height - 1, Math.round(y + ripple * unit * 0.007)));
    const column = Math.max(0, Math.min(width - 1, Math.round(x + (sway - ripple) * unit * 0.005)));
    const from = row * width + column;
    const wet = clamp(0.95 + 0.4 * sway + 0.1 * ripple);
    const fibre = (noise(x * 0.05, y * 0.6) - 0.5) * 5;
    const isSun = raster.kinds[from] === 1;
    const fromLight = isSun ? Math.hypot(x - light.x, y - light.y) : Infinity;
    for (let channel = 0; channel < 3; channel++) {
      const white = (paper[channel] ?? 0) + fibre;
      const colour = fromLight < light.radius * 1.05
        ? red[channel] ?? 0
        : (source[from * 3 + channel] ?? 0);
      raster.pixels[index * 3 + channel] = white + (colour - white) * wet;
    }
  });
}
