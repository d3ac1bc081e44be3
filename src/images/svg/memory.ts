/** Bounds the memory of a WebAssembly program, which could grow to four gigabytes by itself. */

import { joinBytes } from "../../bytes.ts";

/** The same program, whose one memory ends at `pages` of 64 KiB. */
export function withMostMemory(wasm: Uint8Array, pages: number): Uint8Array<ArrayBuffer> {
  for (let at = HEADER_LENGTH; at < wasm.length;) {
    const size = readNumber(wasm, at + 1);
    const end = size.end + size.value;
    if (wasm[at] === MEMORY_SECTION) {
      const count = readNumber(wasm, size.end);
      const least = readNumber(wasm, count.end + 1);
      const body = [1, HAS_MAXIMUM, ...asNumber(least.value), ...asNumber(pages)];
      const section = Uint8Array.of(MEMORY_SECTION, ...asNumber(body.length), ...body);
      return joinBytes([wasm.subarray(0, at), section, wasm.subarray(end)]);
    }
    at = end;
  }
  throw new Error("The WebAssembly program has no memory of its own");
}

const HEADER_LENGTH = 8;
const MEMORY_SECTION = 5;
const HAS_MAXIMUM = 1;

/** A number of 7 bits a byte, the lowest first (LEB128). */
function readNumber(bytes: Uint8Array, from: number): { value: number; end: number } {
  let value = 0;
  for (let at = from, scale = 1;; at++, scale *= 128) {
    value += (bytes[at]! & 127) * scale;
    if (bytes[at]! < 128) return { value, end: at + 1 };
  }
}

function asNumber(value: number): readonly number[] {
  return value < 128 ? [value] : [value % 128 + 128, ...asNumber(Math.floor(value / 128))];
}
