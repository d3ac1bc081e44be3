/** Pictures that came as data in a call: nobody else has their bytes. */

import { releaseBytes } from "../../bytes.ts";
import type { FoundPicture } from "../../service/image_service.ts";
import type { PictureText } from "../../service/uploads.ts";

/**
 * Gives the memory of a picture back at the end of its call where it came with that, since the collector
 * would let several of 25 MB lie. `named` is what the call named it by.
 */
export function heldFor(named: string | PictureText, { bytes }: FoundPicture): Disposable {
  return {
    [Symbol.dispose]() {
      if (typeof named !== "string") releaseBytes(bytes);
    },
  };
}
