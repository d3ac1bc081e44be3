/** The boxes that AVIF and HEIC files are made of (ISO/IEC 14496-12). */

import { bigEndian, textAt } from "./read_bytes.ts";

export interface Box {
  readonly type: string;
  /** Where its content begins and ends. */
  readonly start: number;
  readonly end: number;
  /** Where it says that it ends, which may lie beyond what holds it. */
  readonly declaredEnd: number;
}

/** No picture needs more side by side; a file of nothing but empty boxes is left there. */
const MAX_BOXES = 10_000;

/** The boxes that stand one after the other from `start` to `end`. */
export function* boxesOf(bytes: Uint8Array, start: number, end: number): Generator<Box> {
  let offset = start;
  for (let count = 0; offset + 8 <= end && count < MAX_BOXES; count++) {
    const stated = bigEndian(bytes, offset, 4);
    const isLong = stated === 1;
    const length = isLong ? bigEndian(bytes, offset + 8, 8) : stated || end - offset;
    const header = isLong ? 16 : 8;
    if (!(length >= header)) return;
    const declaredEnd = offset + length;
    const type = textAt(bytes, offset + 4, 4);
    yield { type, start: offset + header, end: Math.min(declaredEnd, end), declaredEnd };
    offset = declaredEnd;
  }
}
