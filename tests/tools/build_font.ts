/**
 * Packs the letters the placeholder's captions are drawn with.
 *
 *     deno run -A tests/tools/build_font.ts UNIFONT.HEX
 *
 * UNIFONT.HEX is GNU Unifont's own source, one glyph a line as "CODE:BITMAP" (Debian's package
 * "unifont" has it as /usr/share/unifont/unifont.hex). The same input gives the same asset, byte
 * for byte. The asset is the licence, a blank line, and one line of Base64: a Brotli stream of
 *
 *     the characters 8 pixels wide, in order, as UTF-8, and a line feed
 *     the characters 16 pixels wide, in order, as UTF-8, and a line feed
 *     the narrow glyphs: 16 rows of one byte
 *     the wide glyphs: 16 left bytes, then 16 right bytes, which packs a quarter smaller than rows
 */

import { Buffer } from "node:buffer";
import { brotliCompressSync, constants } from "node:zlib";

const ASSET = new URL("../../src/images/svg/unifont.txt", import.meta.url);
const LICENCE = new URL("./font_licence.txt", import.meta.url);

/** Blocks taken whole, first and last code point. */
const BLOCKS: readonly (readonly [number, number])[] = [
  [0x0021, 0x007e], // ASCII
  [0x00a1, 0x017f], // Latin-1, Latin Extended-A
  [0x0370, 0x03ff], // Greek
  [0x0400, 0x045f], // Cyrillic
  [0x1ea0, 0x1ef9], // Vietnamese
  [0x2010, 0x2027], // dashes, quotes, ellipsis
  [0x2030, 0x205e],
  [0x20a0, 0x20bf], // currencies
  [0x2100, 0x214f], // letterlike symbols
  [0x2190, 0x22ff], // arrows, mathematics
  [0x2460, 0x24ff], // enclosed numbers
  [0x25a0, 0x27bf], // shapes, symbols, dingbats
  [0x3001, 0x30ff], // Chinese and Japanese punctuation, kana
  [0xac00, 0xd7a3], // Hangul
  [0xff01, 0xff60], // full-width forms
  [0xffe0, 0xffe6],
];

/** Chinese characters are those of these encodings: lead bytes from, to, trail bytes from. */
const ENCODINGS: readonly (readonly [string, number, number, number])[] = [
  ["gb2312", 0xb0, 0xf7, 0xa1], // simplified, both levels
  ["big5", 0xa4, 0xc6, 0x40], // traditional, the frequent level
];

if (import.meta.main) {
  const [source] = Deno.args;
  if (source === undefined) throw new Error("Name the file unifont.hex as the argument");
  const glyphs = readHex(await Deno.readTextFile(source));
  const asset = pack(wantedCharacters(), glyphs, await Deno.readTextFile(LICENCE));
  await Deno.writeTextFile(ASSET, asset);
  console.error(`${asset.length} characters of text`);
}

function readHex(text: string): ReadonlyMap<string, Uint8Array> {
  const glyphs = new Map<string, Uint8Array>();
  for (const line of text.split("\n")) {
    const [code, bitmap] = line.split(":");
    if (code && bitmap) glyphs.set(String.fromCodePoint(parseInt(code, 16)), fromHex(bitmap));
  }
  return glyphs;
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.trim().match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function wantedCharacters(): string[] {
  const wanted = new Set<string>();
  for (const [first, last] of BLOCKS) {
    for (let code = first; code <= last; code++) wanted.add(String.fromCodePoint(code));
  }
  for (const [encoding, first, last, firstTrail] of ENCODINGS) {
    const decoder = new TextDecoder(encoding);
    for (let lead = first; lead <= last; lead++) {
      for (let trail = firstTrail; trail <= 0xfe; trail++) {
        const text = decoder.decode(Uint8Array.of(lead, trail));
        if (/^[\u4e00-\u9fff]$/.test(text)) wanted.add(text);
      }
    }
  }
  return [...wanted].sort();
}

function pack(
  characters: readonly string[],
  glyphs: ReadonlyMap<string, Uint8Array>,
  licence: string,
): string {
  const ofLength = (length: number) =>
    characters.filter((character) => glyphs.get(character)?.length === length);
  const bitmap = (character: string) => glyphs.get(character) ?? new Uint8Array();
  const [narrow, wide] = [ofLength(16), ofLength(32)];
  const parts = [
    new TextEncoder().encode(`${narrow.join("")}\n${wide.join("")}\n`),
    ...narrow.map(bitmap),
    ...wide.map((character) => leftThenRight(bitmap(character))),
  ];
  const packed = brotliCompressSync(Buffer.concat(parts), {
    params: { [constants.BROTLI_PARAM_LGWIN]: 22, [constants.BROTLI_PARAM_QUALITY]: 11 },
  });
  console.error(`${narrow.length} narrow and ${wide.length} wide glyphs`);
  return `${licence.trim()}\n\n${packed.toString("base64")}\n`;
}

function leftThenRight(rows: Uint8Array): Uint8Array {
  return Uint8Array.of(
    ...rows.filter((_, index) => index % 2 === 0),
    ...rows.filter((_, index) => index % 2 === 1),
  );
}
