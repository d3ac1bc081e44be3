/** Whether a picture's file is all there: cut, empty and lying files are known without decoding. */

import { checkBmp } from "./check/bmp.ts";
import { checkGif } from "./check/gif.ts";
import { checkHeif } from "./check/heif.ts";
import { checkJpeg } from "./check/jpeg.ts";
import { checkPng } from "./check/png.ts";
import { checkSvg } from "./check/svg.ts";
import { checkTiff } from "./check/tiff.ts";
import { checkWebp } from "./check/webp.ts";
import { identifyImage, type MediaType } from "./media_type.ts";

/**
 * What is wrong with the picture in `bytes` (a whole file), to end the sentence "The picture
 * is …", such as "cut short after 60 bytes: its end chunk (IEND) is missing"; undefined where
 * every part is there that the file itself declares. Pixels are not decoded. What follows the
 * end of a picture does no harm. Takes time linear in the bytes: 50 MB within 300 ms. Never
 * throws.
 */
export function checkImage(bytes: Uint8Array): string | undefined {
  const picture = identifyImage(bytes);
  if (!picture) return `no picture of a known format (${bytes.length} bytes)`;
  return CHECKS[picture.mediaType](bytes);
}

const CHECKS: Readonly<Record<MediaType, (bytes: Uint8Array) => string | undefined>> = {
  "image/png": checkPng,
  "image/jpeg": checkJpeg,
  "image/webp": checkWebp,
  "image/gif": checkGif,
  "image/bmp": checkBmp,
  "image/avif": checkHeif,
  "image/heic": checkHeif,
  "image/tiff": checkTiff,
  "image/svg+xml": checkSvg,
};
