/** Keeps words inside PNG files. */

import { crc32 } from "node:zlib";
import { joinBytes } from "../../bytes.ts";

/** The file with texts stored in it, by keyword (1 to 79 Latin letters). */
export function withTexts(
  png: Uint8Array,
  texts: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const chunks = Object.entries(texts).map(([keyword, text]) => textChunk(keyword, text));
  return joinBytes([png.subarray(0, HEADER_END), ...chunks, png.subarray(HEADER_END)]);
}

/** The signature and the first chunk, which must stay the first. */
const HEADER_END = 8 + 25;

/** iTXt holds any language; Latin text goes to the older tEXt, which every reader knows. */
function textChunk(keyword: string, text: string): Uint8Array {
  if (/^[\x20-\x7e]*$/.test(text)) return chunk("tEXt", `${keyword}\0${text}`);
  return chunk("iTXt", `${keyword}\0\0\0\0\0${text.replaceAll("\0", "")}`);
}

function chunk(type: string, text: string): Uint8Array {
  const body = new TextEncoder().encode(type + text);
  const bytes = new Uint8Array(body.length + 8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, body.length - 4);
  bytes.set(body, 4);
  view.setUint32(body.length + 4, crc32(body));
  return bytes;
}
