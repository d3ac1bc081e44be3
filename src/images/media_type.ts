/**
 * What a picture really is, read from its own bytes: what a vendor's header or
 * a file's name claims is not asked.
 */

import { boxesOf } from "./boxes.ts";
import { bigEndian, hasText, littleEndian, textAt } from "./read_bytes.ts";

export type MediaType = (typeof FORMATS)[number]["mediaType"];
export type PictureExtension = (typeof FORMATS)[number]["extension"];

export interface PictureFormat {
  readonly mediaType: MediaType;
  /** The usual file name extension, without a dot. */
  readonly extension: PictureExtension;
  /** Pixels as stored, before any EXIF rotation; absent where the header does not tell. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * The format and size of the picture in `bytes` (a whole file, or its
 * beginning), or undefined where they are no picture or end within its header.
 * Never throws.
 */
export function identifyImage(bytes: Uint8Array): PictureFormat | undefined {
  for (const { mediaType, extension, matches, sizeOf, alwaysSized } of FORMATS) {
    if (!matches(bytes)) continue;
    const size = plausible(sizeOf(bytes));
    return size || !alwaysSized ? { mediaType, extension, ...size } : undefined;
  }
  return undefined;
}

interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/** Where a header was cut short, some number in it is NaN or 0. */
function plausible(size: PixelSize | undefined): PixelSize | undefined {
  return size && size.width > 0 && size.height > 0 ? size : undefined;
}

function pngSize(bytes: Uint8Array): PixelSize | undefined {
  if (!hasText(bytes, 12, "IHDR")) return undefined;
  return { width: bigEndian(bytes, 16, 4), height: bigEndian(bytes, 20, 4) };
}

/** Skips from segment to segment until the frame header. */
function jpegSize(bytes: Uint8Array): PixelSize | undefined {
  let offset = 2;
  while (bytes[offset] === 0xff) {
    const marker = bytes[offset + 1];
    if (marker === undefined || marker === JPEG_SCAN || marker === JPEG_END) return undefined;
    if (isFrameHeader(marker)) {
      return { width: bigEndian(bytes, offset + 7, 2), height: bigEndian(bytes, offset + 5, 2) };
    }
    if (marker === 0xff) offset += 1; // padding before a marker
    else if (isBare(marker)) offset += 2;
    else offset += 2 + bigEndian(bytes, offset + 2, 2);
  }
  return undefined;
}

/** SOF0 to SOF15, among which DHT, JPG and DAC have their numbers. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** TEM and the restart markers carry no length. */
function isBare(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

function webpSize(bytes: Uint8Array): PixelSize | undefined {
  if (hasText(bytes, 12, "VP8X")) {
    return { width: littleEndian(bytes, 24, 3) + 1, height: littleEndian(bytes, 27, 3) + 1 };
  }
  if (hasText(bytes, 12, "VP8L") && bytes[20] === 0x2f) {
    const packed = littleEndian(bytes, 21, 4);
    return { width: packed % 0x4000 + 1, height: Math.floor(packed / 0x4000) % 0x4000 + 1 };
  }
  if (hasText(bytes, 12, "VP8 ") && hasText(bytes, 23, "\x9d\x01\x2a")) {
    return {
      width: littleEndian(bytes, 26, 2) % 0x4000,
      height: littleEndian(bytes, 28, 2) % 0x4000,
    };
  }
  return undefined;
}

function gifSize(bytes: Uint8Array): PixelSize {
  return { width: littleEndian(bytes, 6, 2), height: littleEndian(bytes, 8, 2) };
}

function isBmp(bytes: Uint8Array): boolean {
  return hasText(bytes, 0, "BM") && BMP_HEADER_LENGTHS.includes(littleEndian(bytes, 14, 4));
}

function bmpSize(bytes: Uint8Array): PixelSize {
  if (littleEndian(bytes, 14, 4) === BMP_CORE_HEADER_LENGTH) {
    return { width: littleEndian(bytes, 18, 2), height: littleEndian(bytes, 20, 2) };
  }
  const height = littleEndian(bytes, 22, 4);
  // A negative height means that the rows are stored from the top down.
  const isTopDown = height > 0x7fffffff;
  return {
    width: littleEndian(bytes, 18, 4),
    height: isTopDown ? 0x100000000 - height : height,
  };
}

/** Whether the file type box names one of `brands`, as its own or as a compatible one. */
function hasBrand(bytes: Uint8Array, brands: readonly string[]): boolean {
  if (!hasText(bytes, 4, "ftyp")) return false;
  const end = Math.min(bigEndian(bytes, 0, 4), bytes.length, MAX_FILE_TYPE_BOX);
  for (let offset = 8; offset + 4 <= end; offset += 4) {
    if (offset !== 12 && brands.includes(textAt(bytes, offset, 4))) return true;
  }
  return false;
}

/** The largest size named: the others belong to tiles and thumbnails. */
function heifSize(bytes: Uint8Array): PixelSize | undefined {
  const sizes = [...boxesOf(bytes, 0, bytes.length)]
    .filter((box) => box.type === "meta")
    .flatMap((meta) => [...boxesOf(bytes, meta.start + 4, meta.end)])
    .filter((box) => box.type === "iprp")
    .flatMap((properties) => [...boxesOf(bytes, properties.start, properties.end)])
    .filter((box) => box.type === "ipco")
    .flatMap((container) => [...boxesOf(bytes, container.start, container.end)])
    .filter((box) => box.type === "ispe")
    .map(({ start }) => ({
      width: bigEndian(bytes, start + 4, 4),
      height: bigEndian(bytes, start + 8, 4),
    }));
  return sizes.sort((one, other) => other.width * other.height - one.width * one.height)[0];
}

function tiffSize(bytes: Uint8Array): PixelSize | undefined {
  const number = hasText(bytes, 0, "II") ? littleEndian : bigEndian;
  const directory = number(bytes, 4, 4);
  const count = number(bytes, directory, 2);
  const value = (tag: number) => {
    for (let entry = 0; entry < count; entry++) {
      const offset = directory + 2 + entry * 12;
      if (number(bytes, offset, 2) !== tag) continue;
      const isShort = number(bytes, offset + 2, 2) === 3;
      return number(bytes, offset + 8, isShort ? 2 : 4);
    }
    return NaN;
  };
  return { width: value(256), height: value(257) };
}

/** The opening tag of an SVG file, without what may stand before it; "" where it is none. */
function svgTag(bytes: Uint8Array): string {
  let rest = new TextDecoder().decode(bytes.subarray(0, MAX_SVG_HEADER)).trimStart();
  for (let before = ""; before !== rest;) {
    before = rest;
    rest = rest.replace(
      /^(<\?[^]*?\?>|<!--[^]*?-->|<!DOCTYPE\s+svg[^[>]*(\[[^\]]*\])?\s*>)\s*/i,
      "",
    );
  }
  return /^<svg(?=[\s/>])[^>]*/.exec(rest)?.[0] ?? "";
}

function svgSize(bytes: Uint8Array): PixelSize | undefined {
  const tag = svgTag(bytes);
  const pixels = (name: string) =>
    Math.round(
      Number(new RegExp(`\\s${name}\\s*=\\s*["']\\s*([\\d.]+)(?:px)?\\s*["']`).exec(tag)?.[1]),
    );
  const stated = plausible({ width: pixels("width"), height: pixels("height") });
  const viewBox = /\sviewBox\s*=\s*["']([^"']*)["']/.exec(tag)?.[1]?.trim().split(/[\s,]+/);
  return stated ??
    { width: Math.round(Number(viewBox?.[2])), height: Math.round(Number(viewBox?.[3])) };
}

const JPEG_SCAN = 0xda;
const JPEG_END = 0xd9;
const BMP_CORE_HEADER_LENGTH = 12;
const BMP_HEADER_LENGTHS: readonly number[] = [BMP_CORE_HEADER_LENGTH, 40, 52, 56, 64, 108, 124];
const MAX_FILE_TYPE_BOX = 256;
const MAX_SVG_HEADER = 16 * 1024;

interface Format {
  readonly mediaType: string;
  readonly extension: string;
  readonly matches: (bytes: Uint8Array) => boolean;
  readonly sizeOf: (bytes: Uint8Array) => PixelSize | undefined;
  /** Whether a header without a size is a broken one. */
  readonly alwaysSized: boolean;
}

const FORMATS = [
  {
    mediaType: "image/png",
    extension: "png",
    matches: (bytes) => hasText(bytes, 0, "\x89PNG\r\n\x1a\n"),
    sizeOf: pngSize,
    alwaysSized: true,
  },
  {
    mediaType: "image/jpeg",
    extension: "jpg",
    matches: (bytes) => hasText(bytes, 0, "\xff\xd8\xff"),
    sizeOf: jpegSize,
    alwaysSized: true,
  },
  {
    mediaType: "image/webp",
    extension: "webp",
    matches: (bytes) => hasText(bytes, 0, "RIFF") && hasText(bytes, 8, "WEBP"),
    sizeOf: webpSize,
    alwaysSized: true,
  },
  {
    mediaType: "image/gif",
    extension: "gif",
    matches: (bytes) => hasText(bytes, 0, "GIF87a") || hasText(bytes, 0, "GIF89a"),
    sizeOf: gifSize,
    alwaysSized: true,
  },
  {
    mediaType: "image/bmp",
    extension: "bmp",
    matches: isBmp,
    sizeOf: bmpSize,
    alwaysSized: true,
  },
  {
    mediaType: "image/avif",
    extension: "avif",
    matches: (bytes) => hasBrand(bytes, ["avif", "avis"]),
    sizeOf: heifSize,
    alwaysSized: false,
  },
  {
    mediaType: "image/heic",
    extension: "heic",
    matches: (bytes) => hasBrand(bytes, ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1"]),
    sizeOf: heifSize,
    alwaysSized: false,
  },
  {
    mediaType: "image/tiff",
    extension: "tiff",
    matches: (bytes) => hasText(bytes, 0, "II*\0") || hasText(bytes, 0, "MM\0*"),
    sizeOf: tiffSize,
    alwaysSized: false,
  },
  {
    mediaType: "image/svg+xml",
    extension: "svg",
    matches: (bytes) => svgTag(bytes) !== "",
    sizeOf: svgSize,
    alwaysSized: false,
  },
] as const satisfies readonly Format[];
