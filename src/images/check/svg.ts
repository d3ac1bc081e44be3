/** SVG: the root element is closed. */

import { cutShort } from "./damage.ts";

export function checkSvg(bytes: Uint8Array): string | undefined {
  const end = new TextDecoder().decode(bytes.subarray(-LONGEST_END)).trimEnd();
  return isClosed(end) || isEmptyRoot(end)
    ? undefined
    : cutShort(bytes, "its root element is not closed");
}

/** After the root's end only comments and instructions may follow. */
function isClosed(text: string): boolean {
  const last = text.lastIndexOf("</svg");
  if (last < 0) return false;
  return /^<\/svg\s*>(?:[^<]|<[!?])*$/.test(text.slice(last));
}

/** "<svg …/>" with nothing in it. */
function isEmptyRoot(text: string): boolean {
  return /<svg(?:\s[^<>]*)?\/>$/.test(text);
}

/** What may follow the root element, comments above all, is rarely longer, in bytes. */
const LONGEST_END = 4096;
