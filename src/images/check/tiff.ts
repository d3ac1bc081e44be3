/** TIFF: directories, strips and tiles lie within the file (TIFF 6.0, 1992). */

import { bigEndian, hasText, littleEndian } from "../read_bytes.ts";
import { cutShort, damaged } from "./damage.ts";

export function checkTiff(bytes: Uint8Array): string | undefined {
  const number = hasText(bytes, 0, "II") ? littleEndian : bigEndian;
  let directory = number(bytes, 4, 4);
  for (let pages = 0; directory !== 0 && pages < MAX_PAGES; pages++) {
    const count = number(bytes, directory, 2);
    const end = directory + 2 + count * 12;
    if (!(end + 4 <= bytes.length)) return cutShort(bytes, `its directory lies at ${directory}`);
    const wrong = checkDirectory(bytes, directory + 2, count, number);
    if (wrong) return wrong;
    const next = number(bytes, end, 4);
    if (next === directory) return damaged("its directory follows itself");
    directory = next;
  }
  return undefined;
}

function checkDirectory(
  bytes: Uint8Array,
  start: number,
  count: number,
  number: typeof bigEndian,
): string | undefined {
  const lists = new Map<number, readonly number[]>();
  for (let entry = 0; entry < count; entry++) {
    const offset = start + entry * 12;
    const tag = number(bytes, offset, 2);
    if (OFFSETS.has(tag) || LENGTHS.has(tag)) lists.set(tag, valuesAt(bytes, offset, number));
  }
  for (const [offsetsTag, lengthsTag] of PAIRS) {
    const [offsets, lengths] = [lists.get(offsetsTag), lists.get(lengthsTag)];
    if (!offsets || !lengths) continue;
    if (offsets.length === 0) return cutShort(bytes, "the list of its strips is missing");
    for (const [index, offset] of offsets.entries()) {
      const end = offset + (lengths[index] ?? NaN);
      if (!(end <= bytes.length)) return cutShort(bytes, `strip ${index} ends at byte ${end}`);
    }
  }
  return undefined;
}

/** The whole numbers of an entry; none where they lie beyond the file. */
function valuesAt(
  bytes: Uint8Array,
  entry: number,
  number: typeof bigEndian,
): readonly number[] {
  const size = number(bytes, entry + 2, 2) === SHORT ? 2 : 4;
  const count = number(bytes, entry + 4, 4);
  const start = count * size <= 4 ? entry + 8 : number(bytes, entry + 8, 4);
  if (count > MAX_STRIPS || start + count * size > bytes.length) return [];
  return Array.from({ length: count }, (_, index) => number(bytes, start + index * size, size));
}

const MAX_PAGES = 20;
const MAX_STRIPS = 100_000;
const SHORT = 3;
/** Offsets and byte counts, of strips and of tiles. */
const PAIRS = [[273, 279], [324, 325]] as const;
const OFFSETS: ReadonlySet<number> = new Set(PAIRS.map(([offsets]) => offsets));
const LENGTHS: ReadonlySet<number> = new Set(PAIRS.map(([, lengths]) => lengths));
