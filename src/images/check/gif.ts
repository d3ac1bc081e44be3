/** GIF: every block up to the trailer (GIF89a specification, 1990). */

import { cutShort, damaged } from "./damage.ts";

export function checkGif(bytes: Uint8Array): string | undefined {
  const { images, end } = readBlocks(bytes);
  if (end >= bytes.length) return cutShort(bytes, "its trailer is missing");
  if (bytes[end] !== TRAILER) return damaged(`there is no block at byte ${end}`);
  return images > 0 ? undefined : damaged("it holds no picture data");
}

/** Whether it holds more than one picture. */
export function isAnimatedGif(bytes: Uint8Array): boolean {
  return readBlocks(bytes).images > 1;
}

/** How many pictures there are, and where what follows them begins. */
function readBlocks(bytes: Uint8Array): { readonly images: number; readonly end: number } {
  let images = 0;
  let offset = HEADER_LENGTH + colourTable(bytes[10]);
  while (offset < bytes.length) {
    const kind = bytes[offset];
    if (kind !== EXTENSION && kind !== IMAGE) break;
    if (kind === IMAGE) images++;
    const start = kind === EXTENSION
      ? offset + 2
      : offset + DESCRIPTOR_LENGTH + colourTable(bytes[offset + 9]) + 1; // 1: the code size
    offset = endOfBlocks(bytes, start);
  }
  return { images, end: offset };
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
