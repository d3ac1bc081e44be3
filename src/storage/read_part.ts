/** Files of this machine, read in pieces. */

/** A stream of the file's bytes from `start` to `end`, which closes the file by itself; undefined where it cannot be opened. */
export async function readPart(
  path: string,
  start: number,
  end: number,
  size: number,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | undefined> {
  const file = await Deno.open(path).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    if (start > 0) await file.seek(start, Deno.SeekMode.Start);
  } catch (error) {
    file.close();
    throw error;
  }
  const isToTheEnd = end === size - 1;
  return isToTheEnd ? file.readable : file.readable.pipeThrough(firstBytes(end - start + 1));
}

function firstBytes(count: number): TransformStream<Uint8Array<ArrayBuffer>> {
  let left = count;
  return new TransformStream({
    transform(chunk, controller) {
      controller.enqueue(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) controller.terminate();
    },
  });
}
