/** A picture in base64, which becomes bytes while its text comes. */

import { releaseBytes } from "../bytes.ts";
import { ImageError } from "../errors.ts";
import { MAX_INPUT_BYTES, tooManyBytes } from "./picture_source.ts";

/** What such a picture is called in sentences. */
export const DATA_URI = "The picture in the data URI";

/** Whether a text, or its beginning, is a data URI, or long and begins as pictures do in base64. */
export function isDataUri(text: string): boolean {
  return hasHead(text) || text.length > LONGEST_PATH && BARE.test(text.slice(0, 6));
}

/** Whether a text that is longer than any other, and begins so, can be nothing but a picture in base64. */
export function isPictureText(beginning: string): boolean {
  const head = beginning.slice(0, LONGEST_HEAD).trimStart();
  return PACKED.test(head) || BARE.test(head);
}

/**
 * A picture that is added as "data:image/png;base64,…" part by part, also with line breaks, escapes and
 * the alphabet of addresses, and without what stands before the comma. Little more than the picture
 * is held, and nothing of one that cannot be read or has more than `MAX_INPUT_BYTES`.
 */
export class PictureText {
  /** Told, once, when nobody needs it any more, nor its bytes that were taken. */
  onDrop: () => void = () => {};
  #bytes = new Uint8Array(SMALLEST_BUFFER);
  #length = 0;
  /** What stands before the comma, as far as it has come; undefined once it is over. */
  #head: string | undefined = "";
  /** Letters that make no whole bytes yet, and an escape that is not whole. */
  #rest = "";
  #isPadded = false;
  #problem: unknown;

  add(text: string): void {
    if (this.#problem !== undefined) return;
    try {
      this.#add(text);
    } catch (error) {
      this.drop(error);
    }
  }

  /** The whole picture, once, alone in its memory. @throws {ImageError} where it cannot be read or has too many bytes. */
  take(): Uint8Array<ArrayBuffer> {
    if (this.#problem !== undefined) throw this.#problem;
    if (this.#head !== undefined) throw unreadable();
    this.#write(this.#rest);
    const { buffer } = this.#bytes;
    // Memory that nothing was written to is none yet, and a large picture is better not copied.
    const isWorthCopy = buffer.byteLength > 2 * this.#length;
    const whole = buffer.transfer(isWorthCopy ? this.#length : undefined);
    this.#problem = gone();
    return new Uint8Array(whole, 0, this.#length);
  }

  /** Gives its memory back at once, where nobody has taken it; nobody can any more. */
  drop(problem: unknown = gone()): void {
    this.#problem ??= problem;
    releaseBytes(this.#bytes);
    const { onDrop } = this;
    this.onDrop = () => {};
    onDrop();
  }

  /** Never: where a document holds it, something else was wanted. @throws {ImageError} */
  toJSON(): never {
    throw new ImageError("invalid_parameters", "A picture in base64 stands where none is wanted");
  }

  #add(text: string): void {
    if (this.#head === undefined) return this.#decode(text);
    const known = (this.#head + text).trimStart();
    const comma = known.slice(0, LONGEST_HEAD + 1).indexOf(",");
    const isHead = hasHead(known) && comma < 0 && known.length <= LONGEST_HEAD;
    this.#head = isHead || known.length < SCHEME.length ? known : undefined;
    if (this.#head !== undefined) return;
    const isBase64 = !hasHead(known) || /;\s*base64\s*$/i.test(known.slice(0, Math.max(comma, 0)));
    if (!isBase64) throw unreadable();
    this.#decode(known.slice(hasHead(known) ? comma + 1 : 0));
  }

  #decode(text: string): void {
    const known = this.#rest + text;
    const end = /%[0-9a-f]?$/i.exec(known)?.index ?? known.length;
    const letters = known.slice(0, end).replace(ESCAPES, letterOf);
    const padding = letters.indexOf("=");
    const given = padding < 0 ? letters : letters.slice(0, padding);
    // Padding is left out at the end and put in by whoever wrote it, both alike.
    const isPadding = padding < 0 || !/[^=]/.test(letters.slice(padding));
    if (!isPadding || this.#isPadded && given !== "") throw unreadable();
    this.#isPadded ||= padding >= 0;
    const whole = this.#isPadded ? given.length : given.length - given.length % 4;
    this.#write(given.slice(0, whole));
    this.#rest = given.slice(whole) + known.slice(end);
  }

  /** Letters of either alphabet. */
  #write(letters: string): void {
    const alphabet = /[-_]/.test(letters) ? "base64url" : "base64";
    const needed = this.#length + Math.ceil(letters.length * 3 / 4);
    if (needed > MAX_INPUT_BYTES + LONGEST_GROUP) throw tooManyBytes(DATA_URI);
    if (needed > this.#bytes.length) {
      const room = Math.max(needed, this.#bytes.length * GROWTH);
      const most = Math.min(room, MAX_INPUT_BYTES + LONGEST_GROUP);
      this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(most));
    }
    try {
      const free = this.#bytes.subarray(this.#length);
      this.#length += free.setFromBase64(letters, { alphabet }).written;
    } catch {
      throw unreadable();
    }
    if (this.#length > MAX_INPUT_BYTES) throw tooManyBytes(DATA_URI);
  }
}

function hasHead(text: string): boolean {
  return text.slice(0, SCHEME.length).toLowerCase() === SCHEME;
}

function letterOf(escape: string): string {
  return LETTERS[escape.toLowerCase()] ?? "";
}

function gone(): ImageError {
  return new ImageError("image_not_found", "The picture came and is gone: send it again");
}

function unreadable(): ImageError {
  return new ImageError(
    "invalid_parameters",
    "The data URI cannot be read: write it as data:image/png;base64, followed by the picture in " +
      "base64, whole",
  );
}

const SCHEME = "data:";
const ESCAPES = /%(?:2b|2f|3d|0[ad])|\s+/gi;
const LETTERS: Readonly<Record<string, string>> = { "%2b": "+", "%2f": "/", "%3d": "=" };
const PACKED = /^data:[^,]*;\s*base64\s*,/i;
/** PNG, JPEG, WebP or GIF. */
const BARE = /^(iVBOR|\/9j\/|UklGR|R0lGOD)/;
/** In characters; base64 is longer. */
const LONGEST_PATH = 4096;
const LONGEST_HEAD = 200;
/** In bytes. */
const SMALLEST_BUFFER = 65_536;
const GROWTH = 8;
const LONGEST_GROUP = 3;
