/** A smaller copy of a picture, for clients that refuse large results. */

import { identifyImage } from "./media_type.ts";
import type { MediaType } from "./media_type.ts";
import { runPreviewWorker } from "./preview_worker.ts";
import type { Preview, PreviewAnswer, PreviewJob } from "./preview_worker.ts";

export type { Preview } from "./preview_worker.ts";

/**
 * The best copy of the picture that `read` gives that is at most `maxBytes` long: a
 * JPEG, or a PNG where there is something to see through. Undefined where the
 * format cannot be decoded, the file is damaged, the picture is too large (64
 * million pixels; 20 million where it may be seen through), or no copy is small
 * enough.
 *
 * The work is done in a worker, one picture at a time, so that this thread
 * stays free and memory bounded; `read` is called when the picture's turn comes.
 */
export function makePreview(
  read: () => Promise<Uint8Array>,
  { maxBytes }: { readonly maxBytes: number },
): Promise<Preview | undefined> {
  const preview = lastPreview.then(async () => await shrink(await read(), maxBytes));
  lastPreview = preview.catch(() => undefined);
  return preview;
}

let lastPreview: Promise<unknown> = Promise.resolve();

async function shrink(bytes: Uint8Array, maxBytes: number): Promise<Preview | undefined> {
  const alpha = alphaOf(bytes);
  if (!isDecodable(bytes, alpha)) return undefined;
  const mayHaveAlpha = alpha === "possible";
  return await runInWorker({ bytes: new Uint8Array(bytes), maxBytes, mayHaveAlpha, ...ATTEMPTS });
}

function isDecodable(bytes: Uint8Array, alpha: Alpha): boolean {
  const picture = identifyImage(bytes);
  if (!picture || !DECODABLE.has(picture.mediaType)) return false;
  const { width = Infinity, height = Infinity } = picture;
  return width * height <= MAX_PIXELS[alpha];
}

type Alpha = "none" | "possible" | "unreadable";

/** Whether there may be something to see through, from a file's first bytes. */
function alphaOf(bytes: Uint8Array): Alpha {
  const header = new TextDecoder("latin1").decode(bytes.subarray(0, MAX_PNG_HEADER));
  if (header.startsWith("\xff\xd8")) return "none";
  if (!header.startsWith("PNG", 1)) return "possible";
  const [depth, colourType = 0] = bytes.subarray(24, 26);
  const hasAlpha = colourType >= 4 || header.split("IDAT", 1)[0]!.includes("tRNS");
  const isGrey = colourType === 0 || colourType === 4;
  // Deno 2.9 confuses grey beside alpha with 16-bit grey, and gives out no 16-bit pixels.
  if (hasAlpha && (isGrey || depth === 16)) return "unreadable";
  return hasAlpha ? "possible" : "none";
}

async function runInWorker(job: PreviewJob): Promise<Preview | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<PreviewAnswer>();
  const worker = new Worker(WORKER_SOURCE, { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(`The preview worker failed: ${event.message}`));
  };
  worker.postMessage(job, [job.bytes.buffer]);
  try {
    const answer = await promise;
    if ("error" in answer) throw new Error(`The preview worker failed: ${answer.error}`);
    return answer.preview;
  } finally {
    worker.terminate();
  }
}

// A data URL is the one kind of worker that needs no file and no permission, and
// so works alike from a clone, from a URL, in a bundle and in a compiled binary.
const WORKER_SOURCE = `data:text/javascript,${
  encodeURIComponent(`(${runPreviewWorker})(globalThis)`)
}`;

// What may be seen through is unpacked pixel by pixel, which takes several times the memory.
const MAX_PIXELS: Readonly<Record<Alpha, number>> = {
  none: 64_000_000,
  possible: 20_000_000,
  unreadable: 0,
};
const MAX_PNG_HEADER = 64 * 1024;

const DECODABLE: ReadonlySet<MediaType> = new Set<MediaType>([
  "image/png",
  "image/jpeg",
  "image/webp",
  "image/gif",
  "image/bmp",
]);

const ATTEMPTS = {
  sides: [1568, 1280, 1024, 768, 512, 384, 256, 128, 64],
  qualities: [0.9, 0.8, 0.65],
  leastPngSide: 512,
};
