/** Puts drawings of `drawings.svg` into a picture; what their attributes mean is told there. */

import { BLACK, type Colour, css, hex } from "../../images/svg/colour.ts";
import { element, type Point, short } from "../../images/svg/markup.ts";
import drawings from "./drawings.svg" with { type: "text" };
import type { Shape } from "./palette.ts";

export type Drawing = ReturnType<typeof readDrawing>;

export const DRAWINGS: Readonly<Record<string, Drawing>> = Object.fromEntries(
  [...drawings.matchAll(/<g\s+id="(\w+)"([^>]*)>(.*?)<\/g>/gs)].map(
    ([, name = "", attributes = "", shapes = ""]) => [name, readDrawing(attributes, shapes)],
  ),
);

export type Tones = Readonly<Record<string, Colour>>;

/** Where a drawing stands: the middle of its feet, and its height in pixels. */
export interface Pose extends Point {
  readonly tall: number;
  /** How much wider than drawn, 1 where absent; a negative one mirrors it. */
  readonly stretch?: number;
  /** In degrees, clockwise around its middle. */
  readonly turn?: number;
  readonly opacity?: number;
}

/** The drawing `name` where `pose` says, its tones in these colours, or else all in `body`. */
export function place(name: string, pose: Pose, tones: Tones, attributes = {}): string {
  const { x, y, tall, stretch = 1, turn = 0, opacity } = pose;
  const scale = tall / 100;
  const transform = `translate(${short(x)} ${short(y - tall / 2)})` +
    (turn === 0 ? "" : ` rotate(${short(turn)})`) +
    ` scale(${(scale * stretch).toFixed(4)} ${scale.toFixed(4)}) translate(0 50)`;
  const coloured = (DRAWINGS[name]?.shapes ?? "").replace(
    /\b(fill|stroke|stop-color)="([a-z]+)"/g,
    (_, attribute, tone) => {
      const colour = `${attribute}="${css(tones[tone] ?? tones["body"] ?? BLACK, opacity)}"`;
      return attribute === "stroke" ? `fill="none" ${colour}` : colour;
    },
  );
  return element("g", { transform, ...attributes }, coloured);
}

function readDrawing(attributes: string, shapes: string) {
  const given = new Map(
    [...attributes.matchAll(/data-(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
  );
  const words = (key: string) => given.get(key)?.split(" ").filter(Boolean) ?? [];
  const numeric = (key: string) => Number(given.get(key) ?? 0);
  const range = (key: string) => [Number(words(key)[0] ?? 0), Number(words(key)[1] ?? 1)] as const;
  return {
    shapes: shapes.replace(/\s*\n\s*/g, " "),
    colour: hex(given.get("colour") ?? "#000000"),
    tinge: numeric("tinge"),
    tall: numeric("tall"),
    wide: numeric("wide"),
    rank: numeric("rank"),
    lean: numeric("lean"),
    place: given.get("place") ?? "land",
    isPerson: given.has("person"),
    /** Lands it is at home in. */
    lands: words("lands") as readonly Shape[],
    count: numeric("count"),
    size: range("size"),
    rarity: numeric("rarity"),
    opacity: range("opacity"),
    rows: range("rows"),
    turn: numeric("turn"),
  };
}
