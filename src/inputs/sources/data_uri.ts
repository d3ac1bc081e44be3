/** Pictures that come in the text itself. */

import { ImageError } from "../../errors.ts";
import { MAX_INPUT_BYTES, type PictureSource, tooManyBytes } from "../picture_source.ts";

const NAME = "The picture in the data URI";

/**
 * "data:image/png;base64,…", also with line breaks, escapes and the alphabet of addresses, and
 * without its beginning where what follows is long and begins as pictures do. What it says of its
 * type is not asked.
 */
export const dataUri: PictureSource = {
  matches: (text) => /^data:/i.test(text.slice(0, 5)) || isBareBase64(text),
  read: (text) => Promise.resolve({ bytes: decoded(text), name: NAME }),
};

function decoded(text: string): Uint8Array<ArrayBuffer> {
  const comma = /^data:/i.test(text.slice(0, 5)) ? text.indexOf(",") : -1;
  const head = text.slice(0, Math.max(comma, 0));
  const isBase64 = head === "" || /;\s*base64\s*$/i.test(head);
  if (!isBase64 || head.length > LONGEST_HEAD) throw unreadable();
  const packed = text.length - comma - 1;
  if (packed > LONGEST) throw tooManyBytes(NAME);
  // Padding is left out at the end and put in by whoever wrote it, both alike.
  const letters = text.slice(comma + 1).replace(/%3d/gi, "=").replace(/%2b/gi, "+")
    .replace(/%2f/gi, "/").replace(/%0[ad]|\s/gi, "").replace(/=+$/, "")
    .replaceAll("-", "+").replaceAll("_", "/");
  const bytes = bytesOf(letters);
  if (bytes.length > MAX_INPUT_BYTES) throw tooManyBytes(NAME, bytes.length);
  return bytes;
}

function bytesOf(letters: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.fromBase64(letters);
  } catch {
    throw unreadable();
  }
}

function unreadable(): ImageError {
  return new ImageError(
    "invalid_parameters",
    "The data URI cannot be read: write it as data:image/png;base64, followed by the picture in " +
      "base64, whole",
  );
}

/** PNG, JPEG, WebP or GIF in base64; a path is never that long. */
function isBareBase64(text: string): boolean {
  return text.length > LONGEST_PATH && /^(iVBOR|\/9j\/|UklGR|R0lGOD)/.test(text.slice(0, 6));
}

/** In characters; with room for line breaks and escapes. */
const LONGEST = Math.ceil(MAX_INPUT_BYTES / 3) * 4 * 1.2;
const LONGEST_HEAD = 200;
const LONGEST_PATH = 4096;
