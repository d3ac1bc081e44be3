/** Chance that can be repeated: the same seed gives the same numbers. */

export interface Random {
  /** A whole number from 0 to below `end`. */
  below(end: number): number;
  /** One of several. */
  of<Item>(items: readonly Item[]): Item;
  /** True as often as `share` says, of 1. */
  chance(share: number): boolean;
}

/** Mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number) => Math.floor(next() * end);
  return {
    below,
    of: (items) => items[below(items.length)]!,
    chance: (share) => next() < share,
  };
}
