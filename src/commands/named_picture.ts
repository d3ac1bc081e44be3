/** How a person at a shell names a picture. */

import { resolve } from "node:path";

/** In a shell a word is a file of the folder one is in, unless it is an id, "last" or an address. */
export function namedPicture(text: string, workingDirectory: string): string {
  const isNamed = /^(img_[a-z0-9_-]+|last|~.*|[a-z][a-z0-9+.-]+:.*)$/is.test(text);
  return isNamed ? text : resolve(workingDirectory, text);
}
