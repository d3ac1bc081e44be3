/** Pictures that come in, as Tencent Cloud takes them: in base64, within a request of 10 MB. */

import type { InputImage, InputRules } from "../provider.ts";
import { checkTotalBytes } from "../total_bytes.ts";

/**
 * Bounds of each picture: `megabytes` of base64, sides of more than 50 and less than 5000 pixels
 * (vendor's API reference, 1668/88066, 113698, 113745 and 124632, read 2026-11-25).
 */
export function inputRules(
  megabytes: number,
  { maxImages, roles }: Pick<InputRules, "maxImages" | "roles">,
): InputRules {
  return {
    maxImages,
    roles,
    mediaTypes: ["png", "jpeg", "webp", "bmp", "tiff"].map((name) => `image/${name}`),
    maxBytes: Math.floor(megabytes * 1_000_000 / 4) * 3 - 3,
    minSide: 51,
    maxSide: 4999,
  };
}

/** Each picture, to be sent in base64. @throws {ImageError} where they are more than one request may carry. */
export function bytesOf(pictures: readonly InputImage[]): readonly Uint8Array[] {
  checkTotalBytes("Tencent Hunyuan", pictures, MAX_TOTAL_BYTES);
  return pictures.map(({ bytes }) => bytes);
}

/** A signed request may have 10 MB (vendor's documents of the API 3.0), 100 kB of them for words. */
const MAX_TOTAL_BYTES = 7_400_000;
