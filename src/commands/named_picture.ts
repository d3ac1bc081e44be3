/** How a person at a shell names a picture. */

import { basename, dirname, resolve } from "node:path";
import type { App } from "../app.ts";

/** In a shell a word is a file of the folder one is in, unless it is an id, "last" or an address. */
export function namedPicture(text: string, workingDirectory: string): string {
  const isNamed = /^(img_[a-z0-9_-]+|last|~.*|[a-z][a-z0-9+.-]+:.*)$/is.test(text);
  return isNamed ? text : resolve(workingDirectory, text);
}

/** The same, but by its id where it is the file of a picture that is recorded here. */
export async function recordedPicture(
  text: string,
  workingDirectory: string,
  { images, saveDirectory }: App,
): Promise<string> {
  const named = namedPicture(text, workingDirectory);
  if (dirname(named) !== saveDirectory) return named;
  const record = await images.find(namedId(named), OWNER);
  return record && images.pathOf(record) === named ? record.id : named;
}

/** Whose pictures the shell sees; it comes without a token. */
const OWNER = "";

/** The id of a picture that is named by the file it was saved in; any other word as it is. */
export function namedId(text: string): string {
  const [, of] = /_([a-z0-9-]+_\d+_[0-9a-f]{24})\.\w+$/.exec(basename(text)) ?? [];
  return of === undefined ? text : `img_${of}`;
}
