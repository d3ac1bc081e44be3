/** Boat, car and rocket. */

import { block, disc, figure, line, mirrored, shape } from "./figure.ts";

export const BOAT = figure({
  tall: 0.3,
  colour: "#f2e8d8",
  tinge: 0.3,
  place: "water",
  parts: [
    block("body", 0, 10, 0.8, 100),
    shape("pale", "2.6 96!, 12 72, 30 40, 38 20!, 22 18, 2.6 20!"),
    shape("soft", "-2.6 90!, -8 66, -20 38, -30 22!, -16 19, -2.6 21!"),
    shape("tint", "0 104!, 11 101, 0 98!"),
    shape("body", "-40 15!, -30 13, 0 11.5, 30 13, 46 17!, 40 6, 30 -3, -26 -3, -34 4"),
    line("pale", "-38 11, 0 8, 42 12", 0.7),
  ],
});

export const CAR = figure({
  tall: 0.17,
  rank: 1,
  colour: "#d1493f",
  tinge: 0.6,
  parts: [
    shape(
      "body",
      "-112 22!, -114 40, -108 52, -74 58, -56 60!, -38 86, -14 96, 16 96, 36 88, 56 62!, 88 58, 106 50, " +
        "113 36, 112 22!",
    ),
    shape("pale", "-45 62!, -32 82, -12 88, 2 88.5!, 2 62!"),
    shape("pale", "9 62!, 9 88.5!, 24 86, 34 78, 45 62!"),
    line("deep", "5 60, 5 30", 0.9),
    line("deep", "-108 40, 108 40", 1.2),
    line("pale", "12 53, 22 53", 1.6),
    disc("glow", 106, 46, 6, 7),
    disc("tint", -109, 46, 4, 6),
    line("deep", "-114 22, 114 22", 4),
    ...[-66, 66].flatMap((x) => [
      disc("deep", x, 20, 25),
      disc("deep", x, 20, 20),
      disc("pale", x, 20, 10),
      disc("body", x, 20, 5),
    ]),
  ],
});

/** Under way; the flame belongs to it. */
export const ROCKET = figure({
  tall: 0.4,
  colour: "#e0574f",
  tinge: 0.12,
  place: "sky",
  lean: 0.5,
  parts: [
    mirrored("tint", "0 24, 6 22, 9.5 14, 7 4, 3 -6, 0 -16!"),
    mirrored("glow", "0 24, 4 22, 6 15, 4 7, 0 -3!"),
    ...[-1, 1].map((side) =>
      shape(
        "tint",
        `${side * 11} 50!, ${side * 22} 38, ${side * 26} 18!, ${side * 18} 25, ${side * 9} 27!`,
      )
    ),
    mirrored("body", "0 27!, 6 27!, 8 21!, 0 21!"),
    mirrored("pale", "0 100!, 7 92, 12.5 78, 14.5 60, 13 42, 9 27!, 0 27!"),
    shape("soft", "0 100!, 7 92, 12.5 78, 14.5 60, 13 42, 9 27!, 4 27!, 8 46, 8.5 64, 6 84"),
    mirrored("tint", "0 101!, 5 95, 9.6 86!, 0 84!"),
    disc("body", 0, 66, 7),
    disc("glow", 0, 66, 5),
    shape("tint", "-1.6 46!, -1.6 20!, 0 16!, 1.6 20!, 1.6 46!, 0 50!"),
  ],
});
