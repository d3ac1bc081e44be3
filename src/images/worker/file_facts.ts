/** What a file tells of its pixels beside them: how to turn them, and what their colours mean. */

import { bigEndian, hasText, littleEndian, textAt } from "../read_bytes.ts";

interface Pieces {
  readonly exif?: Uint8Array;
  /** A colour profile, or the first part of a long one. */
  readonly profile?: Uint8Array;
}

/** EXIF's Orientation, from 1 to 8; 1, which is upright, where the file has none. */
export function orientationOf(bytes: Uint8Array): number {
  const { exif } = piecesOf(bytes);
  if (!exif) return 1;
  const number = hasText(exif, 0, "II") ? littleEndian : bigEndian;
  const directory = number(exif, 4, 4);
  const count = number(exif, directory, 2);
  for (let entry = 0; entry < count; entry++) {
    const offset = directory + 2 + entry * 12;
    if (number(exif, offset, 2) !== ORIENTATION) continue;
    const value = number(exif, offset + 8, 2);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/**
 * Whether the file has a colour profile other than sRGB, in which all is shown here. One of a PNG that
 * does not unpack to a profile's size counts as none: the runtime's own decoder would unpack all of it.
 */
export async function hasForeignProfile(bytes: Uint8Array): Promise<boolean> {
  const { profile } = piecesOf(bytes);
  if (!profile || isStandard(profile)) return false;
  if (!hasText(bytes, 1, "PNG")) return true;
  const unpacked = await unpackedProfile(profile);
  return unpacked !== undefined && !isStandard(unpacked);
}

/** Its name is in the profile, as ASCII or as UTF-16. */
function isStandard(profile: Uint8Array): boolean {
  return /sRGB/i.test(new TextDecoder("latin1").decode(profile).replaceAll("\0", ""));
}

function piecesOf(bytes: Uint8Array): Pieces {
  if (hasText(bytes, 0, "\xff\xd8")) return piecesOfJpeg(bytes);
  if (hasText(bytes, 1, "PNG")) return piecesOfPng(bytes);
  if (hasText(bytes, 8, "WEBP")) return piecesOfWebp(bytes);
  return {};
}

function piecesOfJpeg(bytes: Uint8Array): Pieces {
  let pieces: Pieces = {};
  for (let offset = 2; bytes[offset] === 0xff && offset + 4 <= bytes.length;) {
    const marker = bytes[offset + 1]!;
    if (marker === 0xff) {
      offset++;
      continue;
    }
    if (marker === 0xda || marker === 0xd9) break;
    const end = offset + 2 + bigEndian(bytes, offset + 2, 2);
    const content = bytes.subarray(offset + 4, end);
    if (marker === 0xe1 && hasText(content, 0, "Exif\0\0")) {
      pieces = { exif: content.subarray(6), ...pieces };
    }
    if (marker === 0xe2 && hasText(content, 0, "ICC_PROFILE\0")) {
      pieces = { profile: content.subarray(14), ...pieces };
    }
    offset = end;
  }
  return pieces;
}

function piecesOfPng(bytes: Uint8Array): Pieces {
  let pieces: Pieces = {};
  for (let offset = 8, chunks = 0; offset + 12 <= bytes.length && chunks < MAX_CHUNKS; chunks++) {
    const end = offset + 12 + bigEndian(bytes, offset, 4);
    const type = textAt(bytes, offset + 4, 4);
    const content = bytes.subarray(offset + 8, end - 4);
    if (type === "IDAT") break;
    if (type === "eXIf") pieces = { exif: content, ...pieces };
    if (type === "iCCP") {
      if (pieces.profile) return { ...pieces, profile: undefined }; // there may be one, and each is unpacked
      pieces = { ...pieces, profile: content };
    }
    offset = end;
  }
  return pieces;
}

/** PNG has its name, a zero, the method, and the profile deflated; undefined where it is none, or too long. */
async function unpackedProfile(content: Uint8Array): Promise<Uint8Array | undefined> {
  const { inflateSync } = await import("node:zlib");
  try {
    const packed = content.subarray(content.indexOf(0) + 2);
    return inflateSync(packed, { maxOutputLength: MAX_PROFILE });
  } catch {
    return undefined;
  }
}

function piecesOfWebp(bytes: Uint8Array): Pieces {
  let pieces: Pieces = {};
  for (let offset = 12, chunks = 0; offset + 8 <= bytes.length && chunks < MAX_CHUNKS; chunks++) {
    const length = littleEndian(bytes, offset + 4, 4);
    const content = bytes.subarray(offset + 8, offset + 8 + length);
    if (hasText(bytes, offset, "EXIF")) {
      pieces = { ...pieces, exif: content.subarray(hasText(content, 0, "Exif\0\0") ? 6 : 0) };
    }
    if (hasText(bytes, offset, "ICCP")) pieces = { ...pieces, profile: content };
    offset += 8 + length + length % 2;
  }
  return pieces;
}

const ORIENTATION = 0x112;
const MAX_CHUNKS = 10_000;
const MAX_PROFILE = 4 * 1024 * 1024;
