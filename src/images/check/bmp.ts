/** BMP: the rows that its header announces. */

import { littleEndian } from "../read_bytes.ts";
import { cutShort } from "./damage.ts";

export function checkBmp(bytes: Uint8Array): string | undefined {
  const needed = littleEndian(bytes, 10, 4) + rowBytes(bytes);
  return needed <= bytes.length ? undefined : cutShort(bytes, `its rows end at byte ${needed}`);
}

/** Bytes that all rows take; where they are packed, what the header says, which may be 0. */
function rowBytes(bytes: Uint8Array): number {
  if (littleEndian(bytes, 14, 4) === CORE_HEADER) {
    const [width, height] = [littleEndian(bytes, 18, 2), littleEndian(bytes, 20, 2)];
    return stride(width, littleEndian(bytes, 24, 2)) * height;
  }
  const isPlain = PLAIN.has(littleEndian(bytes, 30, 4));
  if (!isPlain) return littleEndian(bytes, 34, 4);
  const height = littleEndian(bytes, 22, 4) | 0;
  return stride(littleEndian(bytes, 18, 4), littleEndian(bytes, 28, 2)) * Math.abs(height);
}

function stride(width: number, bits: number): number {
  return Math.ceil(width * bits / 32) * 4;
}

const CORE_HEADER = 12;
/** BI_RGB, BI_BITFIELDS and BI_ALPHABITFIELDS. */
const PLAIN: ReadonlySet<number> = new Set([0, 3, 6]);
