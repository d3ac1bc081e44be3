/** Smooth outlines from a few points, and how they are filled. */

import { blend, type Ink, type Raster } from "./raster.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

interface Knot extends Point {
  readonly isCorner: boolean;
}

/**
 * The points "x y, x y!, …" joined by a smooth curve, which turns sharply at those marked "!":
 * two corners in a row make a straight line. A closed curve returns to its first point.
 */
export function curveThrough(text: string, isClosed = true): Point[] {
  const knots = text.split(",").map(readKnot);
  const count = knots.length;
  const at = (index: number) => knots[isClosed ? (index + count) % count : index];
  const points: Point[] = [];
  for (let index = 0; index < (isClosed ? count : count - 1); index++) {
    const [from, to] = [at(index), at(index + 1)];
    if (!from || !to) continue;
    const before = from.isCorner ? from : at(index - 1) ?? from;
    const after = to.isCorner ? to : at(index + 2) ?? to;
    const steps = from.isCorner && to.isCorner ? 1 : STEPS;
    for (let step = 0; step < steps; step++) {
      points.push(between(before, from, to, after, step / steps));
    }
  }
  const last = knots.at(-1);
  return isClosed || !last ? points : [...points, last];
}

/** Enough that no corner shows between two points of the largest figure. */
const STEPS = 16;

function readKnot(text: string): Knot {
  const [x = NaN, y = NaN] = text.replace("!", "").trim().split(/\s+/).map(Number);
  return { x, y, isCorner: text.includes("!") };
}

/** Catmull and Rom's spline: at each point it runs parallel to the line between its neighbours. */
function between(before: Point, from: Point, to: Point, after: Point, share: number): Point {
  const square = share * share;
  const cube = square * share;
  const weights = [
    -0.5 * cube + square - 0.5 * share,
    1.5 * cube - 2.5 * square + 1,
    -1.5 * cube + 2 * square + 0.5 * share,
    0.5 * cube - 0.5 * square,
  ] as const;
  const along = (axis: "x" | "y") =>
    before[axis] * weights[0] + from[axis] * weights[1] + to[axis] * weights[2] +
    after[axis] * weights[3];
  return { x: along("x"), y: along("y") };
}

/** The outline of a line with round ends that runs from one radius to another. */
export function thicken(line: readonly Point[], from: number, to: number): Point[] {
  const [left, right]: [Point[], Point[]] = [[], []];
  for (const [index, point] of line.entries()) {
    const before = line[index - 1] ?? point;
    const after = line[index + 1] ?? point;
    const long = Math.hypot(after.x - before.x, after.y - before.y) || 1;
    const radius = from + (to - from) * index / Math.max(1, line.length - 1);
    const across = {
      x: -(after.y - before.y) / long * radius,
      y: (after.x - before.x) / long * radius,
    };
    left.push({ x: point.x + across.x, y: point.y + across.y });
    right.unshift({ x: point.x - across.x, y: point.y - across.y });
  }
  return [
    ...left,
    ...roundEnd(line.at(-1), left.at(-1)),
    ...right,
    ...roundEnd(line[0], right.at(-1)),
  ];
}

/** Half a turn around the end of a line, clockwise from one edge to the other. */
function roundEnd(middle: Point | undefined, edge: Point | undefined): Point[] {
  if (!middle || !edge) return [];
  const [x, y] = [edge.x - middle.x, edge.y - middle.y];
  return Array.from({ length: 9 }, (_, index) => {
    const turn = -Math.PI * (index + 1) / 10;
    const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
    return { x: middle.x + x * cosine - y * sine, y: middle.y + x * sine + y * cosine };
  });
}

/** Fills a closed outline given in pixels; what it covers becomes `kind`, where one is given. */
export function fillOutline(
  raster: Raster,
  outline: readonly Point[],
  ink: Ink,
  kind?: number,
): void {
  const { width, height, kinds } = raster;
  const left = Math.floor(Math.min(...outline.map(({ x }) => x)));
  const right = Math.ceil(Math.max(...outline.map(({ x }) => x)));
  const top = Math.max(0, Math.floor(Math.min(...outline.map(({ y }) => y))));
  const bottom = Math.min(height, Math.ceil(Math.max(...outline.map(({ y }) => y))));
  if (bottom <= top || right <= 0 || left >= width) return;
  const pitch = right - left + 2;
  const areas = new Float32Array(pitch * (bottom - top));
  for (const [index, from] of outline.entries()) {
    const to = outline[(index + 1) % outline.length] ?? from;
    addEdge(areas, pitch, bottom - top, from.x - left, from.y - top, to.x - left, to.y - top);
  }
  for (let row = top; row < bottom; row++) {
    let sum = 0;
    for (let column = 0; column < pitch; column++) {
      sum += areas[(row - top) * pitch + column] ?? 0;
      const x = left + column;
      const cover = Math.min(1, Math.abs(sum));
      if (cover < 1 / 512 || x < 0 || x >= width) continue;
      const index = row * width + x;
      const before = kinds[index] ?? 0;
      blend(raster, index, ink, cover);
      if (kind !== undefined && cover > 0.5 && (!ink.over || ink.over(before))) kinds[index] = kind;
    }
  }
}

/**
 * Adds to each pixel the area that an edge cuts off to its right, so that sums along a row are
 * how much of each pixel lies inside.
 */
function addEdge(
  areas: Float32Array,
  pitch: number,
  rows: number,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
): void {
  if (y1 === y2) return;
  const direction = y1 < y2 ? 1 : -1;
  const [upperX, upperY, lowerX, lowerY] = y1 < y2 ? [x1, y1, x2, y2] : [x2, y2, x1, y1];
  const slope = (lowerX - upperX) / (lowerY - upperY);
  for (let row = Math.max(0, Math.floor(upperY)); row < Math.min(rows, lowerY); row++) {
    const [from, to] = [Math.max(row, upperY), Math.min(row + 1, lowerY)];
    const [start, end] = [upperX + (from - upperY) * slope, upperX + (to - upperY) * slope];
    addSpan(
      areas,
      row * pitch,
      Math.min(start, end),
      Math.max(start, end),
      (to - from) * direction,
    );
  }
}

/** One edge within one row: it falls from `left` to `right` over a height of `fall`. */
function addSpan(
  areas: Float32Array,
  row: number,
  left: number,
  right: number,
  fall: number,
): void {
  const first = Math.floor(left);
  const last = Math.floor(right);
  let before = 0;
  for (let column = first; column <= last; column++) {
    const [from, to] = [Math.max(left, column), Math.min(right, column + 1)];
    const part = right === left ? fall : fall * (to - from) / (right - left);
    const inside = part * (column + 1 - (from + to) / 2);
    areas[row + column] = (areas[row + column] ?? 0) + inside + before;
    before = part - inside;
  }
  areas[row + last + 1] = (areas[row + last + 1] ?? 0) + before;
}
