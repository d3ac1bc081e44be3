/** Chance that can be repeated: the same seed gives the same picture. */

export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number;
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly T[], otherwise: T): T;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    return scramble(state) / 0x1_0000_0000;
  };
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    chance: (probability) => next() < probability,
    pick: (choices, otherwise) => choices[Math.floor(next() * choices.length)] ?? otherwise,
  };
}

/** A whole number from 0 to 2^32 - 1 that differs for different texts. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return scramble(hash >>> 0);
}

function scramble(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/** Smooth noise from 0 to 1 over a line; one bump per unit. */
export function lineNoise(random: Random): (x: number) => number {
  const values = Float32Array.from({ length: 256 }, () => random.next());
  return (x) => {
    const cell = Math.floor(x);
    const share = x - cell;
    const low = values[cell & 255] ?? 0;
    const high = values[(cell + 1) & 255] ?? 0;
    return low + (high - low) * share * share * (3 - 2 * share);
  };
}
