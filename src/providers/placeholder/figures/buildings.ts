/** Lighthouse, pagoda, castle and house. */

import { block, disc, figure, line, mirrored, type Part, shape } from "./figure.ts";

export const LIGHTHOUSE = figure({
  tall: 0.43,
  colour: "#c8453b",
  tinge: 0.16,
  rank: 2,
  beam: { x: 0, y: 85 },
  parts: [
    shape("body", "-30 0!, -30 11!, -21 18!, -12 11!, -12 0!"),
    block("glow", -21, 4, 1.8, 8.5),
    shape("pale", "-11 0!, -6.4 78!, 6.4 78!, 11 0!"),
    ...[0, 1, 2].map((index) => {
      const [low, high] = [12 + index * 26, 25 + index * 26];
      const at = (height: number) => 11 - 4.6 * height / 78;
      return shape(
        "tint",
        `${-at(low)} ${low}!, ${-at(high)} ${high}!, ${at(high)} ${high}!, ${at(low)} ${low}!`,
      );
    }),
    shape("body", "2 0!, 1 78!, 6.4 78!, 11 0!"),
    block("glow", -2.6, 31, 1.2, 35),
    block("glow", -2, 56, 1.1, 60),
    mirrored("body", "0 0!, 3 0!, 3 6, 0 9"),
    block("body", 0, 78, 10, 80.2),
    block("glow", 0, 80.2, 5.2, 90),
    ...[-9.4, -5.4, 0, 5.4, 9.4].map((x) =>
      block("body", x, 80, 0.45, Math.abs(x) > 9 ? 83.5 : 90)
    ),
    block("body", 0, 83, 9.6, 83.6),
    mirrored("body", "0 98, 3.6 97, 6.4 94, 7.6 90!, 0 90!"),
    block("body", 0, 96, 0.5, 103),
  ],
});

/** Five roofs, each smaller than the one below. */
export const PAGODA = figure({
  tall: 0.5,
  colour: "#a8402f",
  tinge: 0.3,
  rank: 2,
  parts: [
    block("deep", 0, 0, 27, 3.4),
    ...[0, 1, 2, 3, 4].flatMap((floor) => storey(3.4 + floor * 15.4, 17 - floor * 2.5)),
    block("body", 0, 82, 0.9, 101),
    ...[88, 91.5, 95].map((y, index) => disc("body", 0, y, 2.8 - index * 0.6, 1)),
  ],
});

function storey(low: number, half: number): Part[] {
  const [eaves, top] = [low + 8, low + 15.6];
  const tip = half + 9.5;
  return [
    block("soft", 0, low, half, eaves + 1.5),
    ...[-0.5, 0, 0.5].map((share) =>
      block("glow", share * half * 1.15, low + 1, half * 0.13, eaves - 0.6)
    ),
    mirrored(
      "body",
      `0 ${top}!, ${half * 0.62} ${top}!, ${half * 0.78} ${top - 4}, ${half + 3} ${eaves + 2.2}, ` +
        `${tip} ${eaves + 3.4}!, ${half + 4} ${eaves - 0.4}, 0 ${eaves - 0.6}!`,
    ),
  ];
}

export const CASTLE = figure({
  tall: 0.48,
  colour: "#8f8aa8",
  tinge: 0.3,
  rank: 2,
  parts: [
    ...tower(0, 12, 26, 70, 26, "soft"),
    ...tower(-19, 6.5, 20, 56, 20, "soft"),
    ...tower(20, 6, 20, 48, 18, "soft"),
    block("body", 0, 0, 34, 27),
    ...battlements(-34, 34, 27),
    ...tower(-36, 8.5, 0, 42, 22, "body"),
    ...tower(36, 8.5, 0, 38, 22, "body"),
    mirrored("deep", "0 20, 4.6 18, 7 13, 7 0!, 0 0!"),
    mirrored("glow", "0 16.6, 3 15, 4.6 11, 4.6 0!, 0 0!"),
    ...[[-36, 30], [36, 27], [0, 52], [-19, 44], [20, 38], [-17, 13], [17, 13]].map((
      [x = 0, y = 0],
    ) =>
      shape(
        "glow",
        `${x - 1.4} ${y}!, ${x - 1.4} ${y + 4}, ${x} ${y + 6}, ${x + 1.4} ${y + 4}, ${
          x + 1.4
        } ${y}!`,
      )
    ),
  ],
});

function tower(
  x: number,
  half: number,
  low: number,
  high: number,
  roof: number,
  tone: Part["tone"],
): Part[] {
  const tip = high + 3 + roof;
  return [
    block(tone, x, low, half, high),
    block(tone, x, high - 1, half + 1.6, high + 3),
    shape(
      "tint",
      `${x - half - 2.4} ${high + 3}!, ${x - half * 0.4} ${high + 3 + roof * 0.5}, ${x} ${tip}!, ` +
        `${x + half * 0.4} ${high + 3 + roof * 0.5}, ${x + half + 2.4} ${high + 3}!`,
    ),
    shape("tint", `${x} ${tip + 4}!, ${x + 7} ${tip + 1.8}!, ${x} ${tip - 0.4}!`),
    block("body", x, tip - 2, 0.35, tip + 4.2),
  ];
}

function battlements(left: number, right: number, low: number): Part[] {
  const count = Math.floor((right - left) / 5.4);
  return Array.from({ length: count }, (_, index) => {
    return block("body", left + (index + 0.5) * (right - left) / count, low - 0.5, 1.5, low + 3.2);
  });
}

export const HOUSE = figure({
  tall: 0.24,
  rank: 2,
  colour: "#b4553a",
  tinge: 0.35,
  parts: [
    block("body", 24, 60, 5.5, 96),
    line("pale", "24 100, 27 108, 22 116, 28 126", 2.4, 5),
    block("body", 0, 0, 42, 50),
    shape("tint", "-54 46!, -28 92!, 32 92!, 54 46!"),
    shape("deep", "-54 46!, -52 43!, 52 43!, 54 46!"),
    mirrored("deep", "0 30, 5.4 29, 8 24, 8 0!, 0 0!"),
    ...[-25, 25].flatMap((x) => [
      block("glow", x, 16, 8, 33),
      block("body", x, 16, 0.8, 33),
      block("body", x, 24, 8, 25.4),
    ]),
  ],
});
