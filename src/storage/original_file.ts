/**
 * Pictures that were imported in place: their files lie where a person keeps them, and are read,
 * never written, moved or removed.
 */

import { ImageError, messageOf } from "../errors.ts";
import type { StoredFile } from "./image_store.ts";
import { readPart } from "./read_part.ts";
import type { ImageRecord } from "./records/records.ts";

type Original = Pick<ImageRecord, "id" | "sizeBytes"> & { readonly originalPath: string };

/** Whether the file of a picture lies outside the library. */
export function isInPlace<Picture extends Pick<ImageRecord, "originalPath">>(
  picture: Picture,
): picture is Picture & { readonly originalPath: string } {
  return picture.originalPath !== undefined;
}

/**
 * All the bytes of the file.
 * @throws {ImageError} `file_not_found` where it is gone or another one, `read_failed`; no words of
 * it name the path, which stands in the details.
 */
export async function readOriginal(picture: Original): Promise<Uint8Array<ArrayBuffer>> {
  await assertThere(picture);
  return await Deno.readFile(picture.originalPath).catch((error) => {
    throw unreadable(error, picture);
  });
}

/** The file to be read in pieces; undefined where it is gone or another one. */
export async function openOriginal(picture: Original): Promise<StoredFile | undefined> {
  const { originalPath: path } = picture;
  const info = await assertThere(picture).catch(() => undefined);
  return info && {
    sizeBytes: info.size,
    modifiedAt: info.mtime ?? new Date(0),
    read: (start, end) => readPart(path, start, end, info.size),
  };
}

/** Whether the file lies where it lay, as it was. */
export async function isThere(picture: Original): Promise<boolean> {
  return await assertThere(picture).then(() => true, () => false);
}

/** A link that stands there now, or on the way to it, may lead anywhere. */
async function assertThere(picture: Original): Promise<Deno.FileInfo> {
  const { originalPath: path, sizeBytes } = picture;
  try {
    const info = await Deno.lstat(path);
    if (info.isFile && info.size === sizeBytes && await Deno.realPath(path) === path) return info;
  } catch (error) {
    throw error instanceof Deno.errors.NotFound ? gone(picture) : unreadable(error, picture);
  }
  throw new ImageError(
    "file_not_found",
    `The file of picture '${picture.id}' is another one now: it was imported in place and has ` +
      "changed since; import it again",
    detailsOf(picture),
  );
}

function gone(picture: Original): ImageError {
  return new ImageError(
    "file_not_found",
    `The file of picture '${picture.id}' is gone: it was imported in place and lies there no ` +
      "more; put it back, or import it again from where it is now",
    detailsOf(picture),
  );
}

function unreadable(error: unknown, picture: Original): ImageError {
  const reason = messageOf(error).replaceAll(picture.originalPath, "…");
  return new ImageError(
    "read_failed",
    `The file of picture '${picture.id}', which was imported in place, cannot be read: ${reason}`,
    detailsOf(picture),
    { cause: error },
  );
}

function detailsOf({ id, originalPath }: Original) {
  return { image_id: id, local_path: originalPath };
}
