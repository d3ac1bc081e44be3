/** The few pieces of SVG that every part of a picture is made of. */

import { type Colour, css } from "./colour.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A tenth of a pixel is all that can be seen. */
export function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A line through points, to be used as the `d` of a path. */
export function through(points: readonly Point[]): string {
  return points.map(({ x, y }, index) => `${index ? "L" : "M"}${short(x)} ${short(y)}`).join("");
}

/** A circle as part of a path. */
export function round({ x, y }: Point, radius: number): string {
  const [r, wide] = [short(radius), short(radius * 2)];
  return `M${short(x - radius)} ${short(y)}a${r} ${r} 0 1 1 ${wide} 0a${r} ${r} 0 1 1-${wide} 0Z`;
}

/** A rectangle as part of a path. */
export function box(x: number, y: number, width: number, height: number): string {
  return `M${short(x)} ${short(y)}h${short(width)}v${short(height)}h${short(-width)}Z`;
}

/** An element; attributes that are undefined are left out. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  content = "",
): string {
  const words = Object.entries(attributes).filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? +value.toFixed(3) : value}"`);
  return `<${name}${words.join("")}>${content}</${name}>`;
}

export function pathOf(d: string, fill: string, more = {}): string {
  return element("path", { d, fill, ...more });
}

/**
 * The whole picture from the row `from` on, its colour running until the row `to`: in rows of one
 * colour, which are drawn ten times as fast as a gradient.
 */
export function rows(
  { width, height }: { readonly width: number; readonly height: number },
  from: number,
  to: number,
  colourAt: (share: number) => string,
): string {
  const thick = Math.max(1, Math.round(height / 500));
  const [first, count] = [Math.max(0, Math.round(from)), Math.ceil((to - from) / thick)];
  return Array.from({ length: count + 1 }, (_, row) => {
    const high = row === count ? Math.max(0, height - first - row * thick) : thick;
    return pathOf(box(0, first + row * thick, width, high), colourAt(row / count));
  }).join("");
}

/** Colours that run evenly from one row to another. */
export function vertical(id: string, from: number, to: number, colours: readonly string[]): string {
  const attributes = { id, gradientUnits: "userSpaceOnUse", x1: 0, x2: 0, y1: from, y2: to };
  return element("linearGradient", attributes, stopsOf(colours));
}

/** One colour around a point, as opaque as `opacities` tell evenly from the middle to the rim. */
export function radial(
  id: string,
  { x, y }: Point,
  radius: number,
  colour: Colour,
  opacities: readonly number[],
): string {
  const attributes = { id, gradientUnits: "userSpaceOnUse", cx: x, cy: y, r: radius };
  return element("radialGradient", attributes, stopsOf(opacities.map((each) => css(colour, each))));
}

function stopsOf(colours: readonly string[]): string {
  return colours.map((colour, index) =>
    element("stop", { offset: index / (colours.length - 1), "stop-color": colour })
  ).join("");
}
