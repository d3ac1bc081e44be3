/** The parts of PNG, JPEG and WebP files that tell something beside the pixels. */

import { bigEndian, hasText, littleEndian, textAt } from "../read_bytes.ts";

export interface Block {
  readonly kind: "xmp" | "exif" | "text" | "manifest";
  /** What stands in it, without headers and names; of a text of PNG, all of its chunk. */
  readonly content: Uint8Array;
  /** The kind of chunk of a PNG's text: tEXt, zTXt or iTXt. */
  readonly chunk?: string;
  /** Where the whole block stands in the file. */
  readonly start: number;
  readonly end: number;
}

/** Those of the file, in their order and at most `MOST_BLOCKS`; none where it is of another format. */
export function blocksOf(bytes: Uint8Array, mediaType: string): readonly Block[] {
  const blocks: Block[] = [];
  for (const block of READERS[mediaType]?.(bytes) ?? []) {
    blocks.push(block);
    if (blocks.length === MOST_BLOCKS) break;
  }
  return blocks;
}

const MOST_BLOCKS = 1000;

type Reader = (bytes: Uint8Array) => Iterable<Block>;

const READERS: Readonly<Record<string, Reader>> = {
  "image/png": blocksOfPng,
  "image/jpeg": blocksOfJpeg,
  "image/webp": blocksOfWebp,
};

function* blocksOfPng(bytes: Uint8Array): Iterable<Block> {
  for (let start = 8; start + 12 <= bytes.length;) {
    const end = start + 12 + bigEndian(bytes, start, 4);
    if (end > bytes.length) return;
    const chunk = textAt(bytes, start + 4, 4);
    const content = bytes.subarray(start + 8, end - 4);
    if (PNG_TEXTS.has(chunk)) {
      const kind = hasText(content, 0, `${PNG_XMP}\0`) ? "xmp" : "text";
      yield { kind, content, chunk, start, end };
    }
    if (chunk === "eXIf") yield { kind: "exif", content, start, end };
    if (chunk === "caBX") yield { kind: "manifest", content, start, end };
    start = end;
  }
}

const PNG_TEXTS: ReadonlySet<string> = new Set(["tEXt", "zTXt", "iTXt"]);
export const PNG_XMP = "XML:com.adobe.xmp";

/** Up to the first scan: what may stand behind it tells nothing. */
function* blocksOfJpeg(bytes: Uint8Array): Iterable<Block> {
  for (const { marker, start, end } of segmentsOf(bytes)) {
    const content = bytes.subarray(start + 4, end);
    if (marker === APPLICATION + 11 && isJumbf(content)) {
      yield { kind: "manifest", content, start, end };
    }
    if (marker !== APPLICATION + 1) continue;
    const [kind, header] = hasText(content, 0, JPEG_EXIF)
      ? ["exif", JPEG_EXIF] as const
      : ["xmp", JPEG_XMP] as const;
    if (!hasText(content, 0, header)) continue;
    yield { kind, content: content.subarray(header.length), start, end };
  }
}

/** The boxes in which C2PA keeps its manifests, in JPEG's own packing (ISO 19566-5, D.2). */
function isJumbf(content: Uint8Array): boolean {
  return hasText(content, 0, "JP") && hasText(content, 12, "jumb");
}

/** Where what is said of a JPEG belongs: after the first segments that say such things. */
export function afterJpegHeader(bytes: Uint8Array): number {
  let at = 2;
  for (const { marker, end } of segmentsOf(bytes)) {
    if (marker !== APPLICATION && marker !== APPLICATION + 1) break;
    at = end;
  }
  return at;
}

/** The segments before the first scan, as far as they are whole. */
function* segmentsOf(bytes: Uint8Array) {
  for (let start = 2; start + 4 <= bytes.length && bytes[start] === 0xff;) {
    const marker = bytes[start + 1]!;
    if (marker === 0xff) {
      start++;
      continue;
    }
    const end = start + 2 + bigEndian(bytes, start + 2, 2);
    if (marker === START_OF_SCAN || end > bytes.length || end < start + 4) return;
    yield { marker, start, end };
    start = end;
  }
}

const APPLICATION = 0xe0;
const START_OF_SCAN = 0xda;
export const JPEG_EXIF = "Exif\0\0";
export const JPEG_XMP = "http://ns.adobe.com/xap/1.0/\0";

function* blocksOfWebp(bytes: Uint8Array): Iterable<Block> {
  const last = Math.min(bytes.length, 8 + littleEndian(bytes, 4, 4));
  for (let start = 12; start + 8 <= last;) {
    const length = littleEndian(bytes, start + 4, 4);
    if (start + 8 + length > last) return;
    const end = Math.min(start + 8 + length + length % 2, last);
    const kind = WEBP_KINDS[textAt(bytes, start, 4)];
    const chunk = bytes.subarray(start + 8, start + 8 + length);
    const content = kind === "exif" && hasText(chunk, 0, JPEG_EXIF) ? chunk.subarray(6) : chunk;
    if (kind) yield { kind, content, start, end };
    start = end;
  }
}

const WEBP_KINDS: Readonly<Record<string, Block["kind"]>> = {
  "EXIF": "exif",
  "XMP ": "xmp",
  "C2PA": "manifest",
};
