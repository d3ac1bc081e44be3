/** Puts drawings of `drawings.svg` into a picture. */

import { BLACK, type Colour, css, hex } from "../../svg/colour.ts";
import drawings from "./drawings.svg" with { type: "text" };
import type { Shape } from "./lands.ts";
import { element, type Point, short } from "../../svg/markup.ts";

/** A drawing and its attributes, which are told in `drawings.svg`. */
export interface DrawnThing {
  readonly shapes: string;
  readonly tall: number;
  readonly wide: number;
  readonly colour: Colour;
  readonly tinge: number;
  readonly rank: number;
  readonly place: string;
  readonly lean: number;
  /** Lands it is at home in. */
  readonly lands: readonly Shape[];
  readonly isPerson: boolean;
}

export const DRAWINGS: Readonly<Record<string, DrawnThing>> = Object.fromEntries(
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

/** The drawing `name` where `pose` says, its tones in these colours. */
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

function readDrawing(attributes: string, shapes: string): DrawnThing {
  const given = new Map(
    [...attributes.matchAll(/data-(\w+)="([^"]*)"/g)].map((
      [, key = "", value = ""],
    ) => [key, value]),
  );
  const numeric = (key: string) => Number(given.get(key) ?? 0);
  return {
    ...{ shapes: shapes.replace(/\s*\n\s*/g, " "), isPerson: given.has("person") },
    ...{ tall: numeric("tall"), wide: numeric("wide"), tinge: numeric("tinge") },
    ...{ rank: numeric("rank"), lean: numeric("lean"), place: given.get("place") ?? "land" },
    colour: hex(given.get("colour") ?? "#000000"),
    lands: (given.get("lands") ?? "").split(" ").filter(Boolean) as Shape[],
  };
}
