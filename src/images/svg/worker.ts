/** The half of `svg.ts` that runs in a worker, because drawing blocks. */

export interface SvgJob {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
  readonly format: "png" | "rgba";
  readonly wasm: WebAssembly.Module;
}

export type SvgAnswer = { readonly bytes: Uint8Array<ArrayBuffer> } | { readonly error: string };

/** What the worker's code needs of its global scope. */
export interface SvgWorkerScope {
  onmessage: ((event: MessageEvent<SvgJob>) => void) | null;
  postMessage(answer: SvgAnswer, transfer?: Transferable[]): void;
}

/** What it needs of the package. */
export interface ResvgPackage {
  readonly Resvg: new (svg: string, options?: object) => ResvgDrawing;
  initWasm(module: WebAssembly.Module): Promise<void>;
}

interface ResvgDrawing {
  readonly width: number;
  readonly height: number;
  render(): { asPng(): Uint8Array<ArrayBuffer>; readonly pixels: Uint8Array<ArrayBuffer> };
}

/**
 * Answers an SvgJob with an SvgAnswer. The text of this function is, after the package's own
 * code, the worker's whole source: it uses nothing from outside itself.
 */
export function runSvgWorker(scope: SvgWorkerScope, { Resvg, initWasm }: ResvgPackage): void {
  scope.onmessage = async ({ data: { svg, width, height, format, wasm } }) => {
    try {
      await initWasm(wasm);
      const picture = inSize(svg, width, height).render();
      const bytes = format === "png" ? picture.asPng() : picture.pixels;
      scope.postMessage({ bytes }, [bytes.buffer]);
    } catch (error) {
      scope.postMessage({ error: String(error instanceof Error ? error.message : error) });
    }
  };

  /** The drawing, put into a frame of the size asked for where its own is another. */
  function inSize(svg: string, width: number, height: number): ResvgDrawing {
    const drawing = new Resvg(svg);
    if (drawing.width === width && drawing.height === height) return drawing;
    const encoded = new TextEncoder().encode(svg).toBase64();
    return new Resvg(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
        `<image href="data:image/svg+xml;base64,${encoded}" width="${width}" height="${height}"/>` +
        `</svg>`,
    );
  }
}
