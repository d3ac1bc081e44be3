/** What is said of pictures that cannot be had. */

import { ImageError, messageOf } from "../errors.ts";
import { OutsideStore } from "./image_store.ts";

/** About bytes of a vendor that are none. */
export function noPicture(provider: string, length: number): ImageError {
  return new ImageError(
    "decode_failed",
    `What ${provider} sent is not a picture (${length} bytes of no known format)`,
    { provider, size_bytes: length },
  );
}

/** About a file that is there and is not given. */
export function unreadable(
  error: unknown,
  id: string,
  details: Record<string, unknown>,
): ImageError {
  if (error instanceof OutsideStore) {
    return new ImageError(
      "path_outside_save_dir",
      `The file of picture '${id}' lies outside the save directory and is not read`,
      { image_id: id },
    );
  }
  return new ImageError(
    "read_failed",
    `The file of picture '${id}' cannot be read: ${messageOf(error)}`,
    details,
    { cause: error },
  );
}
