/** What a vendor changed of a picture, without what it changed beside. */

import { decodingCost } from "./limits.ts";
import { identifyImage, type MediaType } from "./media_type.ts";
import type { PutBack } from "./worker/put_back.ts";
import { runImageWork, UndecodableImageError, WorkerLostError } from "./workers.ts";

export interface PutBackOptions {
  readonly base: Uint8Array;
  /** What the vendor made of it. */
  readonly edited: Uint8Array<ArrayBuffer>;
  /** In the one form. */
  readonly mask: Uint8Array;
  readonly signal?: AbortSignal;
}

export interface EditedPicture {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: MediaType;
  /** Whether the base's own pixels were put back; else `bytes` is the edited picture as it was. */
  readonly aligned: boolean;
  /** What a person should know of it, as sentences. */
  readonly warnings: readonly string[];
}

/**
 * The edited picture with the base's own pixels around what was to change: where the mask is 0,
 * every pixel is the base's, bit for bit; within its edge the change begins softly, over 2 to 12
 * pixels (a 250th of the longest side). The result is a PNG of the base's size, since in any other
 * size or in a format with loss no pixel would be its own: a smaller answer is enlarged, a larger
 * one reduced.
 *
 * That is done where the two line up: their shapes are within 2 % of each other, what is seen
 * outside the mask lies within 3 % of the longest side of where it was, and there three quarters of the pixels, of both
 * made 192 pixels long, differ in brightness by no more in the mean than 40 % of the base's own mean
 * deviation, at least 5 and at most 18 of 255, an even change left out. (A public measurement of an
 * answer that had left its base found 38: vercel/ai issue 14360, July 2026.) A move is undone to a
 * 768th. Otherwise the edited picture is kept and a warning says so; so it is for pictures that
 * cannot be decoded, or of more than 36 million pixels.
 */
export async function putBack(
  { base, edited, mask, signal }: PutBackOptions,
): Promise<EditedPicture> {
  const costs = [base, edited, mask].map((bytes) => decodingCost(bytes, { isWhole: true }));
  const reason = costs.find((cost) => typeof cost === "string");
  if (reason) return keptAsItWas(edited, reason);
  const cost = costs.reduce((sum, cost) => sum + (cost as { pixels: number }).pixels, 0);
  const input = () =>
    Promise.resolve({ base: base.slice(), edited: edited.slice(), mask: mask.slice() });
  try {
    const result = await runImageWork({ operation: "putBack", input, cost, signal });
    const { bytes } = result;
    if (!bytes) return keptAsItWas(edited, reasonOf(result));
    return { bytes, mediaType: "image/png", aligned: true, warnings: sizeWarnings(result) };
  } catch (error) {
    if (isPicturesFault(error)) return keptAsItWas(edited, error.message);
    throw error;
  }
}

/** The picture is paid for, so nothing but a stop or a bug may lose it. */
function isPicturesFault(error: unknown): error is Error {
  return error instanceof UndecodableImageError || error instanceof RangeError ||
    error instanceof WorkerLostError && error.reason !== "closed";
}

function keptAsItWas(edited: Uint8Array<ArrayBuffer>, reason: string): EditedPicture {
  const mediaType = identifyImage(edited)?.mediaType ?? "image/png";
  const warning = "The picture may have changed outside the mask, too: its own pixels were not " +
    `put back there. ${reason}`;
  return { bytes: edited, mediaType, aligned: false, warnings: [warning] };
}

function reasonOf({ problem, baseSize, editedSize, difference = 0 }: PutBack): string {
  const [base, edited] = [baseSize.join("x"), editedSize.join("x")];
  const reasons = {
    shape: `of ${edited} has another shape than the ${base} of the one given`,
    difference: `differs by ${Math.round(difference)} of 255 from the one given outside the mask`,
    place: "shows what is outside the mask in another place than the one given",
  };
  return `The vendor's picture ${reasons[problem!]}`;
}

/** Where one drawn pixel became several, that is seen. */
function sizeWarnings({ baseSize, editedSize }: PutBack): readonly string[] {
  if (editedSize[0] >= baseSize[0] * 0.75) return [];
  return [
    `What changed was drawn at ${editedSize.join("x")} and enlarged to the picture's ` +
    `${baseSize.join("x")}`,
  ];
}
