/** Texts inside PNG files. */

import { crc32, inflateSync } from "node:zlib";
import { joinBytes } from "../../bytes.ts";
import type { Block } from "./blocks.ts";

/**
 * A chunk that keeps a text under a keyword (1 to 79 Latin letters). iTXt holds any language; plain
 * text goes to the older tEXt, which every reader knows, unless `isInternational`.
 */
export function textChunk(
  keyword: string,
  text: string,
  { isInternational = false } = {},
): Uint8Array<ArrayBuffer> {
  const isPlain = !isInternational && /^[\x20-\x7e\n]*$/.test(text);
  const words = text.replaceAll("\0", "");
  const content = isPlain ? `tEXt${keyword}\0${words}` : `iTXt${keyword}\0\0\0\0\0${words}`;
  const body = new TextEncoder().encode(content);
  const frame = new DataView(new ArrayBuffer(8));
  frame.setUint32(0, body.length - 4);
  frame.setUint32(4, crc32(body));
  const [length, checksum] = [0, 4].map((at) => new Uint8Array(frame.buffer, at, 4));
  return joinBytes([length!, body, checksum!]);
}

export interface PngText {
  readonly keyword: string;
  /** Undefined where it is longer than is read, or damaged. */
  readonly text: string | undefined;
}

/** What such a chunk keeps, where it has at most `most` bytes, unpacked. Never throws. */
export function readTextChunk({ content, chunk }: Block, most: number): PngText {
  const end = content.subarray(0, LONGEST_KEYWORD + 1).indexOf(0);
  if (end < 0) return { keyword: "", text: undefined };
  const keyword = LATIN.decode(content.subarray(0, end));
  const rest = content.subarray(end + 1);
  if (chunk === "tEXt") return { keyword, text: decoded(LATIN, rest, most) };
  if (chunk === "zTXt") {
    return { keyword, text: decoded(LATIN, unpacked(rest.subarray(1), most), most) };
  }
  const language = rest.indexOf(0, 2);
  const translated = language < 0 ? -1 : rest.indexOf(0, language + 1);
  if (translated < 0) return { keyword, text: undefined };
  const packed = rest.subarray(translated + 1);
  const words = rest[0] === 1 ? unpacked(packed, most) : packed;
  return { keyword, text: decoded(UTF_8, words, most) };
}

/** A packed bomb is left as soon as it has unpacked `most` bytes. */
function unpacked(packed: Uint8Array, most: number): Uint8Array | undefined {
  try {
    return inflateSync(packed, { maxOutputLength: most });
  } catch {
    return undefined;
  }
}

function decoded(decoder: TextDecoder, bytes: Uint8Array | undefined, most: number) {
  return bytes && bytes.length <= most ? decoder.decode(bytes) : undefined;
}

const LATIN = new TextDecoder("latin1");
const UTF_8 = new TextDecoder();
const LONGEST_KEYWORD = 79;
