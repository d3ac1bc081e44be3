/** Pictures on their way to a host of models: small ones in the request, others as uploaded files. */

import { asDataAddress } from "./picture_body.ts";
import type { InputImage } from "./provider.ts";

/**
 * In bytes: Replicate's documents want larger ones as addresses; fal states no bound (both read
 * 2026-11-25).
 */
const LARGEST_INSIDE = 256_000;

/** `values` with what stands for each picture at the host; `upload` returns its address there. */
export async function withPictures(
  values: Readonly<Record<string, unknown>>,
  upload: (picture: InputImage) => Promise<string>,
): Promise<Readonly<Record<string, unknown>>> {
  const placed = async (value: unknown): Promise<unknown> => {
    if (Array.isArray(value)) return await Promise.all(value.map(placed));
    if (!isPicture(value)) return value;
    return value.bytes.length <= LARGEST_INSIDE ? asDataAddress(value) : await upload(value);
  };
  const entries = Object.entries(values)
    .map(async ([name, value]) => [name, await placed(value)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** A name for a picture's file, with the ending of its format. */
export function fileName({ hash, mediaType }: InputImage): string {
  return `${hash.slice(0, 16)}.${mediaType.split("/")[1]}`;
}

function isPicture(value: unknown): value is InputImage {
  return typeof value === "object" && value !== null && "bytes" in value &&
    value.bytes instanceof Uint8Array;
}
