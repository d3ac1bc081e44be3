/** JSON that brings pictures: their base64 becomes bytes without ever being text. */

import { ImageError } from "../errors.ts";
import { parsedJson } from "../json.ts";

/** A document and the text that it was, both without the pictures. */
export interface PictureJson {
  /** Undefined where it is no JSON. Each long base64 text in it is a Uint8Array instead. */
  readonly document: unknown;
  readonly text: string;
  /** A part of that text, such as an event of a stream, as a document; undefined where it is no JSON. */
  readonly read: (text: string) => unknown;
}

/**
 * Reads a document in which every base64 text of at least 64 KB becomes bytes. As texts, a picture
 * would take four times its size for a while, since what was text goes only when the collector comes.
 * `bytes` is empty afterwards.
 */
export function readPictureJson(bytes: Uint8Array<ArrayBuffer>): PictureJson {
  const mark = `picture-${crypto.randomUUID()}-`;
  const pictures: Uint8Array<ArrayBuffer>[] = [];
  const pieces: string[] = [];
  const decoder = new TextDecoder();
  let taken = 0;
  for (const [start, end] of longTexts(bytes)) {
    const picture = decoded(bytes.subarray(start, end));
    if (!picture) continue;
    pieces.push(decoder.decode(bytes.subarray(taken, start)), mark + pictures.length);
    pictures.push(picture);
    taken = end;
  }
  pieces.push(decoder.decode(bytes.subarray(taken)));
  bytes.buffer.transfer(0);
  const text = pieces.join("");
  const withPictures = (_key: string, value: unknown) =>
    typeof value === "string" && value.startsWith(mark)
      ? pictures[Number(value.slice(mark.length))]
      : value;
  const read = (part: string) => parsedJson(part, pictures.length > 0 ? withPictures : undefined);
  return { document: read(text), text, read };
}

/** The same for a document in which no pictures are expected: all texts stay texts. */
export function readPlainJson(bytes: Uint8Array): PictureJson {
  const text = new TextDecoder().decode(bytes);
  return { document: parsedJson(text), text, read: (part) => parsedJson(part) };
}

/** A picture out of such a document, short ones still being text. @throws {SyntaxError} */
export function pictureBytes(data: PictureData): Uint8Array<ArrayBuffer> {
  return typeof data === "string" ? Uint8Array.fromBase64(data) : data;
}

/** The same, of the vendor `title`. @throws {ImageError} `decode_failed` where it is no base64. */
export function decodedPicture(
  data: PictureData,
  title: string,
  provider: string,
): Uint8Array<ArrayBuffer> {
  try {
    return pictureBytes(data);
  } catch (cause) {
    throw new ImageError(
      "decode_failed",
      `${title}'s picture is not valid base64 and cannot be read. Ask again`,
      { provider },
      { cause },
    );
  }
}

/** What stands in such a document where a picture is. */
export type PictureData = string | Uint8Array<ArrayBuffer>;

const SHORTEST_PICTURE = 65_536;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Where the contents of long texts begin and end. */
function* longTexts(bytes: Uint8Array): Generator<readonly [start: number, end: number]> {
  for (let quote = bytes.indexOf(QUOTE); quote >= 0;) {
    const start = quote + 1;
    let end = bytes.indexOf(QUOTE, start);
    while (end > 0 && isEscaped(bytes, end)) end = bytes.indexOf(QUOTE, end + 1);
    if (end < 0) return;
    if (end - start >= SHORTEST_PICTURE) yield [start, end];
    quote = bytes.indexOf(QUOTE, end + 1);
  }
}

/** Whether an odd number of backslashes stands before it. */
function isEscaped(bytes: Uint8Array, offset: number): boolean {
  let before = offset;
  while (bytes[before - 1] === BACKSLASH) before--;
  return (offset - before) % 2 === 1;
}

/** In pieces, so that the texts on the way are small; undefined where it is no base64. */
function decoded(base64: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const decoder = new TextDecoder("latin1");
  const padding = base64.at(-2) === PAD ? 2 : base64.at(-1) === PAD ? 1 : 0;
  const bytes = new Uint8Array(Math.floor((base64.length - padding) * 3 / 4));
  let length = 0;
  try {
    for (let start = 0; start < base64.length; start += PIECE) {
      const piece = decoder.decode(base64.subarray(start, start + PIECE));
      const { read, written } = bytes.subarray(length).setFromBase64(piece);
      if (read < piece.length) return undefined;
      length += written;
    }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return length === bytes.length ? bytes : undefined;
}

const PAD = 0x3d;
/** Characters; a multiple of four. */
const PIECE = 65_536;
