/** The bytes of pictures that came in, as the provider that is asked takes them. */

import { releaseBytes } from "../bytes.ts";
import { ImageError } from "../errors.ts";
import type { ImageRequest, InputImage } from "../providers/provider.ts";
import type { PlannedInput, PlannedRequest } from "../requests/request.ts";
import type { ImageStore } from "../storage/image_store.ts";

/**
 * Reads them when the call's turn has come, so that only running calls hold their pictures, and one
 * after another, so that only one is converted at a time.
 * @throws {ImageError} `image_not_found` where one is not kept any more.
 */
export async function withBytes(
  { inputs, mask, ...rest }: PlannedRequest,
  store: ImageStore,
  signal: AbortSignal,
): Promise<ImageRequest> {
  const read: InputImage[] = [];
  for (const input of inputs) read.push(await readInput(input, store, signal));
  return {
    ...rest,
    inputs: read,
    ...mask ? { mask: await readInput(mask, store, signal) } : {},
  };
}

async function readInput(
  { conversion, ...info }: PlannedInput,
  store: ImageStore,
  signal: AbortSignal,
): Promise<InputImage> {
  const bytes = await inputBytes(info.hash, store);
  if (!conversion) return { ...info, bytes };
  const { fitInput } = await import("../images/fit_input.ts");
  const { bytes: fitted, mediaType, width, height } = await fitInput(bytes, conversion, { signal });
  releaseBytes(bytes);
  return { ...info, bytes: fitted, sizeBytes: fitted.length, mediaType, width, height };
}

/** @throws {ImageError} `image_not_found` */
export async function inputBytes(
  hash: string,
  store: ImageStore,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await store.get(hash);
  if (bytes) return bytes;
  throw new ImageError(
    "image_not_found",
    "A picture that came in with the request is not kept any more: pass it again",
    { hash },
  );
}
