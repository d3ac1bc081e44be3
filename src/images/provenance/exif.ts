/** The one field of EXIF that tells how a picture was made: the user's comment. */

import { joinBytes } from "../../bytes.ts";
import { bigEndian, hasText, littleEndian, textAt } from "../read_bytes.ts";

/** EXIF, from its byte order on, with nothing but that comment, as Stable Diffusion's tools read it. */
export function exifWithComment(text: string): Uint8Array<ArrayBuffer> {
  const letters = new Uint8Array(text.length * 2);
  const view = new DataView(letters.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i));
  const comment = joinBytes([new TextEncoder().encode("UNICODE\0"), letters]);
  const header = new DataView(new ArrayBuffer(COMMENT_AT));
  header.setUint32(0, 0x4d4d002a); // "MM", the larger byte first
  header.setUint32(4, 8);
  entry(8, EXIF_DIRECTORY, LONG, 1, 26);
  entry(26, USER_COMMENT, UNDEFINED, comment.length, COMMENT_AT);
  return joinBytes([new Uint8Array(header.buffer), comment]);

  /** A directory of one entry, after which there is no other. */
  function entry(at: number, tag: number, type: number, count: number, value: number) {
    header.setUint16(at, 1);
    header.setUint16(at + 2, tag);
    header.setUint16(at + 4, type);
    header.setUint32(at + 6, count);
    header.setUint32(at + 10, value);
  }
}

/** The user's comment of at most `most` bytes; undefined where there is none; never throws. */
export function commentInExif(exif: Uint8Array, most: number): string | undefined {
  const isLittle = hasText(exif, 0, "II");
  if (!isLittle && !hasText(exif, 0, "MM")) return undefined;
  const number = isLittle ? littleEndian : bigEndian;
  const directory = find(number(exif, 4, 4), EXIF_DIRECTORY);
  const comment = directory && find(directory.value, USER_COMMENT);
  if (!comment || comment.count > most) return undefined;
  const bytes = exif.subarray(comment.value + 8, comment.value + comment.count);
  const kind = textAt(exif, comment.value, 8);
  if (kind === "UNICODE\0") return utf16(bytes, isLittle);
  return kind.startsWith("ASCII") || /^\0+$/.test(kind)
    ? new TextDecoder().decode(bytes)
    : undefined;

  function find(at: number, tag: number) {
    const count = Math.min(number(exif, at, 2), MOST_ENTRIES);
    for (let i = 0; i < count; i++) {
      const entry = at + 2 + i * 12;
      if (number(exif, entry, 2) !== tag) continue;
      return { count: number(exif, entry + 4, 4), value: number(exif, entry + 8, 4) };
    }
  }
}

/** Writers differ in whether the comment follows the file's byte order: blanks tell. */
function utf16(bytes: Uint8Array, isLittle: boolean): string {
  const zeros = [0, 0];
  for (let i = 0; i < Math.min(bytes.length, 400); i++) if (bytes[i] === 0) zeros[i % 2]!++;
  const [even = 0, odd = 0] = zeros;
  const isLittleText = even === odd ? isLittle : odd > even;
  return new TextDecoder(isLittleText ? "utf-16le" : "utf-16be").decode(bytes);
}

const EXIF_DIRECTORY = 0x8769;
const USER_COMMENT = 0x9286;
const LONG = 4;
const UNDEFINED = 7;
const COMMENT_AT = 44;
const MOST_ENTRIES = 200;
