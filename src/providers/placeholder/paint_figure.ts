/** Puts one figure on the canvas. */

import type { Breathe } from "./breath.ts";
import type { Colour } from "./colour.ts";
import type { Part, Tone } from "./figures/figure.ts";
import { fillOutline } from "./outline.ts";
import type { Raster } from "./raster.ts";

/** Where a figure stands, in pixels. */
export interface Pose {
  /** The middle of its feet. */
  readonly x: number;
  readonly y: number;
  /** A hundred of the figure's units. */
  readonly tall: number;
  readonly looksLeft: boolean;
  /** In radians, clockwise around its middle. */
  readonly turn: number;
}

export type FigureColours = Readonly<Record<Tone, Colour>>;

/** What pixels of a figure are in a raster's `kinds`: nearer than any land, one for each tone. */
export const FIGURE_KINDS: Readonly<Record<Tone, number>> = {
  body: 249,
  deep: 250,
  soft: 251,
  tint: 252,
  shade: 253,
  pale: 254,
  glow: 255,
};

/** Paints the parts back to front, where the picture's kinds are such as `over` accepts. */
export async function paintFigure(
  raster: Raster,
  parts: readonly Part[],
  pose: Pose,
  colours: FigureColours,
  over: (kind: number) => boolean,
  breathe: Breathe,
): Promise<void> {
  const place = placer(pose);
  for (const { tone, outline } of parts) {
    await breathe();
    const ink = { colour: colours[tone], opacity: 1, over };
    fillOutline(raster, outline.map(({ x, y }) => place(x, y)), ink, FIGURE_KINDS[tone]);
  }
}

/** From a figure's own units to pixels. */
export function placer({ x, y, tall, looksLeft, turn }: Pose) {
  const scale = tall / 100;
  const side = looksLeft ? -1 : 1;
  const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
  return (across: number, up: number) => {
    const [right, down] = [across * side * scale, -(up - 50) * scale];
    return {
      x: x + right * cosine - down * sine,
      y: y - tall / 2 + right * sine + down * cosine,
    };
  };
}
