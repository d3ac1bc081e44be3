/** AVIF and HEIC: boxes and the pieces of pictures lie within the file (ISO/IEC 14496-12). */

import { type Box, boxesOf } from "../boxes.ts";
import { bigEndian } from "../read_bytes.ts";
import { cutShort, damaged } from "./damage.ts";

export function checkHeif(bytes: Uint8Array): string | undefined {
  const boxes = [...boxesOf(bytes, 0, bytes.length)];
  const long = boxes.find(({ declaredEnd }) => declaredEnd > bytes.length);
  if (long) return cutShort(bytes, `its box ends at byte ${long.declaredEnd}`);
  const meta = boxes.find(({ type }) => type === "meta");
  if (!meta && !boxes.some(({ type }) => type === "moov")) {
    return cutShort(bytes, "its description (meta) is missing");
  }
  return meta && checkMeta(bytes, meta);
}

function checkMeta(bytes: Uint8Array, meta: Box): string | undefined {
  const parts = [...boxesOf(bytes, meta.start + 4, meta.end)];
  if (parts.some(({ declaredEnd }) => declaredEnd > meta.end)) {
    return damaged("a part of its description is longer than it");
  }
  const places = parts.find(({ type }) => type === "iloc");
  if (!places) return damaged("it says nowhere where its picture lies (iloc)");
  return checkPlaces(bytes, places);
}

/** The item location box: which bytes of the file each item is made of. */
function checkPlaces(bytes: Uint8Array, { start, end }: Box): string | undefined {
  const box = bytes.subarray(0, end);
  const version = box[start] ?? 0;
  const [offsetSize, lengthSize] = halves(box[start + 4]);
  const [baseSize, indexSize] = halves(box[start + 5]);
  const countSize = version < 2 ? 2 : 4;
  const isEmpty = offsetSize + lengthSize === 0; // each piece is then the whole file
  let at = start + 6;
  const take = (size: number): number => {
    at += size;
    return size === 0 ? 0 : bigEndian(box, at - size, size);
  };
  const items = take(countSize);
  for (let item = 0; item < items; item++) {
    take(countSize); // the item's number
    const method = version > 0 ? take(2) & 0xf : 0;
    take(2); // which file, this one
    const base = take(baseSize);
    const pieces = take(2) * (isEmpty ? 0 : 1);
    for (let piece = 0; piece < pieces; piece++) {
      if (version > 0) take(indexSize);
      const last = base + take(offsetSize) + take(lengthSize);
      if (Number.isNaN(last)) break;
      if (method === 0 && last > bytes.length) {
        return cutShort(bytes, `a piece of its picture ends at byte ${last}`);
      }
    }
    if (at > end) return damaged("its list of pieces (iloc) is longer than its box");
  }
  return items > 0 ? undefined : damaged("it holds no picture data");
}

function halves(byte = 0): readonly [number, number] {
  return [byte >>> 4, byte & 0xf];
}
