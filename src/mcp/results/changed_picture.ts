/** A picture read in another size or format, of which no record is kept. */

import { ImageError } from "../../errors.ts";
import { parseTransformation } from "../../service/transformation.ts";
import type { ImageRecord } from "../../storage/records/records.ts";
import type { ArgumentTable } from "../declarations/argument.ts";
import { TRANSFORM_IMAGE } from "../declarations/transform_image.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { readArguments } from "../arguments/read_arguments.ts";
import { mostBytesOf } from "./whole_picture.ts";

const { width, height, fit, format, quality } = TRANSFORM_IMAGE.input;
const QUERY = { width, height, fit, format, quality } satisfies ArgumentTable;

/**
 * The picture as the query of its address asks for it, such as "width=400&format=webp", and of
 * the best quality that an answer may hold.
 * @throws {ImageError}
 */
export async function changedPicture(
  picture: ImageRecord,
  query: string,
  signal: AbortSignal,
  { images, settings }: ServerDependencies,
) {
  const asked = readArguments(QUERY, Object.fromEntries(new URLSearchParams(query)));
  if ("mistakes" in asked) {
    throw new ImageError(
      "invalid_arguments",
      `Cannot read image://${picture.id} so: ${asked.mistakes.join("; ")}`,
    );
  }
  const maxBytes = mostBytesOf(settings());
  const transformation = { ...parseTransformation(asked.args), maxBytes };
  const { transformed } = await import("../../service/transform_picture.ts");
  const source = { bytes: await images.read(picture), name: `Picture '${picture.id}'` };
  return await transformed(source, transformation, signal);
}
