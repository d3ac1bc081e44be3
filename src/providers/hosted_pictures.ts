/** Pictures on their way to a host of models: small ones in the request, others as uploaded files. */

import { asDataAddress } from "./picture_body.ts";
import type { InputImage } from "./provider.ts";
import { allOrNone } from "./together.ts";

/**
 * In bytes: Replicate's documents want larger ones as addresses; fal states no bound (both read
 * 2026-11-25).
 */
const LARGEST_INSIDE = 256_000;

/** `values` with what stands for each picture at the host; `upload` returns its address there. */
export async function withPictures(
  values: Readonly<Record<string, unknown>>,
  upload: (picture: InputImage, signal: AbortSignal) => Promise<string>,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const large = Object.values(values).flat().filter(isPicture)
    .filter(({ bytes }) => bytes.length > LARGEST_INSIDE);
  const uploads = large.map((picture) => (signal: AbortSignal) => upload(picture, signal));
  const addresses = await allOrNone(uploads, signal);
  const addressOf = new Map(large.map((picture, index) => [picture, addresses[index]]));
  const placed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(placed);
    return isPicture(value) ? addressOf.get(value) ?? asDataAddress(value) : value;
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, placed(value)]));
}

/** A name for a picture's file, with the ending of its format. */
export function fileName({ hash, mediaType }: InputImage): string {
  return `${hash.slice(0, 16)}.${mediaType.split("/")[1]}`;
}

function isPicture(value: unknown): value is InputImage {
  return typeof value === "object" && value !== null && "bytes" in value &&
    value.bytes instanceof Uint8Array;
}
