/** A picture in base64, which becomes bytes while its text comes. */

import { ImageError } from "../errors.ts";
import { MAX_INPUT_BYTES, tooManyBytes } from "./picture_source.ts";

/** What such a picture is called in sentences. */
export const DATA_URI = "The picture in the data URI";

/** Whether a text, or its beginning, is a data URI, or long and begins as pictures do in base64. */
export function isDataUri(text: string): boolean {
  return hasHead(text) || text.length > LONGEST_PATH && BARE.test(text.slice(0, 6));
}

/**
 * Takes "data:image/png;base64,…" part by part, also with line breaks, escapes and the alphabet of
 * addresses, and without what stands before the comma. Little more than the picture is held.
 * Every method @throws {ImageError} where it cannot be read, or has more than `MAX_INPUT_BYTES`.
 */
export class DataUriReader {
  #bytes = new Uint8Array(SMALLEST_BUFFER);
  #length = 0;
  /** What stands before the comma, as far as it has come; undefined once it is over. */
  #head: string | undefined = "";
  /** Letters that make no whole bytes yet, and an escape that is not whole. */
  #rest = "";
  #isPadded = false;

  add(text: string): void {
    if (this.#head === undefined) return this.#decode(text);
    const known = this.#head + text;
    const comma = known.slice(0, LONGEST_HEAD + 1).indexOf(",");
    const isHead = hasHead(known) && comma < 0 && known.length <= LONGEST_HEAD;
    this.#head = isHead || known.length < SCHEME.length ? known : undefined;
    if (this.#head !== undefined) return;
    const isBase64 = !hasHead(known) || /;\s*base64\s*$/i.test(known.slice(0, Math.max(comma, 0)));
    if (!isBase64) throw unreadable();
    this.#decode(known.slice(hasHead(known) ? comma + 1 : 0));
  }

  /** The whole picture, once. */
  end(): Uint8Array<ArrayBuffer> {
    if (this.#head !== undefined) throw unreadable();
    this.#write(this.#rest);
    return new Uint8Array(this.#bytes.buffer.transfer(this.#length));
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
    const needed = this.#length + Math.ceil(letters.length * 3 / 4);
    if (needed > MAX_INPUT_BYTES + LONGEST_GROUP) throw tooManyBytes(DATA_URI);
    if (needed > this.#bytes.length) {
      const room = Math.min(this.#bytes.length * 2, MAX_INPUT_BYTES + LONGEST_GROUP);
      this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(Math.max(needed, room)));
    }
    const alphabet = /[-_]/.test(letters) ? "base64url" : "base64";
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
/** PNG, JPEG, WebP or GIF. */
const BARE = /^(iVBOR|\/9j\/|UklGR|R0lGOD)/;
/** In characters; base64 is longer. */
const LONGEST_PATH = 4096;
const LONGEST_HEAD = 200;
/** In bytes. */
const SMALLEST_BUFFER = 65_536;
const LONGEST_GROUP = 3;
