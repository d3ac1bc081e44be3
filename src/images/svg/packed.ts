/** Bytes that travel as text within the program: a Brotli stream, as the last line of an asset. */

import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";

/** The bytes that an asset holds, whose text `tests/tools/pack.ts` made. */
export async function unpack(asset: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await promisify(brotliDecompress)(packedIn(asset)));
}

/** The Brotli stream itself. */
export function packedIn(asset: string): Uint8Array<ArrayBuffer> {
  const text = asset.trimEnd();
  return fromBase85(text.slice(text.lastIndexOf("\n") + 1));
}

/**
 * The digits, of which five stand for four bytes, the first being the most significant: a sixteenth
 * shorter than Base64. None needs an escape in a string of JavaScript.
 */
export const DIGITS =
  "!#%()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz{|}";

/** A group at the end of n + 1 digits stands for n bytes. */
function fromBase85(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil(text.length / 5) * 4);
  const view = new DataView(bytes.buffer);
  for (let group = 0; group * 5 < text.length; group++) {
    let value = 0;
    for (let at = group * 5; at < group * 5 + 5; at++) {
      value = value * 85 + (VALUES[text.charCodeAt(at)] ?? 84);
    }
    view.setUint32(group * 4, value);
  }
  return bytes.subarray(0, Math.floor(text.length * 4 / 5));
}

/** By the code of a digit. */
const VALUES: Readonly<Record<number, number>> = Object.fromEntries(
  [...DIGITS].map((digit, value) => [digit.charCodeAt(0), value]),
);
