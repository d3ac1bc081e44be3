/** The half of `svg.ts` that runs in a worker, because drawing blocks. */

export interface SvgJob {
  readonly svg: string;
  readonly format: "png" | "rgba";
  /** A colour below the drawing; undefined leaves clear what it leaves clear. */
  readonly background?: string;
  /** TrueType files for its text, of the family `family`. */
  readonly fonts: readonly Uint8Array<ArrayBuffer>[];
  readonly family: string;
  readonly wasm: WebAssembly.Module;
}

export type SvgAnswer =
  /** `memory`: the bytes that the worker holds from now on, since a program gives none back. */
  | { readonly bytes: Uint8Array<ArrayBuffer>; readonly memory: number }
  | { readonly error: string };

/** What the worker's code needs of its global scope. */
export interface SvgWorkerScope {
  onmessage: ((event: MessageEvent<SvgJob>) => void) | null;
  postMessage(answer: SvgAnswer, transfer?: Transferable[]): void;
}

/** What it needs of the package. */
export interface ResvgPackage {
  readonly Resvg: new (svg: string, options?: object) => ResvgDrawing;
  initWasm(module: WebAssembly.Module): Promise<void>;
  /** Bytes that its WebAssembly program holds. */
  memory(): number;
}

interface ResvgDrawing {
  render(): {
    asPng(): Uint8Array<ArrayBuffer>;
    readonly pixels: Uint8Array<ArrayBuffer>;
    free(): void;
  };
  free(): void;
}

/**
 * Answers each SvgJob with an SvgAnswer; after an error it must not be asked again. The text of this function is, after the package's own
 * code, the worker's whole source: it uses nothing from outside itself.
 */
export function runSvgWorker(
  scope: SvgWorkerScope,
  { Resvg, initWasm, memory }: ResvgPackage,
): void {
  let isReady = false;
  scope.onmessage = async ({ data: job }) => {
    try {
      if (!isReady) await initWasm(job.wasm);
      isReady = true;
      const drawing = drawingOf(job);
      const picture = drawing.render();
      const bytes = job.format === "png" ? picture.asPng() : picture.pixels;
      picture.free();
      drawing.free();
      scope.postMessage({ bytes, memory: memory() }, [bytes.buffer]);
    } catch (error) {
      scope.postMessage({ error: String(error instanceof Error ? error.message : error) });
    }
  };

  function drawingOf({ svg, background, fonts, family }: SvgJob): ResvgDrawing {
    const font = {
      fontBuffers: fonts,
      defaultFontFamily: family,
      sansSerifFamily: family,
      serifFamily: family,
      cursiveFamily: family,
      fantasyFamily: family,
      monospaceFamily: family,
    };
    return new Resvg(svg, { font, background });
  }
}
