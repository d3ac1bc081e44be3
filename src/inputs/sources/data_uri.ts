/** Pictures that come in the text itself. */

import { sleep } from "../../sleep.ts";
import { DATA_URI, isDataUri, PictureText } from "../picture_text.ts";
import { MAX_INPUT_BYTES, type PictureSource, tooManyBytes } from "../picture_source.ts";

/**
 * "data:image/png;base64,…", or base64 alone where it is long and begins as pictures do. What it
 * says of its type is not asked.
 */
export const dataUri: PictureSource = {
  matches: isDataUri,
  async read(text) {
    if (text.length > LONGEST) throw tooManyBytes(DATA_URI);
    const picture = new PictureText();
    for (let at = 0; at < text.length; at += PIECE) {
      picture.add(text.slice(at, at + PIECE));
      // Nobody else waits for a large picture.
      if (at + PIECE < text.length) await sleep(0);
    }
    return { bytes: picture.take(), name: DATA_URI };
  },
};

/** In characters; with room for line breaks and escapes. */
const LONGEST = Math.ceil(MAX_INPUT_BYTES / 3) * 4 * 1.2;
/** Letters that are decoded in one go, which takes some milliseconds. */
const PIECE = 256 * 1024;
