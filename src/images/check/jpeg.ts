/** JPEG: every segment and scan up to the end marker (ITU-T T.81). */

import { bigEndian } from "../read_bytes.ts";
import { cutShort, damaged } from "./damage.ts";

export function checkJpeg(bytes: Uint8Array): string | undefined {
  let pixels = { width: 0, height: 0, isPacked: true };
  let scanned = 0;
  let scans = 0;
  for (let offset = 2;;) {
    while (bytes[offset] === 0xff && bytes[offset + 1] === 0xff) offset++; // padding
    if (offset + 2 > bytes.length) return cutShort(bytes, "its end marker (EOI) is missing");
    const marker = bytes[offset + 1]!;
    if (bytes[offset] !== 0xff) return damaged(`there is no marker at byte ${offset}`);
    if (marker === END) return scanned === 0 ? damaged("it holds no scan") : lie(pixels, scanned);
    if (isBare(marker)) {
      offset += 2;
      continue;
    }
    const length = bigEndian(bytes, offset + 2, 2);
    const next = offset + 2 + length;
    if (!(next <= bytes.length)) {
      return cutShort(bytes, `its segment at byte ${offset} is not all there`);
    }
    if (length < 2) return damaged(`the segment at byte ${offset} has no length`);
    if (isFrame(marker)) {
      const [height, width] = [bigEndian(bytes, offset + 5, 2), bigEndian(bytes, offset + 7, 2)];
      pixels = { width, height, isPacked: !HUFFMAN_FRAMES.has(marker) };
    }
    if (marker === SCAN && ++scans > MOST_SCANS) {
      return damaged(`it holds more than ${MOST_SCANS} scans`);
    }
    offset = marker === SCAN ? endOfScan(bytes, next) : next;
    if (marker === SCAN) scanned += offset - next;
  }
}

/** Where the next marker stands; 0xff 0x00 is a byte of the scan, and restarts are within it. */
function endOfScan(bytes: Uint8Array, start: number): number {
  let offset = start;
  for (; offset < bytes.length; offset++) {
    if (bytes[offset] !== 0xff) continue;
    const next = bytes[offset + 1];
    if (next === undefined || next === 0xff) continue;
    if (next !== 0 && !(next >= 0xd0 && next <= 0xd7)) return offset;
  }
  return offset;
}

/** Each block of 8x8 pixels takes at least a bit of what is coded by Huffman's way. */
function lie(
  { width, height, isPacked }: { width: number; height: number; isPacked: boolean },
  scanned: number,
): string | undefined {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  if (isPacked || blocks <= scanned * 8) return undefined;
  return damaged(`its ${scanned} bytes of data cannot hold ${width}x${height} pixels`);
}

/** TEM and the restart markers carry no length. */
function isBare(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

const SCAN = 0xda;
/** Writers make about ten. Each goes over all pixels, however few bytes it has: libjpeg-turbo advises 500. */
const MOST_SCANS = 500;
const END = 0xd9;
/** Baseline, extended and progressive; the others pack by arithmetic or without loss. */
const HUFFMAN_FRAMES: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2]);
