/** GIF: every block up to the trailer (GIF89a specification, 1990). */

import { cutShort, damaged } from "./damage.ts";

export function checkGif(bytes: Uint8Array): string | undefined {
  let images = 0;
  let offset = HEADER_LENGTH + colourTable(bytes[10]);
  while (offset < bytes.length) {
    const kind = bytes[offset];
    if (kind === TRAILER) return images > 0 ? undefined : damaged("it holds no picture data");
    if (kind === EXTENSION) offset = endOfBlocks(bytes, offset + 2);
    else if (kind === IMAGE) {
      images++;
      const table = colourTable(bytes[offset + 9]);
      offset = endOfBlocks(bytes, offset + DESCRIPTOR_LENGTH + table + 1); // 1: the code size
    } else return damaged(`there is no block at byte ${offset}`);
  }
  return cutShort(bytes, "its trailer is missing");
}

/** Bytes of the colour table that a byte of flags announces. */
function colourTable(flags = 0): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

/** Past the empty block that ends a row of them. */
function endOfBlocks(bytes: Uint8Array, start: number): number {
  let offset = start;
  while (offset < bytes.length && bytes[offset] !== 0) offset += 1 + bytes[offset]!;
  return offset + 1;
}

const HEADER_LENGTH = 13;
const DESCRIPTOR_LENGTH = 10;
const TRAILER = 0x3b;
const EXTENSION = 0x21;
const IMAGE = 0x2c;
