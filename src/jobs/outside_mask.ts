/** What a vendor made of a masked picture, with the picture's own pixels outside the mask. */

import { messageOf } from "../errors.ts";
import type { GeneratedImage } from "../providers/provider.ts";
import type { Conversion, ParsedRequest } from "../requests/request.ts";
import type { ImageStore } from "../storage/image_store.ts";
import type { ConvertedPicture } from "./convert_picture.ts";
import { inputBytes } from "./input_bytes.ts";

export interface KeptOutside extends ConvertedPicture {
  /** What is still to be done with it. */
  readonly conversion?: Conversion;
}

/**
 * Never throws: a picture that is paid for is kept as it came where nothing can be put back. What
 * is wanted is read out of the job's request, so that pictures of a dead server's vendor are
 * treated alike.
 */
export async function keepOutsideMask(
  image: GeneratedImage,
  { inputs, mask, preservesOutside = true, options }: ParsedRequest,
  conversion: Conversion | undefined,
  store: ImageStore,
): Promise<KeptOutside> {
  const base = inputs.find(({ role }) => role === "base");
  if (!mask || !base || !preservesOutside) return { image, conversion, warnings: [] };
  try {
    const { putBack } = await import("../images/put_back.ts");
    const [basis, marked] = [
      await inputBytes(base.hash, store),
      await inputBytes(mask.hash, store),
    ];
    const result = await putBack({ base: basis, edited: image.bytes, mask: marked });
    const { aligned, bytes, warnings } = result;
    // What was put back came as PNG, whatever the vendor had been asked for.
    const format = aligned ? outputOf(options) : undefined;
    const wanted = format ? { ...format, ...conversion } : conversion;
    return { image: { ...image, bytes }, conversion: wanted, warnings };
  } catch (error) {
    const warning =
      "The picture may have changed outside the mask, too: its own pixels could not " +
      `be put back. ${messageOf(error)}`;
    return { image, conversion, warnings: [warning] };
  }
}

/** The format that somebody asked for, where it is not PNG. */
function outputOf(
  { output_format, output_compression }: ParsedRequest["options"],
): Conversion | undefined {
  if (output_format !== "jpeg" && output_format !== "webp") return undefined;
  const quality = typeof output_compression === "number" ? { quality: output_compression } : {};
  return { format: output_format, ...quality };
}
