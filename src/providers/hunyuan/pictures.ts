/** Pictures that come in, as Tencent Cloud takes them: in base64, within a request of 10 MB. */

import { ImageError } from "../../errors.ts";
import type { InputImage, InputRules } from "../provider.ts";

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

/** Each picture in base64. @throws {ImageError} where they are more than one request may carry. */
export function base64Of(pictures: readonly InputImage[]): readonly string[] {
  const total = pictures.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (total <= MAX_TOTAL_BYTES) return pictures.map(({ bytes }) => bytes.toBase64());
  throw new ImageError(
    "invalid_parameters",
    `Tencent Hunyuan takes pictures of at most ${MAX_TOTAL_BYTES} bytes together in one request, ` +
      `and these have ${total}: pass fewer or smaller ones`,
    { provider: "hunyuan", images: pictures.length, size_bytes: total, max_bytes: MAX_TOTAL_BYTES },
  );
}

/** A signed request may have 10 MB (vendor's documents of the API 3.0), 100 kB of them for words. */
const MAX_TOTAL_BYTES = 7_400_000;
