/** PNG: every chunk with its checksum, up to IEND (W3C PNG, third edition, 2025). */

import { crc32 } from "node:zlib";
import { bigEndian } from "../read_bytes.ts";
import { cutShort, damaged } from "./damage.ts";

export function checkPng(bytes: Uint8Array): string | undefined {
  let dataLength = 0;
  for (let offset = SIGNATURE_LENGTH;;) {
    if (offset + CHUNK_FRAME > bytes.length) {
      return cutShort(bytes, "its end chunk (IEND) is missing");
    }
    const length = bigEndian(bytes, offset, 4);
    const type = bigEndian(bytes, offset + 4, 4);
    if (!isType(bytes, offset + 4)) return damaged(`there is no chunk at byte ${offset}`);
    const end = offset + CHUNK_FRAME + length;
    if (end > bytes.length) {
      return cutShort(bytes, `the chunk at byte ${offset} declares ${length} bytes`);
    }
    if (checksum(bytes, offset + 4, end - 4) !== bigEndian(bytes, end - 4, 4)) {
      return damaged(`the checksum of the chunk at byte ${offset} is wrong`);
    }
    if (type === IDAT) dataLength += length;
    if (type === IEND) return lie(bytes, dataLength);
    offset = end;
  }
}

/** Whether four letters stand there, as the name of each chunk is made of. */
function isType(bytes: Uint8Array, offset: number): boolean {
  for (let i = offset; i < offset + 4; i++) {
    const letter = bytes[i]! | 0x20;
    if (letter < 0x61 || letter > 0x7a) return false;
  }
  return true;
}

/** What the header promises that the data cannot hold; deflate packs at most 1032 bytes in one. */
function lie(bytes: Uint8Array, dataLength: number): string | undefined {
  const [width, height] = [bigEndian(bytes, 16, 4), bigEndian(bytes, 20, 4)];
  const channels = CHANNELS.get(bytes[25]!);
  if (channels === undefined) return damaged(`there is no colour type ${bytes[25]}`);
  const needed = width * height * channels * bytes[24]! / 8;
  if (needed <= dataLength * MOST_PACKED) return undefined;
  return damaged(`its ${dataLength} bytes of data cannot hold ${width}x${height} pixels`);
}

function checksum(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > LONG_CHUNK) return crc32(bytes.subarray(start, end));
  let sum = -1;
  for (let i = start; i < end; i++) sum = CRC_TABLE[(sum ^ bytes[i]!) & 0xff]! ^ (sum >>> 8);
  return ~sum >>> 0;
}

/** From here on the native checksum pays for its call; a file may hold millions of chunks. */
const LONG_CHUNK = 256;
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? 0xedb88320 ^ (sum >>> 1) : sum >>> 1;
  return sum;
});

/** Names as numbers, since a file may hold millions of chunks. */
const IDAT = 0x49444154;
const IEND = 0x49454e44;
const SIGNATURE_LENGTH = 8;
/** Bytes of a chunk beside its content: length, type, checksum. */
const CHUNK_FRAME = 12;
const MOST_PACKED = 1032;
/** Samples a pixel by colour type. */
const CHANNELS: ReadonlyMap<number, number> = new Map([[0, 1], [2, 3], [3, 1], [4, 2], [6, 4]]);
