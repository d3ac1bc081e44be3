/** Pictures laid over one another: masked, recoloured, seen through. */

import type { ComposeInput, Layer } from "./worker/compose.ts";
import type { Encoded } from "./worker/encode.ts";
import { runImageWork } from "./workers.ts";

export type { Area } from "./worker/arrange.ts";
export { makeColourTable } from "./worker/colour_table.ts";
export type { Layer } from "./worker/compose.ts";

/**
 * The layers, from the lowest to the topmost, as one picture of `width` by `height` pixels;
 * undefined where no copy is as small as `output.maxBytes`. What a layer does not cover keeps the
 * very pixels that lie under it. Each picture has at most 36 million pixels. @throws {UndecodableImageError} @throws {RangeError} for an area outside the
 * result.
 */
export async function composeImage(
  { layers, ...result }: ComposeInput,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Encoded | undefined> {
  const input = () => Promise.resolve({ ...result, layers: layers.map(copied) });
  const cost = result.width * result.height * layers.length;
  return await runImageWork({ operation: "compose", input, cost, signal });
}

/** The work takes its bytes along, so it gets its own. */
function copied(layer: Layer): Layer {
  const { bytes, mask, tones } = layer;
  return {
    ...layer,
    bytes: bytes.slice(),
    ...(mask ? { mask: mask.slice() } : {}),
    ...(tones ? { tones: { ...tones, bytes: tones.bytes.slice() } } : {}),
  };
}
