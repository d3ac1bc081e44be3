/** Draws SVG: the one place where this program turns shapes into pixels. */

import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import { ImageError } from "../errors.ts";
import { runSvgWorker, type SvgAnswer, type SvgJob } from "./svg/worker.ts";

export interface SvgOptions {
  /** In pixels, 1 to `MAX_SVG_SIDE`. A drawing of another shape is centred and shown whole. */
  readonly width: number;
  readonly height: number;
  /**
   * `png`, the default: a file with an alpha channel; `rgba`: four bytes a pixel, row by row, the
   * colours multiplied by alpha.
   */
  readonly format?: "png" | "rgba";
  /** Ends the work at once. */
  readonly signal?: AbortSignal;
}

/** Characters; what draws more would also take long. */
export const MAX_SVG_LENGTH = 4_000_000;

/** Pixels; the largest picture takes 64 MiB before it is packed. */
export const MAX_SVG_SIDE = 4096;

/** Milliseconds for one drawing, so that none made to be slow holds up the others for long. */
export const MAX_SVG_TIME = 20_000;

/**
 * The picture that `svg` describes, exactly `width` by `height` pixels. Nothing is loaded: links
 * to pictures outside the text (all but `data:` addresses) are left out, and so is `<text>`,
 * because there is no font; letters are to be given as paths.
 *
 * The work is done in a worker, one drawing at a time, so that this thread stays free and memory
 * bounded.
 * @throws ImageError `invalid_parameters` where the text is no SVG or a limit is passed,
 * `timeout` after `MAX_SVG_TIME`; the signal's reason once it aborts.
 */
export function renderSvg(svg: string, options: SvgOptions): Promise<Uint8Array<ArrayBuffer>> {
  const drawing = lastDrawing.then(() => draw(svg, options));
  lastDrawing = drawing.catch(() => {});
  return drawing;
}

let lastDrawing: Promise<unknown> = Promise.resolve();

async function draw(
  svg: string,
  { width, height, format = "png", signal }: SvgOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  signal?.throwIfAborted();
  checkLimits(svg, width, height);
  const { source, wasm } = await (rasteriser ??= loadRasteriser());
  const answer = await runInWorker(source, { svg, width, height, format, wasm }, signal);
  if ("bytes" in answer) return answer.bytes;
  throw new ImageError("invalid_parameters", `The SVG cannot be drawn: ${answer.error}`);
}

function checkLimits(svg: string, width: number, height: number): void {
  if (svg.length > MAX_SVG_LENGTH) {
    throw new ImageError(
      "invalid_parameters",
      `The SVG is ${svg.length} characters long; at most ${MAX_SVG_LENGTH} can be drawn`,
    );
  }
  for (const side of [width, height]) {
    if (Number.isInteger(side) && side >= 1 && side <= MAX_SVG_SIDE) continue;
    throw new ImageError(
      "invalid_parameters",
      `An SVG cannot be drawn ${side} pixels wide or high; a side is a whole number from 1 to ` +
        MAX_SVG_SIDE,
    );
  }
}

interface Rasteriser {
  /** The worker's address, which holds all its code. */
  readonly source: string;
  readonly wasm: WebAssembly.Module;
}

let rasteriser: Promise<Rasteriser> | undefined;

async function loadRasteriser(): Promise<Rasteriser> {
  const { code, packedWasm } = await import("../dependencies/resvg.ts");
  const packed = packedWasm.slice(packedWasm.lastIndexOf("\n", packedWasm.length - 2) + 1).trim();
  const bytes = await promisify(brotliDecompress)(Uint8Array.fromBase64(packed));
  // A data URL is the one kind of worker that needs no file and no permission.
  const source = `data:text/javascript,${
    encodeURIComponent(`${code}\n(${runSvgWorker})(globalThis, { Resvg: Resvg2, initWasm })`)
  }`;
  return { source, wasm: await WebAssembly.compile(new Uint8Array(bytes)) };
}

async function runInWorker(
  source: string,
  job: SvgJob,
  signal: AbortSignal | undefined,
): Promise<SvgAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<SvgAnswer>();
  const worker = new Worker(source, { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(`The SVG worker failed: ${event.message}`));
  };
  const timer = setTimeout(() => {
    const seconds = MAX_SVG_TIME / 1000;
    reject(new ImageError("timeout", `The SVG was not drawn within ${seconds} seconds`));
  }, MAX_SVG_TIME);
  const stop = () => reject(signal?.reason);
  signal?.addEventListener("abort", stop);
  worker.postMessage(job);
  try {
    return await promise;
  } finally {
    worker.terminate();
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}
