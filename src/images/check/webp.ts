/** WebP: the declared lengths of the file, its chunks and its frames (RFC 9649). */

import { hasText, littleEndian } from "../read_bytes.ts";
import { cutShort, damaged } from "./damage.ts";

export function checkWebp(bytes: Uint8Array): string | undefined {
  const end = 8 + littleEndian(bytes, 4, 4);
  // Writers disagree on whether the last padding byte counts.
  if (end > bytes.length + 1) return cutShort(bytes, `it declares ${end} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const last = Math.min(end, bytes.length) - CHUNK_FRAME;
  let hasPixels = false;
  for (let offset = 12; offset <= last;) {
    const check = PIXEL_CHUNKS.get(view.getUint32(offset, true));
    const length = view.getUint32(offset + 4, true);
    const start = offset + CHUNK_FRAME;
    if (start + length > Math.min(end, bytes.length)) {
      return damaged(`its chunk at byte ${offset} declares more bytes than the file`);
    }
    const wrong = check?.(bytes, start, length);
    if (wrong) return damaged(wrong);
    hasPixels ||= check !== undefined;
    offset = start + length + length % 2;
  }
  return hasPixels ? undefined : damaged("it holds no picture data");
}

/** The first partition's length lies in the frame's tag. */
function checkLossy(bytes: Uint8Array, start: number, length: number): string | undefined {
  const partition = littleEndian(bytes, start, 3) >>> 5;
  if (length < 10 || !hasText(bytes, start + 3, "\x9d\x01\x2a")) return "its frame has no header";
  return partition > length - 10 ? "its first partition is longer than its frame" : undefined;
}

function checkLossless(bytes: Uint8Array, start: number, length: number): string | undefined {
  return length < 6 || bytes[start] !== 0x2f ? "its frame has no header" : undefined;
}

/** A frame of an animation: sixteen bytes of place and time, then chunks of its own. */
function checkAnimationFrame(
  bytes: Uint8Array,
  start: number,
  length: number,
): string | undefined {
  let hasPixels = false;
  const end = start + length;
  for (let offset = start + FRAME_HEADER; offset + CHUNK_FRAME <= end;) {
    const inner = littleEndian(bytes, offset + 4, 4);
    if (offset + CHUNK_FRAME + inner > end) return "a chunk of its animation is longer than it";
    hasPixels ||= hasText(bytes, offset, "VP8 ") || hasText(bytes, offset, "VP8L");
    offset += CHUNK_FRAME + inner + inner % 2;
  }
  return hasPixels ? undefined : "a frame of its animation is empty";
}

const CHUNK_FRAME = 8;
const FRAME_HEADER = 16;
/** By type as a number, since a file may hold millions of chunks: "VP8 ", "VP8L" and "ANMF". */
const PIXEL_CHUNKS: ReadonlyMap<
  number,
  (bytes: Uint8Array, start: number, length: number) => string | undefined
> = new Map([
  [0x20385056, checkLossy],
  [0x4c385056, checkLossless],
  [0x464d4e41, checkAnimationFrame],
]);
