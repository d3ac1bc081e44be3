/** Pictures that come in from people: read to their end, and made what every vendor reads. */

import { isAlone } from "../bytes.ts";
import { decodingCost } from "./limits.ts";
import { identifyImage } from "./media_type.ts";
import type { Received } from "./worker/receive.ts";
import { runImageWork, UndecodableImageError } from "./workers.ts";

/**
 * The picture as it may be sent to any vendor: whole, upright, not animated, of 8 bits a channel,
 * without places, cameras and comments, as PNG, JPEG or WebP of at most 36 million pixels. The
 * same bytes where that is so already; each loss is told in `changes`.
 * @param bytes of at most 64 million pixels; fewer where the decoder would need more than 256 MiB.
 * They are empty afterwards where `isOwn` says that nobody else needs them.
 * @throws {UndecodableImageError} with a message that follows the picture's name: "is cut short …".
 */
export async function receiveImage(
  bytes: Uint8Array<ArrayBuffer>,
  { isOwn = false, signal }: { readonly isOwn?: boolean; readonly signal?: AbortSignal } = {},
): Promise<Received> {
  const cost = decodingCost(bytes, { isWhole: false });
  if (typeof cost === "string") throw new UndecodableImageError(`cannot be used: ${cost}`);
  const input = () => Promise.resolve({ bytes: isOwn && isAlone(bytes) ? bytes : bytes.slice() });
  try {
    return await runImageWork({ operation: "receive", input, cost: cost.pixels, signal });
  } catch (error) {
    const isPictures = error instanceof UndecodableImageError || error instanceof RangeError;
    if (!isPictures) throw error;
    const reason = /^is /.test(error.message) ? error.message : `cannot be read: ${error.message}`;
    throw new UndecodableImageError(reason, { cause: error });
  }
}

/** What a person can do about a picture of a format that is not decoded here. */
export function adviceAbout(bytes: Uint8Array): string {
  const { mediaType = "" } = identifyImage(bytes) ?? {};
  return mediaType in ELSEWHERE
    ? `save it as JPEG or PNG first, as ${ELSEWHERE[mediaType]} can`
    : "pass it as PNG, JPEG or WebP";
}

/**
 * Formats that Deno 2.9.6 does not decode (`createImageBitmap` takes PNG, JPEG, GIF, BMP, ICO and WebP).
 * Packed, a decoder in WebAssembly would take 357 kB of the bundle for AVIF (@jsquash/avif 2.1.1) and
 * 460 kB for HEIC (libheif-js 1.23.2); measured in November 2026.
 */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "image/heic": "the Photos app",
  "image/avif": "a browser or an image editor",
  "image/tiff": "any image editor",
  "image/svg+xml": "a browser or Inkscape",
};
