/** Pictures in full: which are too large for an answer, and how else to get them. */

import type { Settings } from "../../config/settings.ts";
import type { ImageRecord } from "../../storage/records/records.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { imageEntry } from "./result.ts";

/** What stands around a picture's base64 in an answer, in bytes. */
const FRAME = 3_000;

/** Why an answer cannot hold all of a picture, to follow its name; undefined where it can. */
export function tooLargeFor(
  { sizeBytes }: ImageRecord,
  { MCP_GET_IMAGE_DATA_MAX_BYTES: mostOfFile, MCP_MAX_RESULT_BYTES: mostOfResult }: Settings,
): string | undefined {
  if (sizeBytes > mostOfFile) {
    return `has ${sizeBytes} bytes, more than the ${mostOfFile} of MCP_GET_IMAGE_DATA_MAX_BYTES`;
  }
  if (sizeBytes > bytesIn(mostOfResult)) {
    return `has ${sizeBytes} bytes, more than an answer of MCP_MAX_RESULT_BYTES (${mostOfResult}) holds`;
  }
}

/** The largest file that an answer may hold, in bytes. */
export function mostBytesOf(
  { MCP_GET_IMAGE_DATA_MAX_BYTES: mostOfFile, MCP_MAX_RESULT_BYTES: mostOfResult }: Settings,
): number {
  return Math.min(mostOfFile, bytesIn(mostOfResult));
}

/** Bytes whose base64 fits into a result of that size. */
function bytesIn(resultBytes: number): number {
  return Math.floor((resultBytes - FRAME) / 4) * 3;
}

/** Where to read a picture that no answer holds, as advice. */
export function whereTheBytesAre(picture: ImageRecord, dependencies: ServerDependencies): string {
  const { local_path, url } = imageEntry(picture, dependencies);
  const places = [local_path, url].filter((place) => place !== null);
  return places.length > 0
    ? `read it at ${places.join(" or ")}`
    : "whoever runs the server can raise the limit, or set MCP_PUBLIC_BASE_URL for an address";
}
