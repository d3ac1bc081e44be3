/** What a figure is: a small drawing of flat shapes, made once and shown in any size and light. */

import { type Colour, hex } from "../colour.ts";
import { curveThrough, type Point, thicken } from "../outline.ts";

/**
 * How a part is coloured: `body` is the silhouette, `deep` a little darker, `soft` a little
 * paler, `tint` in the figure's own colour, `shade` the same darker, `pale` nearly white, `glow`
 * a light of its own.
 */
export type Tone = "body" | "deep" | "soft" | "tint" | "shade" | "pale" | "glow";

export interface Part {
  readonly tone: Tone;
  /** Closed; x from the middle, y up from the ground, in hundredths of the figure's height. */
  readonly outline: readonly Point[];
}

export interface Figure {
  /** Back to front. A figure that has a direction looks to the right. */
  readonly parts: readonly Part[];
  /** How high it stands, in shares of the picture's shorter side. */
  readonly tall: number;
  /** In hundredths of its height. */
  readonly wide: number;
  readonly place: "land" | "water" | "sky";
  /** What it is coloured with where the prompt names no colour. */
  readonly colour: Colour;
  /** How much of its own colour the silhouette keeps, 0 to 1. */
  readonly tinge: number;
  /** 0 like a cat, 1 like a person, 2 like a house: who looks smaller beside whom. */
  readonly rank: 0 | 1 | 2;
  /** How far it leans forward, in radians. */
  readonly lean: number;
  /** Where a beam of light starts, x and y as in its parts. */
  readonly beam?: Point;
}

/** A figure of these parts; its width is measured. */
export function figure(
  { parts, colour, tinge = 0.4, place = "land", rank = 0, lean = 0, ...rest }: {
    parts: readonly Part[];
    tall: number;
    colour: string;
    tinge?: number;
    place?: Figure["place"];
    rank?: Figure["rank"];
    lean?: number;
    beam?: Point;
  },
): Figure {
  const reach = Math.max(...parts.flatMap(({ outline }) => outline.map(({ x }) => Math.abs(x))));
  return { ...rest, parts, place, rank, lean, tinge, colour: hex(colour), wide: reach * 2 };
}

/** A closed shape through points; see `curveThrough`. */
export function shape(tone: Tone, points: string): Part {
  return { tone, outline: curveThrough(points) };
}

/** A shape and its mirror image as one: the points run down its right side. */
export function mirrored(tone: Tone, points: string): Part {
  const right = curveThrough(points, false);
  const left = right.toReversed().map(({ x, y }) => ({ x: -x, y }));
  return { tone, outline: [...right, ...left] };
}

/** A line through points, from one radius to another. */
export function line(tone: Tone, points: string, from: number, to = from): Part {
  return { tone, outline: thicken(curveThrough(points, false), from, to) };
}

/** An ellipse, turned anticlockwise by `turn` degrees. */
export function disc(
  tone: Tone,
  x: number,
  y: number,
  across: number,
  high = across,
  turn = 0,
): Part {
  const [cosine, sine] = [Math.cos(turn * Math.PI / 180), Math.sin(turn * Math.PI / 180)];
  const outline = Array.from({ length: DISC_POINTS }, (_, index) => {
    const angle = index / DISC_POINTS * 2 * Math.PI;
    const [along, up] = [Math.cos(angle) * across, Math.sin(angle) * high];
    return { x: x + along * cosine - up * sine, y: y + along * sine + up * cosine };
  });
  return { tone, outline };
}

const DISC_POINTS = 72;

/** A rectangle around a middle line, from one height to another. */
export function block(tone: Tone, x: number, low: number, half: number, high: number): Part {
  const [left, right] = [x - half, x + half];
  return shape(tone, `${left} ${low}!, ${right} ${low}!, ${right} ${high}!, ${left} ${high}!`);
}

/** A rectangle around the middle with round corners. */
export function rounded(
  tone: Tone,
  { low, high, half, corner }: { low: number; high: number; half: number; corner: number },
): Part {
  const centres = [[1, 1], [-1, 1], [-1, -1], [1, -1]] as const;
  const outline = centres.flatMap(([side, end], quarter) =>
    Array.from({ length: 13 }, (_, index) => {
      const angle = (quarter + index / 12) * Math.PI / 2;
      return {
        x: side * (half - corner) + Math.cos(angle) * corner,
        y: (low + high) / 2 + end * ((high - low) / 2 - corner) + Math.sin(angle) * corner,
      };
    })
  );
  return { tone, outline };
}
