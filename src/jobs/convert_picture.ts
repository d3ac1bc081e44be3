/** A vendor's picture as it was asked for, where the plan leaves something to do. */

import { messageOf } from "../errors.ts";
import type { GeneratedImage } from "../providers/provider.ts";
import type { Conversion } from "../requests/request.ts";

export interface ConvertedPicture {
  readonly image: GeneratedImage;
  /** What was lost or could not be done, as sentences. */
  readonly warnings: readonly string[];
}

/** Never throws: a picture that is paid for is kept as it came where it cannot be converted. */
export async function convertPicture(
  image: GeneratedImage,
  conversion: Conversion | undefined,
): Promise<ConvertedPicture> {
  if (!conversion) return { image, warnings: [] };
  try {
    const { convertImage } = await import("../images/convert.ts");
    const { bytes, warnings } = await convertImage(image.bytes, conversion);
    return { image: { ...image, bytes }, warnings };
  } catch (error) {
    const warning = `The picture is kept as it came, since it cannot be converted to ${
      wordsFor(conversion)
    }: ${messageOf(error)}`;
    return { image, warnings: [warning] };
  }
}

function wordsFor({ format, background }: Conversion): string {
  const words = [background && `an ${background} background`, format?.toUpperCase()];
  return words.filter(Boolean).join(" and ");
}
