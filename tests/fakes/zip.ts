/** What a vendor finds in an archive that it is sent. */

import { unzipSync } from "fflate";
import { identifyImage } from "../../src/images/media_type.ts";

/** The pictures in a ZIP whose names end as their bytes are; none where it is no ZIP, or holds anything else. */
export function picturesInZip(bytes: Uint8Array | undefined): Uint8Array[] {
  if (!bytes) return [];
  try {
    const files = Object.entries(unzipSync(bytes));
    const isRight = files.every(([name, file]) =>
      identifyImage(file)?.mediaType === `image/${name.split(".").at(-1)}`
    );
    return isRight ? files.map(([, file]) => file) : [];
  } catch {
    return [];
  }
}
