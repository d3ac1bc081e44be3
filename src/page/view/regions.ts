/** Rectangles on a picture, as fractions of it from its top left. */

export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** What lies between two corners, within the picture. */
export function regionBetween(one: Place, other: Place): Region {
  const [left, right] = [one.x, other.x].map(within).sort((a, b) => a - b) as [number, number];
  const [top, bottom] = [one.y, other.y].map(within).sort((a, b) => a - b) as [number, number];
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** The region after a key: moved, with `isShifted` of another size, null where it is taken away; undefined for other keys. */
export function withKey(
  region: Region,
  key: string,
  isShifted: boolean,
): Region | null | undefined {
  if (key === "Delete" || key === "Backspace") return null;
  const way = WAYS[key];
  if (!way) return undefined;
  const { x, y, width, height } = region;
  const [right, down] = way.map((each) => each * STEP) as [number, number];
  return isShifted
    ? {
      x,
      y,
      width: Math.min(Math.max(width + right, STEP), 1 - x),
      height: Math.min(Math.max(height + down, STEP), 1 - y),
    }
    : {
      x: Math.min(within(x + right), 1 - width),
      y: Math.min(within(y + down), 1 - height),
      width,
      height,
    };
}

/** In as many digits as matter, and never beyond the picture by a rounding. */
export function bounded({ x, y, width, height }: Region): Region {
  const left = rounded(x);
  const top = rounded(y);
  return {
    x: left,
    y: top,
    width: Math.min(rounded(width), rounded(1 - left)),
    height: Math.min(rounded(height), rounded(1 - top)),
  };
}

function within(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

const WAYS: Readonly<Record<string, readonly [right: number, down: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
/** Of a key, as a fraction of a side. */
const STEP = 0.02;
