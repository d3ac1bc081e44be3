/** Strokes as outlines, so that a font can hold them. */

import type { Glyph } from "./letters.ts";
import { type Outline, type OutlinePoint, UNITS_PER_EM } from "./truetype.ts";

/** The glyph with strokes of `thickness`, in units of its grid. */
export function outlineOf({ width, lines }: Glyph, thickness: number): Outline {
  const contours = joined(lines).map(([from, to]) => around(from, to, thickness / 2));
  // Chinese characters are as wide as high, so that they stand in a grid.
  return { width: Math.min(width, 16) * UNIT, contours };
}

const UNIT = UNITS_PER_EM / 16;
/** Rows of the grid above the base line. */
const ABOVE = 14;

type Line = Glyph["lines"][number];
type Place = Line[0];

/** Lines that go on in the same direction become one. */
function joined(lines: readonly Line[]): readonly Line[] {
  const open = new Map<string, { readonly from: Place; to: Place }>();
  const found: { readonly from: Place; to: Place }[] = [];
  for (const [from, to] of lines) {
    const key = (at: Place) => `${at.x} ${at.y} ${to.x - from.x} ${to.y - from.y}`;
    const line = open.get(key(from)) ?? { from, to };
    if (line.from === from) found.push(line);
    else open.delete(key(from));
    line.to = to;
    open.set(key(to), line);
  }
  return found.map(({ from, to }) => [from, to]);
}

/** A line of that half thickness with round ends, clockwise. */
function around(from: Place, to: Place, radius: number): readonly OutlinePoint[] {
  const direction = Math.atan2(to.y - from.y, to.x - from.x);
  return [
    ...cap(from, direction + Math.PI / 2, radius),
    ...cap(to, direction - Math.PI / 2, radius),
  ];
}

/** Half a circle, from `start` on. */
function cap({ x, y }: Place, start: number, radius: number): readonly OutlinePoint[] {
  return Array.from({ length: CORNERS }, (_, corner) => {
    const angle = start + Math.PI * corner / (CORNERS - 1);
    return {
      x: Math.round((x + Math.cos(angle) * radius) * UNIT),
      y: Math.round((ABOVE - y - Math.sin(angle) * radius) * UNIT),
      isOn: true,
    };
  });
}

const CORNERS = 5;
