/** Whether an edited picture still shows its base where nothing was to change. */

import { brightnessOf, type Plane, resamplePlane } from "./plane.ts";
import type { Raster } from "./raster.ts";

export interface Comparison {
  /** Why the two do not line up: the shape, what is seen, or its place; undefined where they do. */
  readonly problem?: "shape" | "difference" | "place";
  /** Between the two outside the mask, from 0 to 255; undefined where nothing was compared. */
  readonly difference?: number;
  /** By how much the edited picture lies to the right and below, in parts of its sides. */
  readonly shift?: { readonly x: number; readonly y: number };
}

/**
 * Compares the two outside the mask, small enough that fine texture, which every vendor draws
 * anew, does not count, and wherever the edited one may have been moved by up to 3 % of its longest side.
 * An even change of brightness does not count either.
 */
export function compare(base: Raster, edited: Raster, mask: Plane): Comparison {
  const own = brightnessOf(base);
  const other = brightnessOf(edited);
  const coarse = pairOf(own, other, mask, COARSE_SIDE);
  if (coarse.places.length < LEAST_PLACES) return {};
  const move = search(coarse, STILL, Math.floor(COARSE_SIDE * SEARCHED));
  const difference = usual(differences(coarse, move));
  if (difference > allowed(usual(spreadOf(coarse)))) return { problem: "difference", difference };
  if (Math.max(Math.abs(move.x), Math.abs(move.y)) > COARSE_SIDE * MOST_MOVED) {
    return { problem: "place", difference };
  }
  if (move === STILL) return { difference };
  const fine = pairOf(own, other, mask, FINE_SIDE);
  const factor = fine.own.width / coarse.own.width;
  const start = { x: Math.round(move.x * factor), y: Math.round(move.y * factor) };
  const { x, y } = search(fine, start, Math.ceil(factor / 2) + 1);
  return { difference, shift: { x: x / fine.own.width, y: y / fine.own.height } };
}

/** What the same picture drawn anew may differ by, where its pixels are so far from their mean. */
function allowed(spread: number): number {
  return Math.max(LEAST_ALLOWED, Math.min(MOST_ALLOWED, spread * 0.4));
}

const LEAST_ALLOWED = 5;
const MOST_ALLOWED = 18;

/** The longest side of the copies that are compared, in pixels. */
const COARSE_SIDE = 192;
const FINE_SIDE = 768;
/** Parts of the longest side: how far a move is looked for, and how far it may be. */
const SEARCHED = 0.05;
const MOST_MOVED = 0.03;
/** Fewer pixels outside the mask tell nothing. */
const LEAST_PLACES = 100;
/** A move counts where it leaves no more than this part of what differs without it. */
const MARKED_GAIN = 0.95;
/** Brightness from one pixel to the next that is no edge but texture. */
const TEXTURE = 6;

interface Pair {
  readonly own: Plane;
  readonly other: Plane;
  readonly ownEdges: Plane;
  readonly otherEdges: Plane;
  /** The places outside the mask, but for a border that a move could push out. */
  readonly places: Int32Array;
}

function pairOf(own: Plane, other: Plane, mask: Plane, side: number): Pair {
  const scale = Math.min(1, side / Math.max(own.width, own.height));
  const width = Math.max(1, Math.round(own.width * scale));
  const height = Math.max(1, Math.round(own.height * scale));
  const small = resamplePlane(mask, width, height);
  const border = Math.ceil(Math.max(width, height) * SEARCHED) + 3; // and what `search` adds
  const places: number[] = [];
  for (let y = border; y < height - border; y++) {
    for (let x = border; x < width - border; x++) {
      if (small.values[y * width + x] === 0) places.push(y * width + x);
    }
  }
  const [ownSmall, otherSmall] = [own, other].map((plane) => resamplePlane(plane, width, height));
  return {
    own: ownSmall!,
    other: otherSmall!,
    ownEdges: edgesOf(ownSmall!),
    otherEdges: edgesOf(otherSmall!),
    places: Int32Array.from(places),
  };
}

/** How much brightness changes at each place, beyond texture. */
function edgesOf({ width, height, values }: Plane): Plane {
  const edges = new Uint8ClampedArray(values.length);
  for (let place = width; place < values.length - width; place++) {
    const across = Math.abs(values[place + 1]! - values[place - 1]!);
    const down = Math.abs(values[place + width]! - values[place - width]!);
    edges[place] = across + down - TEXTURE;
  }
  return { width, height, values: edges };
}

/** In pixels of the copies. */
interface Move {
  readonly x: number;
  readonly y: number;
}

const STILL: Move = { x: 0, y: 0 };

/** The move around `start` after which the edges of the two match best; `start` if none is better. */
function search(pair: Pair, start: Move, reach: number): Move {
  let best = start;
  let least = edgeDifference(pair, start) * MARKED_GAIN;
  for (let y = start.y - reach; y <= start.y + reach; y++) {
    for (let x = start.x - reach; x <= start.x + reach; x++) {
      const left = edgeDifference(pair, { x, y });
      if (left < least) [best, least] = [{ x, y }, left];
    }
  }
  return best;
}

/** What does not match of the edges, as a part of all: 0 for the same, 1 where none match. */
function edgeDifference({ ownEdges, otherEdges, places }: Pair, { x, y }: Move): number {
  const step = y * ownEdges.width + x;
  let difference = 0;
  let all = 0;
  for (const place of places) {
    const [one, other] = [ownEdges.values[place]!, otherEdges.values[place + step]!];
    difference += Math.abs(one - other);
    all += one + other;
  }
  return all === 0 ? 0 : difference / all;
}

/** How often a value is so far from the median of all. */
type Distances = Int32Array;

/** What is left between the two when an even change of brightness is taken away. */
function differences({ own, other, places }: Pair, { x, y }: Move): Distances {
  const step = y * own.width + x;
  return distances(places, (place) => other.values[place + step]! - own.values[place]!);
}

/** How far the base's pixels are from their usual brightness. */
function spreadOf({ own, places }: Pair): Distances {
  return distances(places, (place) => own.values[place]!);
}

/** Of values from -255 to 255. */
function distances(places: Int32Array, valueAt: (place: number) => number): Distances {
  const counts = new Int32Array(511);
  for (const place of places) counts[valueAt(place) + 255]!++;
  let seen = 0;
  const median = counts.findIndex((count) => (seen += count) * 2 >= places.length);
  const found = new Int32Array(511);
  counts.forEach((count, value) => found[Math.abs(value - median)]! += count);
  return found;
}

/** The mean of the nearest three quarters: where a vendor changed more, the rest still tells. */
function usual(found: Distances): number {
  const most = Math.ceil(totalOf(found) * 0.75);
  let left = most;
  let sum = 0;
  for (let distance = 0; left > 0; distance++) {
    sum += Math.min(left, found[distance]!) * distance;
    left -= found[distance]!;
  }
  return sum / most;
}

function totalOf(found: Distances): number {
  return found.reduce((sum, count) => sum + count);
}
