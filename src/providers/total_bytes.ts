/** Pictures that come in, all of one request together. */

import { ImageError } from "../errors.ts";
import type { InputImage } from "./provider.ts";

/**
 * `title` is the vendor's name for people.
 * @throws {ImageError} where the pictures have more than `most` bytes together.
 */
export function checkTotalBytes(
  title: string,
  pictures: readonly InputImage[],
  most: number,
): void {
  const total = pictures.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (total <= most) return;
  throw new ImageError(
    "invalid_parameters",
    `${title} takes pictures of at most ${most} bytes together in one request, and these have ` +
      `${total}: pass fewer or smaller ones`,
    { images: pictures.length, size_bytes: total, max_bytes: most },
  );
}
