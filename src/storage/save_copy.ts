/** Copies of pictures where a person wants them: in folders that were allowed, and never over another file. */

import { basename, dirname, extname, isAbsolute, join, relative } from "node:path";
import { ImageError, messageOf, oneOf, shown } from "../errors.ts";
import { identifyImage } from "../images/media_type.ts";
import type { CopyPlace } from "../requests/request.ts";
import type { ImageRepository } from "./image_repository.ts";
import type { ImageRecord } from "./records/records.ts";

/**
 * The place of that absolute path, which an argument names, if it lies in one of `folders`.
 * @throws {ImageError} `invalid_parameters` that names the folders.
 */
export async function savePlaceAt(
  path: string,
  folders: readonly string[],
  argument = "save_as",
): Promise<CopyPlace> {
  const refused = (reason: string) =>
    new ImageError("invalid_parameters", `${argument} ${shown(path)} ${reason}`, {
      [argument]: path,
      allowed_folders: folders,
    });
  if (!isAbsolute(path)) throw refused("must be an absolute path, or begin with ~");
  const isFolder = /[\\/]$/.test(path) || await isDirectory(path);
  const real = isFolder
    ? await realPath(path)
    : join(await realPath(dirname(path)), basename(path));
  for (const folder of folders) {
    const within = await Deno.realPath(folder).catch(() => undefined);
    if (within !== undefined && isWithin(within, real)) return { path: real, isFolder, within };
  }
  throw refused(`lies in none of the folders of MCP_SAVE_AS_DIRS: ${oneOf(folders)}`);
}

/** Copies a picture where a person wants it; tells where that is, or why it is not, as sentences. */
export async function copyPicture(
  image: ImageRecord,
  place: CopyPlace | undefined,
  images: Pick<ImageRepository, "readRecent">,
): Promise<readonly string[]> {
  if (!place) return [];
  try {
    const { id, fileName } = image;
    const bytes = await images.readRecent(image);
    return [`A copy of picture ${id} is at ${await saveCopy(place, bytes, fileName ?? id)}`];
  } catch (error) {
    return [messageOf(error)];
  }
}

/**
 * Writes a copy, under another name where there is a file already or the picture is of another type
 * than the name says. @returns the copy's path. @throws {ImageError} `read_failed` that tells why not.
 */
export async function saveCopy(
  { path, isFolder, within }: CopyPlace,
  bytes: Uint8Array,
  fileName: string,
): Promise<string> {
  const wanted = isFolder ? join(path, fileName) : path;
  const folder = dirname(wanted);
  try {
    await Deno.mkdir(folder, { recursive: true });
    // Somebody may have put a link there since the place was found.
    const real = await Deno.realPath(folder);
    if (!isWithin(within, real)) throw new Error(`it leads out of '${within}' by now`);
    const name = basename(wanted).replace(PICTURE_ENDING, "");
    const ending = endingFor(wanted, bytes);
    return await writeNew(bytes, (number) => join(real, `${name}${number}${ending}`));
  } catch (error) {
    throw new ImageError("read_failed", `No copy at '${wanted}': ${messageOf(error)}`, {}, {
      cause: error,
    });
  }
}

/** Under the first name that is free: "cat.png", "cat-2.png", … */
async function writeNew(bytes: Uint8Array, pathOf: (number: string) => string): Promise<string> {
  for (let number = 1;; number++) {
    const path = pathOf(number === 1 ? "" : `-${number}`);
    try {
      await Deno.writeFile(path, bytes, { createNew: true });
      return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists) || number === MOST_NAMES) throw error;
    }
  }
}

/** The ending that was asked for where it is one of the picture's type, else the usual one. */
function endingFor(path: string, bytes: Uint8Array): string {
  const usual = `.${identifyImage(bytes)?.extension ?? "img"}`;
  const asked = extname(path);
  return asked.toLowerCase().replace(".jpeg", ".jpg") === usual ? asked : usual;
}

/** The path without links as far as it is there; what is not there yet stays as it is. */
async function realPath(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    const parent = dirname(path);
    if (!(error instanceof Deno.errors.NotFound) || parent === path) throw error;
    return join(await realPath(parent), basename(path));
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return (await Deno.stat(path).catch(() => undefined))?.isDirectory ?? false;
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return !isAbsolute(way) && way !== ".." && !/^\.\.[\\/]/.test(way);
}

const PICTURE_ENDING = /\.(png|jpe?g|webp|gif|bmp|avif)$/i;
const MOST_NAMES = 1_000;
