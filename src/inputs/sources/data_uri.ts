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
  read: async (text) => ({ bytes: await decoded(text), name: NAME }),
};

async function decoded(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const comma = /^data:/i.test(text.slice(0, 5)) ? text.indexOf(",") : -1;
  const head = text.slice(0, Math.max(comma, 0));
  const isBase64 = head === "" || /;\s*base64\s*$/i.test(head);
  if (!isBase64 || head.length > LONGEST_HEAD) throw unreadable();
  const packed = text.length - comma - 1;
  if (packed > LONGEST) throw tooManyBytes(NAME);
  const bytes = await bytesOf(text, comma + 1).catch(() => Promise.reject(unreadable()));
  if (bytes.length > MAX_INPUT_BYTES) throw tooManyBytes(NAME, bytes.length);
  return bytes;
}

/**
 * What base64 from `begin` on stands for, taken piece by piece, so that nobody else waits for a
 * large picture. @throws {SyntaxError}
 */
async function bytesOf(text: string, begin: number): Promise<Uint8Array<ArrayBuffer>> {
  // Padding is left out at the end and put in by whoever wrote it, both alike.
  const tail = text.slice(Math.max(begin, text.length - LONGEST_PADDING));
  const end = text.length - (/(?:=|%3d|%0[ad]|\s)+$/i.exec(tail)?.[0].length ?? 0);
  const bytes = new Uint8Array(Math.floor((end - begin) * 3 / 4));
  let length = 0;
  let rest = "";
  for (let at = begin; at < end;) {
    const next = endOfPiece(text, at, end);
    const letters = rest + text.slice(at, next).replace(ESCAPES, letterOf);
    const whole = next < end ? letters.length - letters.length % 4 : letters.length;
    length += decodeInto(bytes.subarray(length), letters.slice(0, whole));
    rest = letters.slice(whole);
    at = next;
    if (at < end) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return length === bytes.length ? bytes : bytes.slice(0, length);
}

/** Where a piece ends that cuts no escape in two. */
function endOfPiece(text: string, at: number, end: number): number {
  const next = at + PIECE;
  if (next >= end) return end;
  const escape = text.slice(next - 2, next).lastIndexOf("%");
  return escape < 0 ? next : next - 2 + escape;
}

const ESCAPES = /%(?:2b|2f|0[ad])|\s+/gi;

function letterOf(escape: string): string {
  return { "%2b": "+", "%2f": "/" }[escape.toLowerCase()] ?? "";
}

/** Writes what the letters of either alphabet stand for, and tells how many bytes that are. */
function decodeInto(bytes: Uint8Array<ArrayBuffer>, letters: string): number {
  if (letters.includes("=")) throw new SyntaxError("Padding stands at the end alone");
  const alphabet = /[-_]/.test(letters) ? "base64url" : "base64";
  return bytes.setFromBase64(letters, { alphabet }).written;
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
/** Letters that are decoded in one go, which takes some milliseconds. */
const PIECE = 256 * 1024;
const LONGEST_PADDING = 100;
const LONGEST_HEAD = 200;
const LONGEST_PATH = 4096;
