/** A smaller copy of a picture, for clients that refuse large results. */

import { decodingCost } from "./limits.ts";
import { identifyImage } from "./media_type.ts";
import { transformation } from "./transform.ts";
import type { Encoded } from "./worker/encode.ts";
import { runImageWork, UndecodableImageError, WorkerLostError } from "./workers.ts";

/** A smaller copy of a picture. */
export type Preview = Encoded;

export interface PreviewOptions {
  readonly maxBytes: number;
  /**
   * What the client is known to show. What can be seen through is always given as WebP, the one
   * small format that keeps it.
   */
  readonly format: "jpeg" | "webp";
  /** Pixels of the picture, where they are known: small pictures have their turn first. */
  readonly pixels?: number;
  /** Aborts when nobody wants the preview any more. */
  readonly signal?: AbortSignal;
}

/**
 * A copy of the picture that `read` gives that is at most `maxBytes` long: as large as the picture
 * itself up to a longest side of 1568 pixels, of a larger one 1024 to 1568, and smaller where that
 * is needed to fit. Undefined where the format cannot be decoded, the file is damaged, the picture
 * is too large (64 million pixels, fewer where a decoder would need more than 256 MiB), or no copy
 * is small enough.
 *
 * The work is done by a worker, so that this thread stays free; `read` is called when the
 * picture's turn comes. @throws what `read` throws, and the signal's reason.
 */
export async function makePreview(
  read: () => Promise<Uint8Array>,
  { maxBytes, format, pixels, signal }: PreviewOptions,
): Promise<Preview | undefined> {
  const input = async () => {
    const bytes = new Uint8Array(await read());
    const cost = decodingCost(bytes, { isWhole: false });
    if (typeof cost === "string") throw new UndecodableImageError(cost);
    return { bytes, format, maxBytes };
  };
  return await unlessDamaged(runImageWork({ operation: "preview", input, cost: pixels, signal }));
}

/**
 * A copy to be seen among many others: a WebP with a longest side of 384 pixels, or the picture's
 * own where that is less. Made several times as fast as a preview, and half as large. Undefined
 * where the picture cannot be decoded. `read` is called when the picture's turn comes.
 * @throws what `read` throws, and the signal's reason.
 */
export async function makeThumbnail(
  read: () => Promise<Uint8Array>,
  { pixels, signal }: Pick<PreviewOptions, "pixels" | "signal">,
): Promise<Preview | undefined> {
  const input = async () => {
    const bytes = new Uint8Array(await read());
    const { width = THUMBNAIL_SIDE, height = THUMBNAIL_SIDE } = identifyImage(bytes) ?? {};
    const resize = {
      do: "resize",
      width: Math.min(THUMBNAIL_SIDE, width),
      height: Math.min(THUMBNAIL_SIDE, height),
    } as const;
    return transformation(bytes, [resize], { format: "webp", quality: THUMBNAIL_QUALITY });
  };
  return await unlessDamaged(runImageWork({ operation: "transform", input, cost: pixels, signal }));
}

/** A picture that a worker dies of is a damaged one. */
async function unlessDamaged<Made>(work: Promise<Made>): Promise<Made | undefined> {
  try {
    return await work;
  } catch (error) {
    const isPictures = error instanceof UndecodableImageError || error instanceof RangeError ||
      error instanceof WorkerLostError && error.reason !== "closed";
    if (isPictures) return undefined;
    throw error;
  }
}

const THUMBNAIL_SIDE = 384;
const THUMBNAIL_QUALITY = 75;
