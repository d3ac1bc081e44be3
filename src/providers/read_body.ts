/** The body of a vendor's answer, whole and within bounds, however it was packed. */

import { ImageError } from "../errors.ts";

export interface ReadBodyOptions {
  /** The vendor's name for people. */
  readonly title: string;
  /** The most bytes, counted as they come out of any compression. */
  readonly limit: number;
  /** Called whenever something comes, with it; and without anything at the beginning. */
  readonly onChunk?: (chunk?: Uint8Array<ArrayBuffer>) => void;
}

/**
 * The bytes of an answer. Little more than what came is held meanwhile.
 * @throws {ImageError} `missing_content` where there are more.
 */
export async function readBody(
  response: Response,
  { title, limit, onChunk = () => {} }: ReadBodyOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  onChunk();
  // What is announced is the length on the line; unpacked it may be a thousand times that.
  const announced = Number(response.headers.get("content-length") ?? 0) || 0;
  let bytes = new Uint8Array(Math.min(Math.max(announced, SMALLEST_BUFFER), limit));
  let length = 0;
  for await (const chunk of response.body ?? []) {
    onChunk(chunk);
    const needed = length + chunk.length;
    if (needed > limit) throw tooLarge(title, limit);
    if (needed > bytes.length) bytes = grown(bytes, needed, limit);
    bytes.set(chunk, length);
    length = needed;
  }
  return length === bytes.length ? bytes : bytes.subarray(0, length);
}

/** The same answer, failing where it grows beyond `limit`. */
export function boundedResponse(response: Response, title: string, limit: number): Response {
  if (response.body === null) return response;
  let left = limit;
  const counted = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      left -= chunk.length;
      if (left < 0) throw tooLarge(title, limit);
      controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(counted), { status, statusText, headers });
}

function tooLarge(title: string, limit: number): ImageError {
  return new ImageError(
    "missing_content",
    `${title}'s answer is larger than ${Math.round(limit / 1024 / 1024)} MB and was not read`,
  );
}

const SMALLEST_BUFFER = 65_536;

/**
 * The same bytes with room for more: a little at first, then at once for all that may come, since
 * the system gives memory only for what is written, and copies on the way would hold twice as much.
 */
function grown(
  bytes: Uint8Array<ArrayBuffer>,
  needed: number,
  limit: number,
): Uint8Array<ArrayBuffer> {
  const wanted = needed > LARGE ? limit : Math.max(needed, bytes.length * 2);
  const larger = new Uint8Array(Math.min(wanted, limit));
  larger.set(bytes);
  return larger;
}

const LARGE = 1024 * 1024;
