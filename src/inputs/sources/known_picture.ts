/** Pictures that were made here, each for the person it belongs to. */

import { ImageError, shown } from "../../errors.ts";
import { isNewest } from "../../requests/newest.ts";
import type { PictureSource } from "../picture_source.ts";

/** "img_…", "image://img_…", or "last" and the like for the reader's newest. */
export const knownPicture: PictureSource = {
  matches: (text) => text.length <= LONGEST && (NAMED.test(text) || isNewest(text)),
  async read(text, { owner, access: { recordSeconds } }, { images }) {
    const isLast = isNewest(text);
    const id = isLast ? await images.newestId(owner) : idIn(text);
    const picture = id === undefined ? undefined : await images.find(id, owner, recordSeconds);
    if (!picture) throw isLast ? noneYet() : unknown(idIn(text));
    const bytes = await images.readRecent(picture);
    return { bytes, name: `Picture ${picture.id}`, imageId: picture.id };
  },
};

const NAMED = /^(image:\/\/.+|img_[\w-]+)$/i;
const LONGEST = 300;

function idIn(text: string): string {
  return text.replace(/^image:\/\//i, "").replace(/\/$/, "");
}

function unknown(id: string): ImageError {
  return new ImageError(
    "image_not_found",
    `Picture ${shown(id)} is not known here or its record has expired (MCP_IMAGE_RECORD_TTL): ` +
      "pass its path, its address or another picture",
    { image_id: id },
  );
}

function noneYet(): ImageError {
  return new ImageError(
    "image_not_found",
    "There is no last picture: none was made here that is still known (MCP_IMAGE_RECORD_TTL)",
  );
}
