/** Packs bytes as the text of an asset. */

import { brotliCompressSync, constants } from "node:zlib";
import { DIGITS } from "../../src/images/svg/packed.ts";

/** Notices, a blank line, and the bytes as a Brotli stream in Base85 on one line. */
export function pack(bytes: Uint8Array, notice: string): string {
  const packed = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  return `${notice.trim()}\n\n${toBase85(packed)}\n`;
}

function toBase85(bytes: Uint8Array): string {
  const groups: string[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    const four = new Uint8Array(4);
    four.set(bytes.subarray(at, at + 4));
    let value = new DataView(four.buffer).getUint32(0);
    const digits = Array.from({ length: 5 }, () => {
      const digit = DIGITS[value % 85]!;
      value = Math.floor(value / 85);
      return digit;
    });
    groups.push(digits.reverse().join("").slice(0, Math.min(4, bytes.length - at) + 1));
  }
  return groups.join("");
}
