/** How the checks of all formats say what is wrong, to end the sentence "The picture is …". */

/** The file ends before what `missing` names, such as "its end chunk is missing". */
export function cutShort(bytes: Uint8Array, missing: string): string {
  return `cut short after ${bytes.length} bytes: ${missing}`;
}

/** The file is long enough and contradicts itself. */
export function damaged(how: string): string {
  return `damaged: ${how}`;
}
