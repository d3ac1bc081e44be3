/** The room that a mask leaves for a scene and its words. */

import { type Area, composeImage } from "../../images/compose.ts";
import { decodeImage } from "../../images/transform.ts";

/**
 * The rectangle around all that a mask lets change, at least as large as a picture can be, and the
 * frame in its middle where words are not cut off.
 */
export async function roomIn(
  mask: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  signal: AbortSignal,
): Promise<{ area: Area; frame: Area }> {
  const scale = Math.min(1, GRID / Math.max(width, height));
  const [columns, rows] = [Math.ceil(width * scale), Math.ceil(height * scale)];
  const layers = [{ bytes: mask }];
  const output = { format: "png" } as const;
  const small = await composeImage({ width: columns, height: rows, layers, output }, { signal });
  const { pixels } = await decodeImage(small!.bytes, { signal });
  const shown = (column: number, row: number) => pixels[(row * columns + column) * 4]!;
  const all = Array.from({ length: columns * rows }, (_, cell) => ({
    column: cell % columns,
    row: Math.floor(cell / columns),
  })).filter(({ column, row }) => shown(column, row) > SEEN);
  const across = span(all.map(({ column }) => column), columns, width);
  const down = span(all.map(({ row }) => row), rows, height);
  const isWhole = (inset: number) =>
    [inset, 1 - inset].every((x) =>
      [inset, 1 - inset].every((y) => {
        const column = Math.floor((across.start + across.length * x) * columns / width);
        const row = Math.floor((down.start + down.length * y) * rows / height);
        return shown(Math.min(columns - 1, column), Math.min(rows - 1, row)) > 128;
      })
    );
  const inset = INSETS.find(isWhole) ?? 0;
  return {
    area: { left: across.start, width: across.length, top: down.start, height: down.length },
    frame: {
      left: Math.round(across.length * inset),
      top: Math.round(down.length * inset),
      width: Math.round(across.length * (1 - inset * 2)),
      height: Math.round(down.length * (1 - inset * 2)),
    },
  };
}

/** How far words may be moved inwards, in shares of the sides: 0.15 clears the edges of a circle. */
const INSETS = [0.02, 0.06, 0.1, 0.13, 0.16, 0.2, 0.25];

const GRID = 128;
/** What resizing leaves at edges is less. */
const SEEN = 8;
const LEAST_SIDE = 64;

/** From the first to the last of these cells in pixels; all of it where there is none. */
function span(cells: readonly number[], count: number, length: number) {
  if (cells.length === 0) return { start: 0, length };
  const first = cells.reduce((one, other) => Math.min(one, other));
  const last = cells.reduce((one, other) => Math.max(one, other));
  const [from, to] = [first * length / count, (last + 1) * length / count];
  const wanted = Math.min(length, Math.max(LEAST_SIDE, Math.ceil(to - from)));
  const start = Math.max(0, Math.min(length - wanted, Math.floor((from + to - wanted) / 2)));
  return { start, length: wanted };
}
