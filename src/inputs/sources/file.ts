/** Picture files of this machine. */

import { fileURLToPath } from "node:url";
import { isAbsolute, join, sep } from "node:path";
import { ImageError, shown } from "../../errors.ts";
import { identifyImage } from "../../images/media_type.ts";
import {
  type FoundBytes,
  type InputAccess,
  MAX_INPUT_BYTES,
  type PictureSource,
  tooManyBytes,
  uploadAdvice,
} from "../picture_source.ts";

/**
 * An absolute path, "~/…" or "file://…". Where not every file may be read, links are resolved
 * first, and whatever is wrong sounds the same: nobody learns what lies outside the folders.
 */
export const file: PictureSource = {
  matches: (text) => PATH.test(text),
  async read(text, { access, signal }) {
    const path = pathOf(text, access);
    return access.mayReadAnyFile
      ? await readFile(path, text, access, signal)
      : await readWithin(path, text, access, signal);
  },
};

const PATH = /^(file:|~|[/\\]|[a-z]:[\\/])/i;

/** @throws {ImageError} where the text is the path of no file of this machine. */
export function pathOf(text: string, { home }: InputAccess): string {
  const path = /^file:/i.test(text) ? pathOfAddress(text) : expanded(text, home);
  const isOfNetwork = /^[/\\]{2}/.test(path); // whose server would learn who asks
  if (!isAbsolute(path) || isOfNetwork || path.includes("\0")) {
    throw new ImageError(
      "invalid_parameters",
      `${shown(text)} is not the absolute path of a file on this machine`,
    );
  }
  return path;
}

function pathOfAddress(text: string): string {
  const local = text.replace(/^file:\/\/localhost\//i, "file:///");
  try {
    return fileURLToPath(local.replaceAll("\\", "/"));
  } catch {
    return "";
  }
}

function expanded(text: string, home: string | undefined): string {
  return home ? text.replace(/^~(?=$|[\\/])/, () => home) : text;
}

/** Over a connection of this machine's own user, who may be told what is wrong. */
async function readFile(
  path: string,
  text: string,
  access: InputAccess,
  signal: AbortSignal,
): Promise<FoundBytes> {
  const name = `The file ${shown(text)}`;
  try {
    const bytes = await readBounded(path, signal);
    if (bytes === "large") throw tooManyBytes(name);
    if (bytes) return { bytes, name };
  } catch (error) {
    if (error instanceof ImageError || signal.aborted) throw error;
    throw unreadable(text, access, error);
  }
  throw new ImageError("invalid_parameters", `${shown(text)} is not a picture, by its bytes`);
}

async function readWithin(
  path: string,
  text: string,
  access: InputAccess,
  signal: AbortSignal,
): Promise<FoundBytes> {
  const { folders } = access;
  if (folders.length === 0) {
    throw new ImageError(
      "not_allowed",
      "Paths are not read over HTTP: pass an https:// address, a data URI or the id of a picture " +
        `(img_…). The server's owner opens folders with MCP_INPUT_DIRS${uploadAdvice(access)}`,
    );
  }
  const inside = await realPathWithin(path, folders);
  const bytes = inside && await readBounded(inside, signal).catch(() => undefined);
  signal.throwIfAborted();
  if (bytes === "large") throw tooManyBytes(`The file ${shown(text)}`);
  if (bytes) return { bytes, name: `The file ${shown(text)}` };
  throw new ImageError(
    "not_allowed",
    `There is no picture at ${shown(text)} in the folders that may be read (MCP_INPUT_DIRS)` +
      uploadAdvice(access),
  );
}

/** Where the path leads in the end, if that is within one of the folders. */
export async function realPathWithin(
  path: string,
  folders: readonly string[],
): Promise<string | undefined> {
  const real = await Deno.realPath(path).catch(() => undefined);
  if (real === undefined) return undefined;
  for (const folder of folders) {
    const realFolder = await Deno.realPath(folder).catch(() => undefined);
    if (realFolder !== undefined && real.startsWith(join(realFolder, sep))) return real;
  }
}

/** A whole picture file; "large" where it has too many bytes, undefined where it is no picture. */
async function readBounded(
  path: string,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | "large" | undefined> {
  // Opening a pipe would wait for whoever writes into it.
  const { isFile, size } = await Deno.stat(path);
  if (!isFile) return undefined;
  if (size > MAX_INPUT_BYTES) return "large";
  const bytes = await Deno.readFile(path, { signal });
  return identifyImage(bytes) ? bytes : undefined;
}

function unreadable(text: string, access: InputAccess, error: unknown): ImageError {
  const isMissing = error instanceof Deno.errors.NotFound;
  const isForbidden = error instanceof Deno.errors.NotCapable;
  const reason = isMissing
    ? `There is no such file${uploadAdvice(access)}`
    : isForbidden
    ? "This server was started without the permission to read there (--allow-read)"
    : "The system does not let this server read it";
  return new ImageError("invalid_parameters", `Cannot read ${shown(text)}: ${reason}`, {}, {
    cause: error,
  });
}
