/** Pictures in one file, as those who train models want them. */

import type { InputImage } from "./image_request.ts";

/** A ZIP of the pictures, named by their place; they are packed already, so that it only holds them. */
export async function zipOf(
  pictures: readonly Pick<InputImage, "bytes" | "mediaType">[],
): Promise<Uint8Array<ArrayBuffer>> {
  const { Zip, ZipPassThrough } = await import("../dependencies/fflate.ts");
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let trouble: Error | null = null;
  const zip = new Zip((error, piece) => {
    trouble ??= error;
    if (!error) pieces.push(piece as Uint8Array<ArrayBuffer>);
  });
  for (const [index, { bytes, mediaType }] of pictures.entries()) {
    const entry = new ZipPassThrough(`${index + 1}.${mediaType.split("/")[1]}`);
    zip.add(entry);
    entry.push(bytes, true);
  }
  zip.end();
  if (trouble) throw trouble;
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
