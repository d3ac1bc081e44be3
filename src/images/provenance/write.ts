/** Pictures whose files tell where they came from; every pixel as it was. */

import { joinBytes } from "../../bytes.ts";
import { identifyImage } from "../media_type.ts";
import { littleEndian, textAt } from "../read_bytes.ts";
import { afterJpegHeader, type Block, blocksOf, JPEG_EXIF, JPEG_XMP, PNG_XMP } from "./blocks.ts";
import { exifWithComment } from "./exif.ts";
import { parametersText } from "./parameters.ts";
import { textChunk } from "./png_text.ts";
import type { Provenance } from "./provenance.ts";
import { readTextChunk } from "./png_text.ts";
import { readXmp, xmpPacket, xmpPacketWith } from "./xmp.ts";

/**
 * The same PNG, JPEG or WebP file with what made it written in: as XMP, and as the text that
 * Stable Diffusion's tools read. What stands in it already stays. The very same bytes where the
 * file carries a signed manifest (C2PA), which any change would break, or is of another format or
 * not whole. Never throws.
 */
export function withProvenance(
  bytes: Uint8Array<ArrayBuffer>,
  provenance: Provenance,
): Uint8Array<ArrayBuffer> {
  const kind = identifyImage(bytes);
  const format = FORMATS[kind?.mediaType ?? ""];
  if (!kind || !format) return bytes;
  const blocks = blocksOf(bytes, kind.mediaType);
  const old = blocks.find((block) => block.kind === "xmp");
  const oldPacket = old && packetIn(old);
  const isSigned = blocks.some((block) => block.kind === "manifest") ||
    (oldPacket !== undefined && readXmp(oldPacket).isSignedElsewhere);
  if (isSigned) return bytes;
  const packet = old
    ? oldPacket && within(format.longest, provenance, (each) => xmpPacketWith(oldPacket, each))
    : within(format.longest, provenance, xmpPacket);
  const { making, software } = provenance;
  return format.write(bytes, {
    blocks,
    xmp: packet === undefined ? undefined : { packet, inPlaceOf: old },
    parameters: making && parametersText(making, software, kind),
  });
}

/** What is left to write where a packet is longer than a format allows: of what kind it is. */
function within(
  longest: number,
  provenance: Provenance,
  write: (provenance: Provenance) => string | undefined,
): string | undefined {
  const { making: _left, ...mark } = provenance;
  return [provenance, mark].map(write)
    .find((packet) => packet !== undefined && encode(packet).length <= longest);
}

function packetIn(block: Block): string | undefined {
  return block.chunk === undefined
    ? new TextDecoder().decode(block.content.subarray(0, LONGEST_READ))
    : readTextChunk(block, LONGEST_READ).text;
}

const LONGEST_READ = 1024 * 1024;

interface Written {
  readonly blocks: readonly Block[];
  readonly xmp?: { readonly packet: string; readonly inPlaceOf?: Block };
  readonly parameters?: string;
}

interface Format {
  /** Bytes that a packet may have. */
  readonly longest: number;
  write(bytes: Uint8Array<ArrayBuffer>, written: Written): Uint8Array<ArrayBuffer>;
}

/** In bytes, of a segment of a JPEG. */
const LONGEST_SEGMENT = 0xffff - 2;

const FORMATS: Readonly<Record<string, Format>> = {
  "image/png": { longest: LONGEST_READ, write: writePng },
  "image/jpeg": { longest: LONGEST_SEGMENT - JPEG_XMP.length, write: writeJpeg },
  "image/webp": { longest: LONGEST_READ, write: writeWebp },
};

function writePng(bytes: Uint8Array, { blocks, xmp, parameters }: Written) {
  const hasParameters = blocks.some((block) =>
    block.kind === "text" && readTextChunk(block, LONGEST_READ).keyword === PARAMETERS
  );
  const chunks = [
    ...parameters === undefined || hasParameters ? [] : [textChunk(PARAMETERS, parameters)],
    ...xmp ? [textChunk(PNG_XMP, xmp.packet, { isInternational: true })] : [],
  ];
  return spliced(bytes, PNG_HEADER_END, chunks, xmp?.inPlaceOf);
}

/** The keyword of Stable Diffusion's tools. */
const PARAMETERS = "parameters";
/** The signature and the first chunk, which must stay the first. */
const PNG_HEADER_END = 8 + 25;

function writeJpeg(bytes: Uint8Array, { blocks, xmp, parameters }: Written) {
  const exif = newExif(blocks, parameters);
  const segments = [
    ...exif ? segment(encode(JPEG_EXIF), exif) : [],
    ...xmp ? segment(encode(JPEG_XMP), encode(xmp.packet)) : [],
  ];
  return spliced(bytes, afterJpegHeader(bytes), segments, xmp?.inPlaceOf);
}

/** None where it is too long. */
function segment(name: Uint8Array, content: Uint8Array): readonly Uint8Array[] {
  const length = name.length + content.length;
  if (length > LONGEST_SEGMENT) return [];
  return [Uint8Array.of(0xff, 0xe1, (length + 2) >> 8, (length + 2) & 0xff), name, content];
}

function newExif(blocks: readonly Block[], parameters: string | undefined) {
  const hasExif = blocks.some(({ kind }) => kind === "exif");
  return parameters === undefined || hasExif ? undefined : exifWithComment(parameters);
}

/** The texts stand at the end, as the format wants it; its header tells that they are there. */
function writeWebp(bytes: Uint8Array<ArrayBuffer>, { blocks, xmp, parameters }: Written) {
  const end = 8 + littleEndian(bytes, 4, 4);
  if (end > bytes.length) return bytes;
  const exif = newExif(blocks, parameters);
  const isExtended = textAt(bytes, 12, 4) === "VP8X";
  const header = isExtended ? bytes.slice(12, 30) : extendedHeader(bytes);
  header[8]! |= (exif ? EXIF_FLAG : 0) | (xmp ? XMP_FLAG : 0);
  const body = spliced(bytes.subarray(0, end), end, [
    ...exif ? chunk("EXIF", exif) : [],
    ...xmp ? chunk("XMP ", encode(xmp.packet)) : [],
  ], xmp?.inPlaceOf);
  const made = joinBytes([body.subarray(0, 12), header, body.subarray(isExtended ? 30 : 12)]);
  new DataView(made.buffer).setUint32(4, made.length - 8, true);
  return made;
}

/** The header that a plain file lacks, of its own size. */
function extendedHeader(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { width = 1, height = 1 } = identifyImage(bytes) ?? {};
  const header = new Uint8Array(18);
  const view = new DataView(header.buffer);
  header.set(encode("VP8X"));
  view.setUint32(4, 10, true);
  const hasAlpha = textAt(bytes, 12, 4) === "VP8L" && (bytes[24]! & 0x10) !== 0;
  view.setUint32(8, hasAlpha ? ALPHA_FLAG : 0, true);
  for (const [at, side] of [[12, width], [15, height]] as const) {
    view.setUint16(at, (side - 1) & 0xffff, true);
    view.setUint8(at + 2, (side - 1) >> 16);
  }
  return header;
}

const ALPHA_FLAG = 0x10;
const EXIF_FLAG = 0x08;
const XMP_FLAG = 0x04;

function chunk(type: string, content: Uint8Array): readonly Uint8Array[] {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, content.length, true);
  return [encode(type), length, content, new Uint8Array(content.length % 2)];
}

/** The bytes with `pieces` at `at`, and without the block in whose place they come. */
function spliced(
  bytes: Uint8Array,
  at: number,
  pieces: readonly Uint8Array[],
  inPlaceOf?: Block,
): Uint8Array<ArrayBuffer> {
  const { start, end } = inPlaceOf ?? { start: at, end: at };
  return start < at
    ? joinBytes([bytes.subarray(0, start), bytes.subarray(end, at), ...pieces, bytes.subarray(at)])
    : joinBytes([bytes.subarray(0, at), ...pieces, bytes.subarray(at, start), bytes.subarray(end)]);
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
