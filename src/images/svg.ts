/** Draws SVG: the one place where this program turns shapes into pixels. */

import { ImageError } from "../errors.ts";
import { withMostMemory } from "./svg/memory.ts";
import { unpack } from "./svg/packed.ts";
import { framed } from "./svg/source.ts";
import { svgTrouble } from "./svg/trouble.ts";
import { runSvgWorker, type SvgAnswer, type SvgJob } from "./svg/worker.ts";
import { WorkerLostError } from "./worker_pool.ts";
import { openImagePool } from "./workers.ts";

export { sizeOf as sizeOfSvg } from "./svg/source.ts";

export interface SvgOptions {
  /** In pixels, 1 to `MAX_SVG_SIDE`. A drawing of another shape is centred and shown whole. */
  readonly width: number;
  readonly height: number;
  /**
   * `png`, the default: a file with an alpha channel; `rgba`: four bytes a pixel, row by row, the
   * colours multiplied by alpha.
   */
  readonly format?: "png" | "rgba";
  /** A colour of CSS below the drawing; absent leaves clear what it leaves clear. */
  readonly background?: string;
  /** Ends the work at once. */
  readonly signal?: AbortSignal;
}

/** Characters; what draws more would also take long. */
export const MAX_SVG_LENGTH = 4_000_000;

/** Pixels; the largest picture takes 64 MiB before it is packed. */
export const MAX_SVG_SIDE = 4096;

/** Of the worker, in pages of 64 KiB: 512 MiB, of which a picture of the largest size takes 64. */
const MOST_MEMORY = 8_192;

/** Bytes with which the worker may wait for the next drawing; one that took more is ended. */
const MOST_MEMORY_AT_REST = 32 * 1024 * 1024;

/** Milliseconds for one drawing, so that none made to be slow holds up the others for long. */
const MAX_SVG_TIME = 20_000;

/**
 * The picture that `svg` describes, exactly `width` by `height` pixels. Nothing is loaded: links
 * to pictures outside the text (all but `data:` addresses) are left out. Text of every family is
 * drawn in one, which has Latin letters, and strokes for those of other languages.
 *
 * The work is done in a worker, one drawing at a time, so that this thread stays free and memory
 * bounded. It stays for the next drawing, for to start one takes longer than to draw.
 * @throws ImageError `invalid_parameters` where the text is no SVG, with the line and column and
 * what to do, where a limit is passed or too much memory taken; `timeout` after `MAX_SVG_TIME`; the
 * signal's reason once it aborts.
 */
export async function renderSvg(
  svg: string,
  { width, height, format = "png", background, signal }: SvgOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  signal?.throwIfAborted();
  checkLimits(svg, width, height);
  const frame = framed(svg, { width, height });
  const drawn = frame?.svg ?? svg;
  const answer = await ask(async () => {
    const { wasm } = await (rasteriser ??= loadRasteriser());
    return { svg: drawn, format, background, ...await lettersFor(svg), wasm };
  }, signal);
  if ("bytes" in answer) return answer.bytes;
  throw svgTrouble(answer.error, svg, frame);
}

/** Loaded with the first text, so that drawings without any cost nothing more. */
async function lettersFor(svg: string): Promise<Pick<SvgJob, "fonts" | "family">> {
  if (!/<(?:[\w.-]+:)?text[\s/>]/.test(svg)) return { fonts: [], family: "" };
  const { FAMILY, fontsFor } = await import("./svg/fonts.ts");
  return { fonts: await fontsFor(svg), family: FAMILY };
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
  const bytes = withMostMemory(await unpack(packedWasm), MOST_MEMORY);
  // A data URL is the one kind of worker that needs no file and no permission.
  const source = `data:text/javascript,${
    encodeURIComponent(
      `${code}\n(${runSvgWorker})(globalThis, { Resvg: Resvg2, initWasm, memory: () => ` +
        "wasm.memory.buffer.byteLength })",
    )
  }`;
  return { source, wasm: await WebAssembly.compile(bytes) };
}

const pool = openImagePool({
  async start() {
    const { source } = await (rasteriser ??= loadRasteriser());
    return new Worker(source, { type: "module" });
  },
  limit: () => 1,
  mostMemory: Infinity,
  endsAborted: true,
});

/** The answer to the job, which is made when its turn has come. */
async function ask(job: () => Promise<SvgJob>, signal?: AbortSignal): Promise<SvgAnswer> {
  try {
    const reply = await pool.run({
      cost: 0,
      signal,
      prepare: async () => ({
        message: await job(),
        transfer: [],
        timeLimit: MAX_SVG_TIME,
        memory: 0,
        isLarge: false,
        isWell: mayRest,
      }),
    });
    return reply as SvgAnswer;
  } catch (error) {
    if (!(error instanceof WorkerLostError) || error.reason !== "too slow") throw error;
    const seconds = MAX_SVG_TIME / 1000;
    throw new ImageError("timeout", `The SVG was not drawn within ${seconds} seconds`);
  }
}

/** One that failed may be broken, and one that drew much would hold the memory of that. */
function mayRest(reply: unknown): boolean {
  const answer = reply as SvgAnswer;
  return "bytes" in answer && answer.memory <= MOST_MEMORY_AT_REST;
}
