/** Tree and flower. */

import { disc, figure, line, type Part, shape } from "./figure.ts";

/** Heaps of leaves: x, y and radius of each. */
const LEAVES: readonly (readonly [number, number, number])[] = [
  [-26, 50, 15],
  [24, 52, 16],
  [0, 56, 20],
  [-19, 66, 18],
  [18, 68, 19],
  [-4, 80, 19],
  [33, 61, 10],
  [-34, 58, 10],
];

/** The same leaves where the light falls upon them. */
const LIT_LEAVES: readonly (readonly [number, number, number])[] = [
  [22, 72, 12],
  [3, 84, 12],
  [27, 57, 9],
  [-14, 70, 10],
];

export const TREE = figure({
  tall: 0.46,
  colour: "#4f8f4a",
  tinge: 0.5,
  rank: 2,
  parts: [
    shape(
      "deep",
      "-12 0!, -5 4, -3.5 16, -3.5 28, -15 44, -12 46, -1 38, 2 52, 4 37, 14 47, 16 45, 5 30, 4.5 16, 6 4, 14 0!",
    ),
    ...LEAVES.map(([x, y, radius]) => disc("body", x, y, radius, radius * 0.94)),
    ...LIT_LEAVES.map(([x, y, radius]) => disc("soft", x, y, radius, radius * 0.9)),
  ],
});

export const FLOWER = figure({
  tall: 0.36,
  colour: "#ff6f91",
  tinge: 0,
  parts: [
    line("body", "0 0, 3 24, 2 48, 0 72", 1.9, 1.4),
    shape("body", "2 12!, 12 16, 24 28, 30 44!, 16 40, 6 30"),
    shape("soft", "2 20!, -10 26, -20 38, -24 52!, -12 46, -3 36"),
    ...petals(8, 13, 15, 6.6, "shade", 22.5),
    ...petals(8, 12, 14, 6.4, "tint", 0),
    disc("glow", 0, 74, 6.6),
    disc("shade", 0, 74, 3),
  ],
});

/** Petals around the blossom's heart. */
function petals(
  count: number,
  away: number,
  long: number,
  wide: number,
  tone: Part["tone"],
  first: number,
): Part[] {
  return Array.from({ length: count }, (_, index) => {
    const turn = first + index * 360 / count;
    const [x, y] = [Math.cos(turn * Math.PI / 180), Math.sin(turn * Math.PI / 180)];
    return disc(tone, x * away, 74 + y * away, long, wide, turn);
  });
}
