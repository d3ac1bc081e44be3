/** People on their way, and a robot. */

import { block, disc, figure, line, type Part, rounded, shape } from "./figure.ts";

export const MAN = figure({
  tall: 0.3,
  rank: 1,
  colour: "#4a5a78",
  tinge: 0.3,
  parts: [
    line("deep", "-1 48, -7 30, -15 12, -20 3", 5, 3),
    shape("deep", "-22 5!, -25 0, -17 -1.5, -13 1!"),
    line("deep", "3 76, 11 62, 17 51", 3.6, 2.6),
    line("body", "3 48, 9 28, 12 5", 5.4, 3),
    shape("body", "9 5!, 9 0!, 21 0!, 20 2.4, 15 5"),
    shape(
      "body",
      "-3 82, -9 78, -11 66, -12 50, -13.5 37!, 12.5 37!, 11 54, 10 70, 8 79, 3 82.5",
    ),
    line("soft", "-4 77, -9 64, -12 51", 4, 2.8),
    block("body", 0, 79, 2.8, 87),
    disc("body", 1, 91.5, 7, 8),
    shape(
      "deep",
      "8.6 93.5!, 7.6 98, 2 101, -4 100, -7.4 95.5, -7.2 91, -5.4 87.5!, -3.6 90.5, -1.6 94, 3 95.4",
    ),
  ],
});

export const WOMAN = figure({
  tall: 0.29,
  rank: 1,
  colour: "#c0526b",
  tinge: 0.42,
  parts: [
    line("deep", "-2 30, -6 16, -10 4", 3.2, 2.2),
    shape("deep", "-12.5 6!, -15 1, -9 -1, -5 1!"),
    line("deep", "3 30, 7 16, 8 4", 3.4, 2.2),
    shape("deep", "5.6 4!, 5.6 0!, 15 0!, 13 2.4, 10 4"),
    line("deep", "4 74, 10 62, 15 52", 2.8, 2),
    shape(
      "body",
      "-2 81, -7 78, -8 68, -7 58, -12 42, -21 24!, -8 21, 6 21, 17 23!, 11 40, 7 58, 8 70, 6 79, 2 81",
    ),
    line("soft", "-3 76, -8 65, -9 53", 3, 2.1),
    block("deep", 1, 79, 2.2, 87),
    disc("deep", 2, 91.5, 6.4, 7.2),
    shape("deep", "7 99, 0 101.5, -7 97, -10 86, -15 76, -20 70!, -10 70, -3 76, 0 86, 2 94, 8 96"),
  ],
});

/** What people hold above them when it rains: its handle stands where their hand is. */
export const UMBRELLA: readonly Part[] = [
  line("deep", "15 50, 10 80, 6 118", 0.9),
  shape(
    "tint",
    "6 128, -12 124, -26 112, -31 99!, -24 103, -17 100!, -9 104, -2 102!, 7 106, 16 103!, 24 106, 30 103!, " +
      "37 105, 43 101!, 38 113, 24 124",
  ),
  line("deep", "5.5 127, 5 132", 0.9, 0.5),
];

export const ROBOT = figure({
  tall: 0.31,
  rank: 1,
  colour: "#9db4cc",
  tinge: 0.72,
  parts: [
    line("body", "0 90, 0 100", 1.1),
    disc("glow", 0, 102, 3),
    ...[-1, 1].flatMap((side) => [
      line("deep", `${side * 9} 28, ${side * 10} 8`, 4.4),
      shape(
        "body",
        `${side * 4} 0!, ${side * 4} 5, ${side * 10} 9, ${side * 17} 5, ${side * 18} 0!`,
      ),
      line("deep", `${side * 22} 54, ${side * 31} 44, ${side * 32} 30`, 3.6),
      disc("body", side * 22, 54, 6),
      disc("body", side * 32, 27, 5.4),
      disc("body", side * 22, 78, 3.6, 6),
    ]),
    block("deep", 0, 58, 5, 68),
    rounded("body", { low: 22, high: 63, half: 20, corner: 7 }),
    rounded("body", { low: 64, high: 91, half: 21, corner: 9 }),
    rounded("deep", { low: 69, high: 87, half: 16, corner: 7 }),
    disc("glow", -7, 78, 3.6),
    disc("glow", 7, 78, 3.6),
    rounded("soft", { low: 35, high: 54, half: 12, corner: 4 }),
    line("deep", "-6 41, -2 41, 0 47, 3 39, 5 43, 7 43", 0.8),
    ...[-6, 0, 6].map((x) => disc("tint", x, 30, 1.6)),
  ],
});
