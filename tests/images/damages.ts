/** Twenty ways to damage a picture's file, each the same for the same seed. */

import { randomNumbers } from "../support/random.ts";
import type { SmallPicture } from "../fakes/small_pictures.ts";

export interface Damage {
  readonly damage: (whole: Uint8Array, seed: number) => Uint8Array<ArrayBuffer>;
  /** For which pictures it can never go unnoticed without decoding. */
  readonly isPlain?: (name: SmallPicture) => boolean;
}

const isPng = (name: SmallPicture) => name.includes("PNG");
const always = () => true;

export const DAMAGES: Readonly<Record<string, Damage>> = {
  "cut in the first half": {
    damage: (whole, seed) => whole.slice(0, at(seed, 1, whole.length / 2)),
    isPlain: always,
  },
  "half of it": { damage: (whole) => whole.slice(0, whole.length / 2), isPlain: always },
  "empty": { damage: () => new Uint8Array(), isPlain: always },
  "only its first sixteen bytes": { damage: (whole) => whole.slice(0, 16), isPlain: always },
  "its end full of zeros": { damage: (whole, seed) => filled(whole, seed, 0), isPlain: isPng },
  "its end full of ones": { damage: (whole, seed) => filled(whole, seed, 0xff), isPlain: isPng },
  "one bit turned": {
    damage: (whole, seed) => changed(whole, seed, 1, (byte, random) => byte ^ 1 << random * 8),
    isPlain: isPng,
  },
  "eight bits turned": {
    damage: (whole, seed) => changed(whole, seed, 8, (byte, random) => byte ^ 1 << random * 8),
  },
  "a byte of noise": {
    damage: (whole, seed) => changed(whole, seed, 1, (_, random) => random * 256),
  },
  "much noise": {
    damage: (whole, seed) => changed(whole, seed, whole.length / 4, (_, random) => random * 256),
    isPlain: isPng,
  },
  "a byte too few": { damage: (whole, seed) => spliced(whole, seed, 1, 0), isPlain: isPng },
  "ten bytes too few": { damage: (whole, seed) => spliced(whole, seed, 10, 0), isPlain: isPng },
  "a byte too many": { damage: (whole, seed) => spliced(whole, seed, 0, 1), isPlain: isPng },
  "a hundred bytes too many": {
    damage: (whole, seed) => spliced(whole, seed, 0, 100),
    isPlain: isPng,
  },
  "line ends made long": { damage: (whole) => lineEnds(whole, true), isPlain: isPng },
  "line ends made short": { damage: (whole) => lineEnds(whole, false), isPlain: isPng },
  "read as UTF-8 text": {
    damage: (whole) => new TextEncoder().encode(new TextDecoder().decode(whole)),
    isPlain: isPng,
  },
  "two pieces swapped": {
    damage: (whole, seed) => {
      const middle = at(seed, 34, whole.length - 14);
      return Uint8Array.of(
        ...whole.subarray(0, 33),
        ...whole.subarray(middle),
        ...whole.subarray(33, middle),
      );
    },
  },
  "its lengths made huge": {
    damage: (whole, seed) => changed(whole, seed, 4, () => 0x7f),
    isPlain: isPng,
  },
  "its beginning twice": {
    damage: (whole) => Uint8Array.of(...whole.subarray(0, 40), ...whole),
    isPlain: isPng,
  },
  "every byte turned over after the header": {
    damage: (whole) => Uint8Array.from(whole, (byte, index) => index < 33 ? byte : byte ^ 0xff),
    isPlain: isPng,
  },
};

/** A place from `first` to before `end`. */
function at(seed: number, first: number, end: number): number {
  const random = randomNumbers(seed * 7919);
  random();
  return Math.floor(first + random() * (end - first));
}

function filled(whole: Uint8Array, seed: number, value: number): Uint8Array<ArrayBuffer> {
  return whole.slice().fill(value, at(seed, 8, whole.length - 12));
}

function changed(
  whole: Uint8Array,
  seed: number,
  count: number,
  change: (byte: number, random: number) => number,
): Uint8Array<ArrayBuffer> {
  const random = randomNumbers(seed * 104_729);
  const bytes = whole.slice();
  const first = Math.floor(8 + random() * (whole.length - 12));
  for (let i = 0; i < count; i++) {
    const place = count === 4 ? first + i : Math.floor(8 + random() * (whole.length - 12));
    bytes[place] = change(bytes[place]!, random());
  }
  // A change that changes nothing is no damage.
  if (bytes.every((byte, index) => byte === whole[index])) bytes[first]! ^= 0x10;
  return bytes;
}

function spliced(
  whole: Uint8Array,
  seed: number,
  gone: number,
  more: number,
): Uint8Array<ArrayBuffer> {
  const place = at(seed, 8, whole.length - 24);
  const random = randomNumbers(seed * 15_485_863);
  const added = Array.from({ length: more }, () => Math.floor(random() * 256));
  return Uint8Array.of(...whole.subarray(0, place), ...added, ...whole.subarray(place + gone));
}

/** What a transfer in text mode does. */
function lineEnds(whole: Uint8Array, isLong: boolean): Uint8Array<ArrayBuffer> {
  const bytes = [...whole];
  return Uint8Array.from(
    isLong
      ? bytes.flatMap((byte) => byte === 10 ? [13, 10] : [byte])
      : bytes.filter((byte, index) => !(byte === 13 && bytes[index + 1] === 10)),
  );
}
