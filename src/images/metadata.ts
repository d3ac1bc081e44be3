/** Pictures without what files tell beside the pixels: where, when and by what they were taken. */

import { joinBytes } from "../bytes.ts";
import { identifyImage } from "./media_type.ts";
import { bigEndian, hasText, littleEndian, textAt } from "./read_bytes.ts";

/**
 * The same PNG, JPEG or WebP file, every pixel as it was, with colour profiles and what else is
 * needed to show it, and without places, cameras, comments, thumbnails and whatever stands behind
 * its end. The very same bytes where there is nothing to leave out, or in another format. A
 * JPEG's or WebP's Orientation goes too: turn the picture before. The file must be whole.
 */
export function withoutMetadata(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const kept = KEPT_PARTS[identifyImage(bytes)?.mediaType ?? ""]?.(bytes);
  if (!kept) return bytes;
  const length = kept.reduce((sum, part) => sum + part.length, 0);
  if (length === bytes.length) return bytes;
  const joined = joinBytes(kept);
  return hasText(joined, 8, "WEBP") ? withWebpHeader(joined) : joined;
}

type Parts = (bytes: Uint8Array<ArrayBuffer>) => readonly Uint8Array[];

const KEPT_PARTS: Readonly<Record<string, Parts>> = {
  "image/png": partsOfPng,
  "image/jpeg": partsOfJpeg,
  "image/webp": partsOfWebp,
};

/** Chunks that change how the pixels look; the others are for other purposes. */
const PNG_CHUNKS: ReadonlySet<string> = new Set([
  "IHDR",
  "PLTE",
  "IDAT",
  "IEND",
  "tRNS",
  "cHRM",
  "gAMA",
  "iCCP",
  "sRGB",
  "cICP",
  "sBIT",
  "acTL",
  "fcTL",
  "fdAT",
]);

function partsOfPng(bytes: Uint8Array): readonly Uint8Array[] {
  const parts = [bytes.subarray(0, 8)];
  for (let offset = 8; offset + 12 <= bytes.length;) {
    const end = offset + 12 + bigEndian(bytes, offset, 4);
    const type = textAt(bytes, offset + 4, 4);
    if (PNG_CHUNKS.has(type)) parts.push(bytes.subarray(offset, end));
    if (type === "IEND") break;
    offset = end;
  }
  return parts;
}

function partsOfJpeg(bytes: Uint8Array): readonly Uint8Array[] {
  const parts = [bytes.subarray(0, 2)];
  for (let offset = 2; offset + 4 <= bytes.length;) {
    const marker = bytes[offset + 1]!;
    if (marker === FILL) {
      offset++;
      continue;
    }
    if (marker === END_OF_IMAGE) return [...parts, bytes.subarray(offset, offset + 2)];
    const isScan = marker === START_OF_SCAN;
    const end = offset + 2 + bigEndian(bytes, offset + 2, 2);
    const after = isScan ? endOfScan(bytes, end) : end;
    if (isShown(marker, bytes, offset + 4)) parts.push(bytes.subarray(offset, after));
    offset = after;
  }
  return [...parts, Uint8Array.of(FILL, END_OF_IMAGE)];
}

/** Application segments and comments are not, but for the few that say how to read the colours. */
function isShown(marker: number, bytes: Uint8Array, content: number): boolean {
  if (marker === COMMENT) return false;
  if (marker < APPLICATION || marker > APPLICATION + 15) return true;
  const name = SHOWN_APPLICATIONS[marker - APPLICATION];
  return name !== undefined && hasText(bytes, content, name);
}

/** By their number; the one of index 2 also holds thumbnails of other makers. */
const SHOWN_APPLICATIONS: Readonly<Record<number, string>> = {
  0: "JFIF\0",
  2: "ICC_PROFILE\0",
  14: "Adobe",
};

/** Where the packed pixels that begin at `start` end: at a marker other than a restart. */
function endOfScan(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(FILL, start); at >= 0; at = bytes.indexOf(FILL, at + 1)) {
    const next = bytes[at + 1];
    const isData = next === 0 || next === FILL || (next! >= 0xd0 && next! <= 0xd7);
    if (next !== undefined && !isData) return at;
  }
  return bytes.length;
}

const FILL = 0xff;
const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;
const APPLICATION = 0xe0;
const COMMENT = 0xfe;

function partsOfWebp(bytes: Uint8Array): readonly Uint8Array[] {
  const parts = [bytes.subarray(0, 12)];
  const last = Math.min(bytes.length, 8 + littleEndian(bytes, 4, 4));
  for (let offset = 12; offset + 8 <= last;) {
    const length = littleEndian(bytes, offset + 4, 4);
    const end = Math.min(offset + 8 + length + length % 2, bytes.length);
    if (WEBP_CHUNKS.has(textAt(bytes, offset, 4))) parts.push(bytes.subarray(offset, end));
    offset = end;
  }
  return parts;
}

const WEBP_CHUNKS: ReadonlySet<string> = new Set([
  "VP8 ",
  "VP8L",
  "VP8X",
  "ALPH",
  "ANIM",
  "ANMF",
  "ICCP",
]);

/** The length of the whole, and no word any more of what was left out. */
function withWebpHeader(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  new DataView(bytes.buffer).setUint32(4, bytes.length - 8, true);
  if (hasText(bytes, 12, "VP8X")) bytes[20]! &= ~(EXIF_FLAG | XMP_FLAG);
  return bytes;
}

const EXIF_FLAG = 0x08;
const XMP_FLAG = 0x04;
