/** Whether a picture can be seen through, as far as its first bytes tell without its pixels. */

import { identifyImage } from "./media_type.ts";
import { bigEndian, hasText, littleEndian } from "./read_bytes.ts";

/** Whether the file has no place for transparency; false where only the pixels tell. */
export function isSurelyOpaque(bytes: Uint8Array): boolean {
  switch (identifyImage(bytes)?.mediaType) {
    case "image/jpeg":
      return true;
    case "image/png":
      return isOpaquePng(bytes);
    case "image/webp":
      return isOpaqueWebp(bytes);
    default:
      return false;
  }
}

/** No alpha in its colour type, and no list of clear colours before its pixels. */
function isOpaquePng(bytes: Uint8Array): boolean {
  const hasAlpha = (bytes[25]! & 4) !== 0;
  for (let offset = 8; !hasAlpha && offset + 8 <= bytes.length;) {
    if (hasText(bytes, offset + 4, "tRNS")) return false;
    if (hasText(bytes, offset + 4, "IDAT")) return true;
    offset += 12 + bigEndian(bytes, offset, 4);
  }
  return false;
}

/** The flag of the extended header, or the one of a picture without loss. */
function isOpaqueWebp(bytes: Uint8Array): boolean {
  if (hasText(bytes, 12, "VP8X")) return (bytes[20]! & 0x10) === 0;
  if (hasText(bytes, 12, "VP8L")) return (littleEndian(bytes, 21, 4) >>> 28 & 1) === 0;
  return hasText(bytes, 12, "VP8 ");
}
