/** Boxes around what a mask lets change, for vendors that take no other. */

import type { Codecs } from "./decode.ts";
import { type Box, readPlane } from "./mask.ts";
import type { Plane } from "./plane.ts";

export interface MaskBoxesInput {
  readonly bytes: Uint8Array;
  readonly most: number;
}

/**
 * At most `most` boxes, the largest first, that together hold every pixel that may change; parts
 * that lie within a few pixels of each other have one together.
 */
export async function maskBoxes(
  { bytes, most }: MaskBoxesInput,
  codecs: Codecs,
): Promise<readonly Box[]> {
  const plane = await readPlane(bytes, codecs);
  const size = Math.max(1, Math.ceil(Math.max(plane.width, plane.height) / CELLS));
  const boxes = connected(cellsOf(plane, size));
  while (boxes.length > most) joinNearest(boxes);
  return boxes.map(boxOf).sort((one, other) => areaOf(other) - areaOf(one));
}

/** Cells along the longest side of a mask. */
const CELLS = 256;

/** An area by its edges; right and bottom lie outside. */
interface Edges {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

interface Cells {
  readonly across: number;
  /** What may change within each square, row by row; undefined where nothing may. */
  readonly edges: (Edges | undefined)[];
}

function cellsOf({ width, height, values }: Plane, size: number): Cells {
  const across = Math.ceil(width / size);
  const edges: (Edges | undefined)[] = Array(across * Math.ceil(height / size)).fill(undefined);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / size) * across;
    for (let x = 0; x < width; x++) {
      if (values[y * width + x] === 0) continue;
      const cell = row + Math.floor(x / size);
      const pixel = { left: x, top: y, right: x + 1, bottom: y + 1 };
      const found = edges[cell];
      if (found) extend(found, pixel);
      else edges[cell] = pixel;
    }
  }
  return { across, edges };
}

/** One box for each group of cells that touch, corners counted. */
function connected({ across, edges }: Cells): Edges[] {
  const boxes: Edges[] = [];
  for (const [start, first] of edges.entries()) {
    if (!first) continue;
    const box = { ...first };
    const waiting = [start];
    edges[start] = undefined;
    for (let cell = waiting.pop(); cell !== undefined; cell = waiting.pop()) {
      for (const neighbour of neighboursOf(cell, across)) {
        const found = edges[neighbour];
        if (!found) continue;
        extend(box, found);
        edges[neighbour] = undefined;
        waiting.push(neighbour);
      }
    }
    boxes.push(box);
    if (boxes.length > MOST_PARTS) joinNearest(boxes);
  }
  return boxes;
}

function neighboursOf(cell: number, across: number): readonly number[] {
  const column = cell % across;
  const columns = [-1, 0, 1].filter((step) => column + step >= 0 && column + step < across);
  return [-across, 0, across].flatMap((row) => columns.map((step) => cell + row + step));
}

/** Puts the two into one box whose common box adds the least area to theirs. */
function joinNearest(boxes: Edges[]): void {
  let [best, least] = [[0, 1] as const as readonly [number, number], Infinity];
  for (let one = 0; one < boxes.length; one++) {
    for (let other = one + 1; other < boxes.length; other++) {
      const common = { ...boxes[one]! };
      extend(common, boxes[other]!);
      const added = areaOf(boxOf(common)) - areaOf(boxOf(boxes[one]!)) -
        areaOf(boxOf(boxes[other]!));
      if (added < least) [best, least] = [[one, other], added];
    }
  }
  const [one, other] = best;
  extend(boxes[one]!, boxes.splice(other, 1)[0]!);
}

function extend(edges: Edges, by: Edges): void {
  edges.left = Math.min(edges.left, by.left);
  edges.top = Math.min(edges.top, by.top);
  edges.right = Math.max(edges.right, by.right);
  edges.bottom = Math.max(edges.bottom, by.bottom);
}

function boxOf({ left, top, right, bottom }: Edges): Box {
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function areaOf({ width, height }: Box): number {
  return width * height;
}

/** Of which all pairs are looked at. */
const MOST_PARTS = 64;
