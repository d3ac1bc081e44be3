/** A picture from whatever a text names: one of ours, a file, an address, or the data itself. */

import { releaseBytes } from "../bytes.ts";
import { ImageError, shown } from "../errors.ts";
import { DATA_URI, PictureText } from "./picture_text.ts";
import {
  asPicture,
  type FoundPicture,
  type PictureReader,
  type PictureSource,
  type SourceDependencies,
  uploadAdvice,
} from "./picture_source.ts";
import { dataUri } from "./sources/data_uri.ts";
import { file } from "./sources/file.ts";
import { knownPicture } from "./sources/known_picture.ts";
import { upload } from "./sources/upload.ts";
import { webAddress } from "./sources/web_address.ts";

/**
 * The picture that `text` names: an id ("img_…", "upload_…"), "image://ID", "last" (the newest of the reader's
 * own), an absolute path, "~/…", "file://…", an https address, or a data URI; or the picture that its
 * data made already. At most 25 MB; what it is, its bytes decide. Nothing is decoded.
 * @throws {ImageError} that says what may be passed instead; the signal's reason.
 */
export async function readPicture(
  text: string | PictureText,
  reader: PictureReader,
  dependencies: SourceDependencies,
): Promise<FoundPicture> {
  if (text instanceof PictureText) return pictureOf(text);
  const trimmed = text.trim();
  const source = SOURCES.find((each) => each.matches(trimmed));
  if (!source) throw nothingKnown(trimmed, reader);
  return asPicture(await source.read(trimmed, reader, dependencies));
}

function pictureOf(text: PictureText): FoundPicture {
  const bytes = text.take();
  try {
    return asPicture({ bytes, name: DATA_URI });
  } catch (error) {
    releaseBytes(bytes);
    throw error;
  }
}

/** In the order in which they are asked. */
const SOURCES: readonly PictureSource[] = [
  dataUri,
  upload,
  knownPicture,
  webAddress,
  file,
];

function nothingKnown(text: string, { access }: PictureReader): ImageError {
  const places = [
    "the id of a picture (img_…)",
    "'last'",
    ...access.mayReadAnyFile || access.folders.length > 0 ? ["an absolute path"] : [],
    "an https:// address",
  ];
  const problem = text === "" ? "A picture has no text" : `${shown(text)} names no picture`;
  return new ImageError(
    "invalid_parameters",
    `${problem}: pass ${places.join(", ")} or a data URI${uploadAdvice(access)}`,
  );
}
