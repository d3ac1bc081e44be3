/** Pictures that come in: checked, and kept by their hash before anything is asked of a provider. */

import { ImageError, oneOf } from "../errors.ts";
import { identifyImage } from "../images/media_type.ts";
import type { InputImageInfo, InputRole } from "../providers/provider.ts";
import type { RequestInputs } from "../requests/parse.ts";
import type { Storage } from "../storage/storage.ts";
import { MAX_INPUT_BYTES, tooManyBytes } from "./picture_source.ts";

/** A picture as it came in, from wherever. */
export interface NewInput {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly role: InputRole;
}

export interface NewInputs {
  readonly images: readonly NewInput[];
  readonly mask?: Uint8Array<ArrayBuffer>;
}

export const MAX_INPUT_PIXELS = 64_000_000;

/**
 * Keeps pictures for as long as a job may ask for them, each once however often it comes.
 * @throws {ImageError} `invalid_parameters` for what is no picture, or is too large.
 */
export async function keepInputs(
  { images, mask }: NewInputs,
  storage: Storage,
  now: number,
): Promise<RequestInputs> {
  const kept = [];
  // One after another, so that sixteen large pictures are not written at once.
  for (const [index, input] of images.entries()) {
    kept.push(await keep(input, `Picture ${index + 1}`, storage));
  }
  const keptMask = mask && await keep({ bytes: mask, role: "base" }, "The mask", storage);
  const all = keptMask ? [...kept, keptMask] : kept;
  if (all.length > 0) await (await storage.records()).inputs.note(all, now);
  return keptMask ? { images: kept, mask: keptMask } : { images: kept };
}

async function keep(
  { bytes, role }: NewInput,
  name: string,
  { inputs }: Storage,
): Promise<InputImageInfo> {
  const info = inspect(bytes, name);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  if (await inputs.open(hash) === undefined) await inputs.put(hash, bytes);
  return { hash, role, sizeBytes: bytes.length, ...info };
}

function inspect(bytes: Uint8Array, name: string) {
  if (bytes.length > MAX_INPUT_BYTES) {
    throw tooManyBytes(name, bytes.length);
  }
  const kind = identifyImage(bytes);
  const { width, height } = kind ?? {};
  if (!kind || !width || !height) {
    throw new ImageError(
      "invalid_parameters",
      `${name} is not a picture that can be read: pass ${oneOf(["PNG", "JPEG", "WebP", "GIF"])}`,
      { size_bytes: bytes.length },
    );
  }
  if (width * height > MAX_INPUT_PIXELS) {
    throw new ImageError(
      "invalid_parameters",
      `${name} is ${width}x${height}, more than the ${MAX_INPUT_PIXELS} pixels that may come in`,
      { width, height, max_pixels: MAX_INPUT_PIXELS },
    );
  }
  return { mediaType: kind.mediaType, width, height };
}
