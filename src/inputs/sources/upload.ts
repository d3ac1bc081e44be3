/** Pictures that came by an upload link or from a program, each for the person who asked for it. */

import { ImageError, shown } from "../../errors.ts";
import type { PictureSource } from "../picture_source.ts";

/** "upload_…" or "image://upload_…". */
export const upload: PictureSource = {
  matches: (text) => text.length <= LONGEST && NAMED.test(text),
  async read(text, { owner }, { storage, now }) {
    const id = text.replace(/^image:\/\//i, "").replace(/\/$/, "");
    const { uploads, inputs } = await storage.records();
    const found = await uploads.find(id, owner);
    if (!found) throw unknownUpload(id);
    const { picture, expiresAt } = found;
    if (!picture) throw expiresAt > now ? notYet(id) : expired(id);
    const bytes = await storage.inputs.get(picture.hash);
    if (!bytes) throw unknownUpload(id);
    // It stays for as long as what was made from it.
    await uploads.noteUse(id, owner, now);
    await inputs.note([{ ...picture, role: "base" }], now);
    return { bytes, name: `Upload ${id}`, told: picture.told };
  },
};

/** For an id that was never given, is another person's, or is forgotten, all alike. */
export function unknownUpload(id: string): ImageError {
  return new ImageError(
    "image_not_found",
    `Upload ${shown(id)} is not known here, or was deleted because nothing was made from it ` +
      "within a day: upload the picture again",
    { upload_id: id },
  );
}

function notYet(id: string): ImageError {
  return new ImageError(
    "image_not_found",
    `No picture has come for ${id} yet: wait for it with get_upload`,
    { upload_id: id },
  );
}

function expired(id: string): ImageError {
  return new ImageError(
    "image_not_found",
    `The link of ${id} expired before a picture came: ask for another with create_upload_link`,
    { upload_id: id },
  );
}

const NAMED = /^(image:\/\/)?upload_[\w-]+\/?$/i;
const LONGEST = 300;
